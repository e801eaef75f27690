"""Probabilities and temperatures against scipy, calibration error against a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax

from gatewise.errors import ParameterError
from gatewise.metrics.calibration import (
    apply_temperature,
    expected_calibration_error,
    fit_temperature,
    probabilities_from_logits,
    reliability_bins,
)


def draw_logits(seed, classes, n, scale):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=scale, size=(n, classes))
    return logits, rng.integers(0, classes, n)


SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.sampled_from([1e-3, 0.3, 1.0, 8.0, 500.0])


@given(SEEDS, SCALES, st.sampled_from([0.05, 0.7, 1.0, 20.0]))
def test_one_logit_gives_both_sigmoids(seed, scale, temperature):
    logits = draw_logits(seed, 1, 20, scale)[0][:, 0]
    wanted = np.stack([expit(-logits / temperature), expit(logits / temperature)], axis=1)
    for given_logits in (logits, logits[:, np.newaxis]):
        got = probabilities_from_logits(given_logits, temperature)
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-300)
    np.testing.assert_array_equal(apply_temperature(logits, temperature), got)


@given(SEEDS, SCALES, st.integers(2, 6), st.sampled_from([0.05, 1.0, 20.0]))
def test_more_logits_give_their_softmax(seed, scale, classes, temperature):
    logits, _ = draw_logits(seed, classes, 20, scale)
    got = probabilities_from_logits(logits, temperature)
    np.testing.assert_allclose(got, softmax(logits / temperature, axis=1), rtol=1e-10, atol=1e-300)
    np.testing.assert_allclose(got.sum(axis=1), 1)


@pytest.mark.parametrize("logits", [[1e30, -1e30], [[1e100, -1e100, 0.0]], [1000.0], [[-1e-310, 0.0]]])
def test_extreme_logits_stay_finite(logits):
    got = probabilities_from_logits(logits, 0.05)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got.sum(axis=1), 1)


def test_small_probabilities_keep_their_digits():
    low, high = probabilities_from_logits([-100.0, 100.0])[:, [0, 1]].min(axis=1)
    assert low == high == pytest.approx(np.exp(-100.0), rel=1e-12)


def mean_loss(inverse, logits, y):
    columns = np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits
    return -log_softmax(columns * inverse, axis=1)[np.arange(len(y)), y].mean()


@settings(deadline=None)
@given(SEEDS, st.integers(1, 5), st.integers(1, 60), SCALES, st.floats(0, 1))
def test_temperature_is_the_minimum_that_scipy_finds(seed, outputs, n, scale, skill):
    logits, y = draw_logits(seed, outputs, n, scale)
    rng = np.random.default_rng(seed)
    answers = (logits[:, 0] > 0).astype(int) if outputs == 1 else logits.argmax(axis=1)
    classes = max(2, outputs)
    y = np.where(rng.random(n) < skill, answers, rng.integers(0, classes, n))
    got = fit_temperature(logits, y)
    assert 0.05 <= got <= 20
    best = minimize_scalar(mean_loss, bounds=(1 / 20, 20), args=(logits, y), method="bounded", options={"xatol": 1e-10})
    ends = [mean_loss(1 / 20, logits, y), mean_loss(20.0, logits, y)]
    # Where the loss is flat many temperatures serve: the losses are compared, not the temperatures.
    assert mean_loss(1 / got, logits, y) <= min(best.fun, *ends) * (1 + 1e-9) + 1e-12


def test_temperature_of_overconfident_logits_is_found_exactly():
    rng = np.random.default_rng(0)
    honest = rng.normal(scale=2, size=20_000)
    y = (rng.random(20_000) < expit(honest)).astype(int)
    # the fit of an honest model is 1 up to sampling error, and scales with the logits exactly
    plain = fit_temperature(honest, y)
    assert plain == pytest.approx(1, abs=0.05)
    assert fit_temperature(honest * 7, y) == pytest.approx(plain * 7, rel=1e-9)


def test_temperature_stops_at_its_bounds_and_is_one_where_nothing_can_be_said():
    assert fit_temperature([2.0, -3.0], [1, 0]) == 0.05
    assert fit_temperature([2.0, -3.0], [0, 1]) == 20.0
    assert fit_temperature([0.0, 0.0], [0, 1]) == 1.0
    assert fit_temperature([[3.0, 3.0, 3.0]], [2]) == 1.0


def loop_error(y, rows, bins):
    """Guo et al., equation 3, one example and one bin after the other."""
    total = 0.0
    for b in range(bins):
        inside = [i for i in range(len(y)) if b / bins < max(rows[i]) <= (b + 1) / bins]
        if inside:
            sure = sum(max(rows[i]) for i in inside) / len(inside)
            right = sum(int(list(rows[i]).index(max(rows[i])) == y[i]) for i in inside) / len(inside)
            total += len(inside) / len(y) * abs(sure - right)
    return total


@given(SEEDS, st.integers(2, 5), st.integers(1, 60), st.sampled_from([1, 2, 10, 15]), st.booleans())
def test_calibration_error_equals_a_plain_loop(seed, classes, n, bins, is_tied):
    logits, y = draw_logits(seed, classes, n, 2.0)
    rows = probabilities_from_logits(logits)
    if is_tied:
        # eighths: exact in binary, equal to each other and, for 1 and 2 bins, to edges
        rows = np.eye(classes)[y] / 2 + np.eye(classes)[np.roll(y, 1)] / 2
    assert expected_calibration_error(y, rows, bins) == pytest.approx(loop_error(y, rows, bins))


def test_bins_hold_every_example_once_with_closed_upper_ends():
    rows = np.array([[0.5, 0.5], [0.25, 0.75], [0.0, 1.0], [1.0, 0.0]])
    found = reliability_bins([0, 0, 1, 1], rows, bins=4)
    assert [part.examples for part in found] == [0, 1, 1, 2]
    assert [(part.low, part.high) for part in found] == [(0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)]
    assert [part.accuracy for part in found] == [None, 1.0, 0.0, 0.5]
    assert [part.confidence for part in found] == [None, 0.5, 0.75, 1.0]


def test_perfectly_calibrated_and_perfectly_wrong():
    assert expected_calibration_error([0] * 3 + [1], [[0.75, 0.25]] * 4) == pytest.approx(0)
    assert expected_calibration_error([1, 1], [[1.0, 0.0]] * 2) == pytest.approx(1)
    assert expected_calibration_error([], np.zeros((0, 2))) is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: probabilities_from_logits([float("nan")]), "logits hold nan"),
        (lambda: probabilities_from_logits([float("inf")]), "logits hold inf"),
        (lambda: probabilities_from_logits(np.zeros((2, 3, 4))), r"shape \(2, 3, 4\)"),
        (lambda: probabilities_from_logits(np.zeros((2, 0))), r"shape \(2, 0\)"),
        (lambda: probabilities_from_logits([0.0], 0.0), "temperature=0.0"),
        (lambda: probabilities_from_logits([0.0], float("nan")), "temperature=nan"),
        (lambda: fit_temperature([], []), "without examples"),
        (lambda: fit_temperature([0.0, 1.0], [1]), "logits has 2, y_index has 1"),
        (lambda: fit_temperature([0.0], [2]), "0 to 1"),
        (lambda: reliability_bins([0], [[0.5, 0.5]], bins=0), "bins=0"),
    ],
)
def test_impossible_arguments_are_refused(call, said):
    with pytest.raises(ParameterError, match=said):
        call()
