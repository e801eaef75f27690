"""Three notations are one network; ways between them lose nothing but what they say; slips are seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.studies.notations import forms, layouts, literal, measures, notations
from gatewise.studies.notations.telling import EQUAL

sizes = st.integers(1, 6)
networks = st.builds(
    lambda inputs, units, seed: forms.random_joined(inputs=inputs, units=units, seed=seed),
    sizes,
    sizes,
    st.integers(0, 2**31 - 1),
)


def bare(form: forms.Joined) -> forms.Joined:
    return forms.Joined(form.weight, {gate: np.zeros(form.units) for gate in forms.GATES})


def same(left: object, right: object) -> bool:
    return all(
        np.array_equal(getattr(left, name)[gate], by_gate[gate])
        for name, by_gate in vars(right).items()
        for gate in forms.GATES
    )


@settings(max_examples=40, deadline=None)
@given(networks, st.integers(1, 12), st.integers(0, 2**31 - 1))
def test_every_way_of_writing_it_gives_the_same_outputs(form, steps, seed):
    inputs = form.weight["i"].shape[1] - form.units
    x = np.random.default_rng(seed).normal(0, 2, (steps, inputs))
    first, *others = measures.answers(form, x).values()
    for other in others:
        assert np.abs(other - first).max() <= EQUAL


@given(networks)
def test_from_one_notation_to_another_and_back_gives_the_same_weights(form):
    for place in ("input", "recurrent"):
        assert same(forms.two_biases_to_joined(forms.joined_to_two_biases(form, bias_in=place)), form)
    carried = forms.joined_to_unbiased(form, constant_input=True)
    assert same(forms.unbiased_to_joined(carried, constant_input=True), form)
    assert same(forms.unbiased_to_joined(forms.joined_to_unbiased(bare(form))), bare(form))


@given(networks)
def test_layouts_of_torch_and_keras_and_back_give_the_same_weights(form):
    two = forms.joined_to_two_biases(form)
    assert same(layouts.from_torch(layouts.to_torch(two)), two)
    assert same(layouts.from_keras(*layouts.to_keras(form)), form)


def test_two_biases_cannot_be_had_back_from_their_sum():
    form = forms.random_joined(inputs=2, units=3, seed=0)
    two = forms.joined_to_two_biases(form)
    shared = forms.TwoBiases(two.weight_ih, two.weight_hh, two.bias_ih, {gate: np.ones(3) for gate in forms.GATES})
    joined = forms.two_biases_to_joined(shared)
    assert np.array_equal(joined.bias["f"], form.bias["f"] + 1)
    assert not same(forms.joined_to_two_biases(joined), shared)


def test_a_bias_is_refused_where_the_notation_has_none():
    with pytest.raises(ParameterError, match="bias of gate i is not zero"):
        forms.joined_to_unbiased(forms.random_joined(inputs=2, units=3, seed=0))


@given(networks)
def test_parameters_are_those_of_the_formulas(form):
    m, n = form.units, form.weight["i"].shape[1] - form.units
    assert form.parameters == 4 * (m * m + m * n + m)
    assert forms.joined_to_two_biases(form).parameters == 4 * (m * m + m * n + 2 * m)
    assert forms.joined_to_unbiased(bare(form)).parameters == 4 * (m * m + m * n)


def test_counts_are_those_of_the_course_documents_and_of_torch():
    counted = measures.counts()
    assert counted["(1) 4 (m² + mn + m)"] == counted["Keras layout"] == 53_200
    assert counted["(3) 4 (m² + mn + 2m)"] == counted["torch.nn.LSTM"]


def test_both_biases_have_the_same_gradient():
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(3, 5, dtype=torch.float64)
    lstm(torch.ones(7, 3, dtype=torch.float64))[0].square().sum().backward()
    # Sums of seven terms, in an order of torch's own for each.
    torch.testing.assert_close(lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad, rtol=1e-14, atol=1e-15)


def test_slips_change_the_numbers_at_every_step():
    form = forms.random_joined(inputs=3, units=5, seed=1)
    x = np.random.default_rng(2).normal(size=(20, 3))
    right, _ = literal.notation_1(form, x)
    for name, wrong in measures.slips(form, x).items():
        assert wrong.shape == right.shape
        # A thousandth of h: far above rounding, far below what the slips make of it.
        assert min(measures.by_step(wrong, right)) > 1e-4, name


def test_swapped_states_are_the_ones_of_the_first_step_the_other_way_round():
    form, x = forms.random_joined(inputs=3, units=5, seed=1), np.ones((1, 3))
    h, c = literal.pseudo_code(form, x)
    assert np.array_equal(literal.pseudo_code(form, x, swapped=True), [c, h])


def test_plus_concatenates_lists_alone():
    assert [case["result"].split(" ", 1)[1] for case in measures.combining(4)] == [
        "numbers, as meant",
        "shapes differ",
        "numbers, no error, and wrong",
        "numbers, no error, and wrong",
    ]


@given(st.integers(2, 50), st.integers(0, 2**31 - 1))
def test_no_softmax_of_outputs_is_surer_than_the_bound(units, seed):
    form = forms.random_joined(inputs=2, units=units, seed=seed)
    (h,), _ = literal.notation_1(form, np.full((1, 2), 50.0))
    # Gates may round to exactly 1, so that h reaches its bound; a few units in the last place for the sum.
    assert (np.exp(h) / np.exp(h).sum()).max() <= measures.surest([units])[units] * (1 + 1e-14)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": {}}, "bias has the gates"),
        ({"bias": {gate: np.zeros(4) for gate in forms.GATES}}, "wanted float32 or float64|wanted float64"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, message):
    form = forms.random_joined(inputs=2, units=3, seed=0)
    with pytest.raises(ParameterError, match=message):
        forms.Joined(**{"weight": form.weight, "bias": form.bias, **change})


def test_other_mistakes_of_the_caller_are_named():
    form = forms.random_joined(inputs=2, units=3, seed=0)
    two = forms.joined_to_two_biases(form)
    for wrong, message in (
        (lambda: layouts.to_torch(two, order=("i", "f", "g", "g")), "each of"),
        (lambda: layouts.from_torch({}), "there is no weight_ih_l0"),
        (lambda: layouts.from_keras(np.zeros((2, 5)), np.zeros((3, 12)), np.zeros(12)), "no multiple of 4"),
        (lambda: forms.random_joined(inputs=0, units=1, seed=0), "inputs=0"),
        (lambda: forms.joined_to_two_biases(form, bias_in="both"), "neither"),
        (lambda: notations(steps=0), "steps=0"),
    ):
        with pytest.raises(ParameterError, match=message):
            wrong()


@pytest.fixture(scope="module")
def report():
    return notations()


def test_the_same_seed_gives_the_same_report_and_another_one_another(report):
    assert notations() == report
    assert notations(seed=1).numbers["slips_by_step"] != report.numbers["slips_by_step"]


def test_the_generator_of_the_process_is_left_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    notations(steps=2)
    assert torch.equal(torch.get_rng_state(), before)


def test_verdicts(report):
    said = {finding.claim: finding.verdict for finding in report.findings}
    assert said["The three notations are the same network"] == "true"
    assert said["ct, ht = LSTMCELL(ct, ht, input), of a cell that returns ht, Ct"] == "false"
