"""Thresholds rise, probabilities of ordered classes sum to 1 and keep the order of the scores, at any temperature."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.metrics.calibration import fit_temperature, probabilities_from_logits
from gatewise.metrics.ordered import expected_values
from gatewise.ops.ordinal import even_steps, log_probabilities, thresholds

# From gaps of exp(-30), which float64 still tells from 0, to gaps far wider than the sigmoid.
STEPS = st.lists(st.floats(-3, 3), min_size=1, max_size=9).map(np.array)
SCORES = st.floats(-1e6, 1e6)
# Sums of a few exponentials in float64.
ROUNDING = 1e-12


@given(STEPS)
def test_thresholds_rise_and_have_the_first_step_as_their_mean(steps):
    found = thresholds(steps)
    assert np.all(np.diff(found) > 0)
    assert found.mean() == pytest.approx(10 * steps[0], abs=1e-9)


@given(STEPS, SCORES)
def test_probabilities_sum_to_1_before_any_softmax(steps, score):
    logs = log_probabilities(np.array([score]), steps)
    assert np.isfinite(logs).all()
    assert np.exp(logs).sum() == pytest.approx(1, abs=1e-9)  # neighbours may be 1e-13 apart, and lose those digits


@given(STEPS, SCORES)
def test_to_be_above_a_higher_class_is_never_likelier(steps, score):
    above = 1 - np.exp(log_probabilities(np.array([score]), steps))[0].cumsum()
    assert np.all(np.diff(above) <= ROUNDING)
    expected = np.array([1 / (1 + np.exp(-np.clip(score - t, -700, 700))) for t in thresholds(steps)])
    np.testing.assert_allclose(above[:-1], expected, atol=1e-9)


@given(STEPS, st.floats(-40, 40), st.floats(0.01, 5), st.floats(0.05, 20))
def test_a_higher_score_means_a_higher_expected_value_at_any_temperature(steps, score, more, temperature):
    rows = probabilities_from_logits(log_probabilities(np.array([score, score + more]), steps), temperature)
    low, high = expected_values(rows, range(rows.shape[1]))
    assert low <= high + ROUNDING


@given(STEPS, st.floats(-20, 20), st.floats(0.05, 20))
def test_a_temperature_leaves_the_answer_as_it_is(steps, score, temperature):
    logs = log_probabilities(np.array([score]), steps)
    first, second = np.sort(logs[0])[-1:-3:-1]
    if first - second > 1e-9:
        assert probabilities_from_logits(logs, temperature).argmax() == logs.argmax()


def test_a_far_score_loses_no_digit():
    """Against exact arithmetic: the difference of two sigmoids near 1 would be 0 in float64."""
    steps, score = np.array([0.0, 0.1]), 40.0
    a, b = (Fraction(score - t) for t in thresholds(steps))
    exact = _sigmoid(a) - _sigmoid(b)
    found = np.exp(log_probabilities(np.array([score]), steps))[0, 1]
    assert found == pytest.approx(float(exact), rel=1e-11)
    assert 0 < found < 1e-16


def _sigmoid(x: Fraction) -> Fraction:
    """By the series of exp(-x/64), 64 times multiplied: exact to 1e-40."""
    part, power, term = Fraction(1), Fraction(1), -x / 64
    for n in range(1, 40):
        power *= term / n
        part += power
    return 1 / (1 + part**64)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_the_thresholds_begin_where_no_class_is_likelier(classes):
    rows = np.exp(log_probabilities(np.zeros(1), even_steps(classes)))
    np.testing.assert_allclose(rows, 1 / classes, rtol=ROUNDING)


def test_the_temperature_that_made_the_logits_soft_is_found():
    random, steps = np.random.default_rng(0), np.array([0.05, 0.1, 0.2])
    honest = log_probabilities(random.normal(0, 3, 4000), steps)
    rows = probabilities_from_logits(honest)
    truth = (random.random(4000)[:, None] > rows.cumsum(axis=1)).sum(axis=1)
    # 4,000 answers know a temperature to about 3 %.
    assert fit_temperature(2 * honest, truth) == pytest.approx(2, rel=0.1)
    assert fit_temperature(honest, truth) == pytest.approx(1, rel=0.1)
