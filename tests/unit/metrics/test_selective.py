"""The risk-coverage curve: against its definition threshold by threshold, and the laws it has to keep."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.metrics.selective import (
    RiskCoverage,
    aurc,
    curve_from_json,
    excess_aurc,
    is_answered,
    least_aurc,
    risk_coverage,
    risk_coverage_of,
)

# Few different values, so that most draws hold ties.
ANSWERS = st.lists(st.tuples(st.sampled_from([0.5, 0.6, 0.75, 0.8, 0.99, 1.0]), st.booleans()), min_size=1, max_size=60)


def columns(answers):
    return np.array([sure for sure, _ in answers]), np.array([right for _, right in answers])


def literal_curve(answers):
    """Threshold, coverage and risk by the definition, in fractions."""
    rows = []
    for threshold in sorted({sure for sure, _ in answers}, reverse=True):
        kept = [right for sure, right in answers if sure >= threshold]
        rows.append((threshold, Fraction(len(kept), len(answers)), Fraction(kept.count(False), len(kept))))
    return rows


@given(ANSWERS)
def test_the_curve_is_that_of_the_definition(answers):
    curve = risk_coverage(*columns(answers))
    found = zip(curve.thresholds.tolist(), curve.coverage.tolist(), curve.risk.tolist(), strict=True)
    assert list(found) == [(t, float(coverage), float(risk)) for t, coverage, risk in literal_curve(answers)]


@given(ANSWERS)
def test_the_area_is_the_mean_risk_over_the_examples_own_thresholds(answers):
    risks = {threshold: risk for threshold, _, risk in literal_curve(answers)}
    wanted = sum(risks[sure] for sure, _ in answers) / len(answers)
    assert aurc(risk_coverage(*columns(answers))) == pytest.approx(float(wanted), rel=1e-12)


@given(ANSWERS)
def test_at_full_coverage_the_risk_is_the_error_rate(answers):
    curve, (_, right) = risk_coverage(*columns(answers)), columns(answers)
    assert curve.coverage[-1] == 1
    assert curve.risk[-1] == (~right).sum() / len(right)
    assert curve.at_coverage(1.0) == curve.point(-1)


@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_the_examples_does_not_matter(answers, random):
    shuffled = random.sample(answers, len(answers))
    first, second = risk_coverage(*columns(answers)), risk_coverage(*columns(shuffled))
    assert first.to_json() == second.to_json()
    assert aurc(first) == aurc(second)


@given(ANSWERS)
def test_a_monotone_change_of_the_confidence_leaves_the_curve(answers):
    sure, right = columns(answers)
    before, after = risk_coverage(sure, right), risk_coverage(np.log(sure) * 7 - 3, right)
    assert before.answered.tolist() == after.answered.tolist()
    assert before.errors.tolist() == after.errors.tolist()
    assert aurc(before) == aurc(after)


@given(ANSWERS)
def test_no_confidence_has_a_lower_area_than_the_perfect_one(answers):
    _, right = columns(answers)
    perfect = risk_coverage(np.arange(len(right), 0, -1), np.sort(right)[::-1])
    assert aurc(perfect) == least_aurc(len(right), int((~right).sum()))
    assert excess_aurc(perfect) == 0
    assert excess_aurc(risk_coverage(*columns(answers))) >= 0


def test_the_perfect_order_is_the_best_of_all_orders():
    orders = permutations([True, True, True, False, False])
    areas = [aurc(risk_coverage([5, 4, 3, 2, 1], order)) for order in orders]
    assert min(areas) == least_aurc(5, 2)
    assert max(areas) == pytest.approx((1 + 1 + 2 / 3 + 2 / 4 + 2 / 5) / 5)


@given(ANSWERS, st.sampled_from([0.0, 0.01, 0.05, 0.2, 0.5, 1.0]))
def test_within_a_risk_no_threshold_answers_more(answers, risk):
    found = risk_coverage(*columns(answers)).within_risk(risk)
    allowed = [coverage for _, coverage, other in literal_curve(answers) if other <= Fraction(risk).limit_denominator()]
    assert (None if found is None else found.coverage) == (float(max(allowed)) if allowed else None)


@given(ANSWERS, st.integers(1, 20))
def test_a_thinned_curve_keeps_its_end_and_each_step_of_coverage(answers, points):
    curve = risk_coverage(*columns(answers))
    thin = curve.thinned(points)
    assert len(thin.answered) <= points
    assert thin.point(-1) == curve.point(-1)
    for step in range(1, points + 1):
        assert thin.at_coverage(step / points) == curve.at_coverage(step / points)


def test_one_error_in_twenty_is_a_risk_of_five_percent():
    curve = risk_coverage(np.linspace(1, 0.5, 20), np.arange(20) != 19)
    assert curve.within_risk(0.05).coverage == 1


def test_without_examples_nothing_is_defined():
    curve = risk_coverage([], [])
    assert aurc(curve) is excess_aurc(curve) is least_aurc(0, 0) is None
    assert curve.within_risk(1.0) is curve.at_coverage(0.0) is None
    assert curve.thinned().to_json() == {"thresholds": [], "answered": [], "errors": []}


def test_the_confidence_of_a_classifier_is_its_highest_probability():
    curve = risk_coverage_of([0, 1, 2], [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.0, 0.1, 0.9]])
    assert curve.to_json() == {"thresholds": [0.9, 0.7, 0.5], "answered": [1, 2, 3], "errors": [0, 1, 1]}


def test_a_probability_equal_to_the_threshold_is_answered():
    assert is_answered(np.array([[0.2, 0.8], [0.5, 0.5], [0.79, 0.21]]), 0.8).tolist() == [True, False, False]


@pytest.mark.parametrize("value", [2, -0.1, float("nan"), float("inf"), True, "0.8", None])
def test_a_threshold_that_is_no_probability_is_refused(value):
    with pytest.raises(ParameterError, match="not a number from 0 to 1"):
        is_answered(np.array([[0.5, 0.5]]), value)


@pytest.mark.parametrize(
    ("sure", "right"),
    [([0.5, np.nan], [True, True]), ([0.5], [True, False]), ([0.5], [1]), ([[0.5]], [True])],
)
def test_answers_that_make_no_curve_are_refused(sure, right):
    with pytest.raises(ParameterError):
        risk_coverage(sure, right)


STORED = {"thresholds": [0.9, 0.6], "answered": [3, 5], "errors": [0, 1]}


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": [0.6, 0.9]},
        {"thresholds": [0.9, float("nan")]},
        {"thresholds": ["0.9", "0.6"]},
        {"answered": [5, 3]},
        {"answered": [0, 5]},
        {"answered": [3.0, 5]},
        {"answered": [3, 2**70]},
        {"answered": [3]},
        {"errors": [1, 0]},
        {"errors": [0, 3]},
        {"errors": [True, 1]},
        {"errors": None},
        {"more": []},
    ],
)
def test_a_stored_curve_that_cannot_be_one_is_refused(change):
    assert curve_from_json(STORED).to_json() == STORED
    with pytest.raises(ParameterError, match=r"curve|match"):
        curve_from_json(STORED | change)


def test_no_curve_at_all_is_refused():
    for content in (None, [], {}, {"thresholds": [], "answered": [], "errors": []}):
        with pytest.raises(ParameterError):
            curve_from_json(content)
    with pytest.raises(ParameterError):
        RiskCoverage(np.array([0.5]), np.array([0]), np.array([0]))
