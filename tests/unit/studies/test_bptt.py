"""Gradients by hand are those of autograd; misreadings are wrong by as much as is said; the gradient step descends."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.ops.activations import ACTIVATIONS
from gatewise.studies.bptt import bptt, checks, descent
from gatewise.studies.bptt.by_hand import READINGS, backward, total
from gatewise.studies.bptt.network import NAMES, example, loss

examples = st.builds(
    lambda steps, inputs, units, seed, only_last: example(
        steps=steps, inputs=inputs, units=units, seed=seed, only_last=only_last
    ),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 2**31 - 1),
    st.booleans(),
)


@pytest.fixture(scope="module")
def one():
    return example(steps=4, inputs=2, units=3, seed=0)


@pytest.fixture(scope="module")
def report():
    return bptt()


@settings(max_examples=40, deadline=None)
@given(examples)
def test_gradients_by_hand_are_those_of_autograd(one):
    assert checks.largest_difference(total(backward(one)), checks.by_autograd(one)) <= 1e-10


@settings(max_examples=10, deadline=None)
@given(examples)
def test_gradients_by_hand_are_those_of_central_differences(one):
    # The differences' own error: rounding, 2e-16 of a loss below 100 / 1e-5, and d²/6 times third derivatives.
    assert checks.largest_difference(total(backward(one)), checks.by_differences(one)) <= 1e-7


@pytest.mark.parametrize("letter", "ifgoch")
def test_d_of_a_value_is_what_moving_it_by_itself_changes(one, letter):
    by_hand = [getattr(step, f"d{letter}") for step in backward(one)]
    # As above, with a loss of about 5.
    np.testing.assert_allclose(checks.nudged(one, letter), by_hand, rtol=0, atol=1e-8)


def test_three_ways_make_up_dc(one):
    for step in backward(one):
        # Sums of three numbers of about 1.
        np.testing.assert_allclose(step.from_loss + step.from_cell + step.from_gates, step.dc, rtol=0, atol=1e-14)


def test_shares_of_the_steps_add_up_to_one_and_step_one_knows_no_past(report):
    for name, shares in report.numbers["share_of_steps"].items():
        assert sum(shares) == pytest.approx(1, abs=1e-12)
        if name.startswith("W_h") or name.endswith("f"):
            assert shares[0] == 0


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_the_printed_chain_is_right_for_one_step_only(steps):
    error = checks.error_of(example(steps=steps, inputs=2, units=3, seed=1), "printed chain")
    assert (error == 0) == (steps == 1)


def test_the_printed_chain_is_right_where_nothing_goes_back_through_h(one):
    cut = {name: matrix * (not name.startswith("W_h")) for name, matrix in one.weights.items()}
    right, printed = (total(backward(one, reading=reading, weights=cut)) for reading in READINGS[:2])
    assert checks.largest_difference(right, printed) == 0


def test_of_products_by_elements_the_diagonal_alone_is_right(one):
    right, wrong = total(backward(one)), total(backward(one, reading="products by elements"))
    for name in NAMES:
        if name.startswith("W_h"):
            np.testing.assert_array_equal(np.diag(wrong[name]), np.diag(right[name]))
            assert not (wrong[name] - np.diag(np.diag(wrong[name]))).any()
        else:
            np.testing.assert_array_equal(wrong[name], right[name])


def test_misreadings_are_seen_by_the_same_checks(one):
    for reading in READINGS[1:]:
        assert checks.largest_difference(total(backward(one, reading=reading)), checks.by_autograd(one)) > 1e-3


def test_the_gradient_points_uphill(one):
    gradients = total(backward(one))
    lower = {name: one.weights[name] - 0.01 * gradients[name] for name in NAMES}
    assert loss(one, lower) < loss(one)


@pytest.mark.parametrize("name", ["sigmoid", "linear"])
def test_gradient_of_one_unit_is_that_of_differences(name):
    # Third derivatives of E are below 100 with these clouds: error d²/6 x 100, and rounding 1e-15 / 1e-5.
    assert descent.gradient_error(name, seed=0) < 1e-8


def test_the_error_of_one_unit_falls_at_every_step_until_the_rate_is_too_large():
    logistic, linear, when = ACTIVATIONS["sigmoid"], ACTIVATIONS["linear"], range(100)
    assert (np.diff(descent.descend(logistic, 1.0, 0, when)) < 0).all()
    edge = 2 / descent.steepest(0)
    # Until it stands still, where rounding moves it up and down.
    assert (np.diff(descent.descend(linear, 0.9 * edge, 0, when)) < 1e-16).all()
    assert descent.descend(linear, 1.1 * edge, 0, when)[-1] > 1000


def test_the_worked_number_of_the_slides(report):
    assert report.numbers["gradient_step"]["slides"] == pytest.approx(10.099, abs=1e-12)


@given(examples)
def test_a_weight_of_the_input_is_used_twice_a_step_and_one_of_the_output_three_times(one):
    inputs, units = one.x.shape[1], one.y.shape[1]
    assert checks.work_per_weight(one) == pytest.approx((2 * inputs + 3 * units) / (inputs + units), rel=1e-12)


def test_the_same_seed_gives_the_same_report_and_another_one_another(report):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    assert bptt() == report
    assert torch.equal(torch.get_rng_state(), before)
    assert bptt(seed=1, steps=2).numbers["gradients"] != report.numbers["gradients"]


def test_report_holds_what_it_promises(report):
    assert max(report.numbers["largest_difference"].values()) < 1e-8
    assert report.numbers["largest_difference"]["autograd"] <= 1e-10
    assert [finding.verdict for finding in report.findings] == ["true", "partly", "false", "partly", "false", "true"]
    assert all("<image" not in plot.svg for plot in report.plots)


def test_largest_sizes_still_make_a_report():
    assert bptt(steps=13, inputs=1, units=7).tables


@pytest.mark.parametrize(("name", "value"), [("steps", 0), ("steps", 51), ("inputs", 17), ("units", 0)])
def test_sizes_out_of_range_are_refused(name, value):
    with pytest.raises(ParameterError, match=f"{name}={value}"):
        bptt(**{name: value})


def test_an_unknown_reading_is_refused(one):
    with pytest.raises(ParameterError, match="is not one of"):
        backward(one, reading="left to right")
