"""Correlations against scipy, and where they are not defined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gatewise.errors import ParameterError
from gatewise.metrics.agreement import Agreement, agreement, deviation, pearson, spearman, star_agreement

NUMBERS = st.integers(-1000, 1000).map(lambda n: n / 8)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=40)


@given(PAIRS, st.sampled_from([1.0, 1e-300, 1e300, 0.1]))
def test_correlations_match_scipy_at_any_scale(pairs, scale):
    left, right = np.array(pairs).T
    if len(set(left)) == 1 or len(set(right)) == 1:
        assert pearson(left * scale, right) is None
        assert spearman(left * scale, right) is None
        return
    assert pearson(left * scale, right) == pytest.approx(stats.pearsonr(left, right).statistic, abs=1e-12)
    assert spearman(left * scale, right) == pytest.approx(stats.spearmanr(left, right).statistic, abs=1e-12)


@given(PAIRS)
def test_deviation_is_mean_and_population_sd_of_the_distance(pairs):
    left, right = np.array(pairs).T
    gaps = [abs(a - b) for a, b in pairs]
    mean = sum(gaps) / len(gaps)
    sd = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation(left, right) == pytest.approx((mean, sd), abs=1e-9)
    found = agreement(left, right)
    assert (found.deviation_mean, found.deviation_sd) == deviation(left, right)
    assert (found.pearson, found.spearman) == (pearson(left, right), spearman(left, right))


@given(st.lists(NUMBERS, min_size=2, max_size=20, unique=True), NUMBERS.filter(lambda slope: slope > 0))
def test_a_straight_line_never_exceeds_one(values, slope):
    up = pearson(values, np.array(values) * slope)
    assert up == pytest.approx(1)
    assert up <= 1.0
    assert spearman(values, -np.array(values)) == pytest.approx(-1)


@pytest.mark.parametrize("column", [[], [0.5], [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]])
def test_undefined_correlations_are_none(column):
    other = list(range(len(column)))
    assert pearson(column, other) is None
    assert spearman(other, column) is None


def test_without_examples_all_is_none():
    assert deviation([], []) is None
    assert agreement([], []) == Agreement(0, None, None, None, None)


def test_stars_are_put_on_the_scale_of_the_score_and_unknown_ones_left_out():
    found = star_agreement([0.0, 0.5, 1.0, 0.9], [1, 3, 5, float("nan")], lowest=1, highest=5)
    assert found == Agreement(3, pytest.approx(1), pytest.approx(1), 0.0, 0.0)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: pearson([1, 2], [1, 2, 3]), "score has 2, truth has 3"),
        (lambda: spearman([1, float("inf")], [1, 2]), "score holds inf"),
        (lambda: deviation([1], [float("nan")]), "truth holds nan"),
        (lambda: star_agreement([0.5], [11], lowest=1, highest=10), "stars hold 11"),
        (lambda: star_agreement([0.5], [float("inf")], lowest=1, highest=10), "stars hold inf"),
        (lambda: star_agreement([0.5], [1], lowest=5, highest=5), "lowest=5"),
        (lambda: star_agreement([0.5], [1, 2], lowest=1, highest=5), "score has 1, stars has 2"),
    ],
)
def test_impossible_arguments_are_refused(call, said):
    with pytest.raises(ParameterError, match=said):
        call()
