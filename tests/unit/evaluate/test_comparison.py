"""Intervals of differences against formulas and against repeated draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gatewise.evaluate.comparison import accuracy_score, compare
from gatewise.evaluate.measures import probability_scores
from gatewise.metrics.calibration import probabilities_from_logits


def test_accuracy_difference_follows_agresti_and_min():
    right = np.array([True] * 40 + [True] * 13 + [False] * 5 + [False] * 12)
    rival = np.array([True] * 40 + [False] * 13 + [True] * 5 + [False] * 12)
    score = accuracy_score(right, rival)
    # Half an observation in each of the four cells: 13.5 and 5.5 of 72.
    centre = (13.5 - 5.5) / 72
    error = math.sqrt((13.5 + 5.5) - (13.5 - 5.5) ** 2 / 72) / 72
    assert score["difference"] == pytest.approx(8 / 70)
    assert score["difference_interval"] == pytest.approx([centre - 1.959964 * error, centre + 1.959964 * error])


def test_two_models_that_never_disagree_are_not_proved_equal():
    right = np.array([True, False, True])
    low, high = accuracy_score(right, right)["difference_interval"]
    assert low < -0.2
    assert high > 0.2


@pytest.mark.parametrize("count", [800, 40_000])
def test_bootstrap_error_of_a_mean_equals_its_formula(count):
    # 40,000 is more than is drawn at once, so this also checks the scaling.
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, count)
    base = generator.normal(0, 1, count) + truth
    model, rival = (probabilities_from_logits(base + generator.normal(0, 0.7, count)) for _ in range(2))
    score = compare(probability_scores(truth), model, rival)["log_loss"]
    rows = np.arange(count)
    paired = -np.log(model[rows, truth]) + np.log(rival[rows, truth])
    half = (score["difference_interval"][1] - score["difference_interval"][0]) / 2
    assert score["difference"] == pytest.approx(paired.mean(), abs=1e-9)
    # 200 draws know a standard error to about 5 %; 20 % is four times that, and the seed is fixed.
    assert half == pytest.approx(1.96 * paired.std() / math.sqrt(count), rel=0.2)


def test_a_value_that_is_mostly_undefined_gets_no_interval():
    def measure(probabilities, rows):
        return {"rare": 1.0 if (rows == 0).sum() > 3 or len(set(rows)) == 50 else None}

    p = np.full((50, 2), 0.5)
    assert compare(measure, p, p)["rare"] == {
        "value": 1.0,
        "rival": 1.0,
        "difference": 0.0,
        "difference_interval": None,
    }


def test_without_a_rival_there_is_nothing_beside_the_value():
    p = np.full((4, 2), 0.5)
    score = compare(probability_scores(np.zeros(4, dtype=np.int64)), p, None)["log_loss"]
    assert score == {
        "value": pytest.approx(math.log(2)),
        "rival": None,
        "difference": None,
        "difference_interval": None,
    }
