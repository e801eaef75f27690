"""From a risk to a threshold: the record of a model is used, and never believed unseen."""

from __future__ import annotations

import pytest

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.abstaining import operating_point

CURVE = {"thresholds": [0.9, 0.8, 0.6, 0.5], "answered": [10, 40, 80, 100], "errors": [1, 1, 4, 12]}


def record(**change):
    return {"development": {"accuracy": 0.88, "risk_coverage": CURVE | change}}


@pytest.mark.parametrize(("risk", "threshold"), [(0.025, 0.8), (0.04, 0.8), (0.05, 0.6), (0.12, 0.5), (1, 0.5)])
def test_the_lowest_threshold_that_keeps_the_risk_is_chosen(risk, threshold):
    point = operating_point(record(), risk)
    assert point.threshold == threshold
    assert point.risk == point.errors / point.answered <= risk


def test_a_risk_that_no_threshold_kept_is_refused_with_the_least_there_was():
    with pytest.raises(ParameterError, match=r"at least 0\.0250"):
        operating_point(record(), 0.01)


@pytest.mark.parametrize("metrics", [{}, {"development": {}}, {"development": None}, {"development": [1]}])
def test_a_model_of_before_there_was_a_curve_says_so(metrics):
    with pytest.raises(ModelError, match="keeps no risk-coverage curve") as caught:
        operating_point(metrics, 0.05)
    assert "threshold instead" in caught.value.hint


@pytest.mark.parametrize("change", [{"errors": [0, 1, 4]}, {"answered": "all"}, {"thresholds": [0.5, 0.6, 0.8, 0.9]}])
def test_a_damaged_curve_is_refused(change):
    with pytest.raises(ModelError, match=r"metrics\.json"):
        operating_point(record(**change), 0.05)


@pytest.mark.parametrize("risk", [-0.01, 5, float("nan"), "0.05", True])
def test_a_risk_that_is_no_share_is_refused(risk):
    with pytest.raises(ParameterError, match="risk="):
        operating_point(record(), risk)
