"""Scores against scikit-learn and scipy, on random and on degenerate answers."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gatewise.errors import ParameterError
from gatewise.metrics.scores import (
    accuracy,
    brier,
    confusion,
    log_loss,
    mean_ranks,
    precision_recall_f1,
    roc_auc,
    roc_auc_macro,
    wilson_interval,
)

CLASSES = 4
ANSWERS = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=40)


@st.composite
def judged_probabilities(draw):
    """Truth and probabilities of 2 to 5 classes, certain and tied ones among them."""
    classes, n = draw(st.integers(2, 5)), draw(st.integers(1, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.dirichlet(np.full(classes, draw(st.sampled_from([0.05, 1.0, 30.0]))), size=n)
    if draw(st.booleans()):
        rows = np.eye(classes)[rng.integers(0, classes, n)]
    return rng.integers(0, classes, n), rows


@given(ANSWERS)
def test_accuracy_and_confusion_match_scikit_learn(pairs):
    y, yhat = np.array(pairs).T
    assert accuracy(y, yhat) == pytest.approx(reference.accuracy_score(y, yhat))
    wanted = reference.confusion_matrix(y, yhat, labels=range(CLASSES))
    assert confusion(y, yhat, CLASSES).tolist() == wanted.tolist()


@given(ANSWERS)
def test_precision_recall_f1_match_scikit_learn_and_none_stands_for_nan(pairs):
    y, yhat = np.array(pairs).T
    each, macro = precision_recall_f1(y, yhat, CLASSES)
    options = {"labels": range(CLASSES), "zero_division": np.nan}
    wanted = reference.precision_recall_fscore_support(y, yhat, **options)
    got = [[score.precision, score.recall, score.f1, score.support] for score in each]
    np.testing.assert_allclose(np.array(got, dtype=float).T, np.array(wanted, dtype=float))
    averages = reference.precision_recall_fscore_support(y, yhat, average="macro", **options)
    np.testing.assert_allclose([macro.precision, macro.recall, macro.f1], averages[:3])
    assert macro.support == len(y)


@given(st.lists(st.tuples(st.booleans(), st.floats(-3, 3).map(lambda x: round(x, 1))), min_size=2, max_size=40))
def test_roc_auc_matches_scikit_learn_with_ties(pairs):
    y, score = (np.array(column) for column in zip(*pairs, strict=True))
    if y.all() or not y.any():
        assert roc_auc(y, score) is None
    else:
        assert roc_auc(y, score) == pytest.approx(reference.roc_auc_score(y, score))


@given(judged_probabilities())
def test_log_loss_and_brier_match_scikit_learn(case):
    y, rows = case
    labels = range(rows.shape[1])
    assert log_loss(y, rows) == pytest.approx(reference.log_loss(y, rows, labels=labels))
    wanted = reference.brier_score_loss(y, rows if rows.shape[1] > 2 else rows[:, 1], labels=labels)
    assert brier(y, rows) == pytest.approx(wanted)


@given(judged_probabilities())
def test_macro_auc_is_scikit_learns_where_that_is_defined(case):
    y, rows = case
    got = roc_auc_macro(y, rows)
    if len(set(y)) < 2:
        assert got is None
    elif rows.shape[1] == 2:
        assert got == pytest.approx(reference.roc_auc_score(y, rows[:, 1]))
    elif len(set(y)) == rows.shape[1]:
        assert got == pytest.approx(reference.roc_auc_score(y, rows, multi_class="ovr"))
    else:
        present = [reference.roc_auc_score(y == k, rows[:, k]) for k in sorted(set(y))]
        assert got == pytest.approx(np.mean(present))


@given(st.integers(1, 100_000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_wilson_interval_matches_scipy(n, share, level):
    successes = round(n * share)
    wanted = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    # absolute: at share 0 the lower end is 0 and scipy's is one rounding of a difference away
    assert wilson_interval(successes, n, level) == pytest.approx((wanted.low, wanted.high), rel=1e-9, abs=1e-12)


def test_wilson_interval_ends_exactly_at_zero_and_one():
    assert wilson_interval(0, 7)[0] == 0.0
    assert wilson_interval(7, 7)[1] == 1.0


@given(st.lists(st.integers(-4, 4), max_size=30))
def test_mean_ranks_match_scipy(values):
    assert mean_ranks(values).tolist() == stats.rankdata(values).tolist()


def test_without_examples_every_score_is_none():
    nothing = np.zeros((0, 3))
    assert accuracy([], []) is None
    assert wilson_interval(0, 0) is None
    assert roc_auc([], []) is None
    assert [score([], nothing) for score in (log_loss, brier, roc_auc_macro)] == [None, None, None]
    each, macro = precision_recall_f1([], [], 2)
    assert json.dumps([asdict(score) for score in (*each, macro)], allow_nan=False).count("null") == 9


def test_a_certain_wrong_answer_costs_36_nats_not_infinity():
    assert log_loss([0], [[0.0, 1.0]]) == pytest.approx(36.04, abs=0.01)


def test_accuracy_takes_strings_and_refuses_to_compare_them_with_numbers():
    assert accuracy(["neg", "pos"], ["pos", "pos"]) == 0.5
    with pytest.raises(ParameterError, match="can never be equal"):
        accuracy(["1", "0"], [1, 0])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: accuracy([1], [1, 0]), "y has 1, yhat has 2"),
        (lambda: confusion([0, 2], [0, 1], 2), "0 to 1"),
        (lambda: confusion([0, 1], [0, -1], 2), "0 to 1"),
        (lambda: confusion([0.5], [1], 2), "whole numbers"),
        (lambda: confusion([[0]], [1], 2), "whole numbers"),
        (lambda: roc_auc([0, 1], [0.1, float("nan")]), "score holds nan"),
        (lambda: roc_auc([0, 1], [[0.1], [0.2]]), r"wanted \[n\]"),
        (lambda: log_loss([0], [[0.5, 0.6]]), "example 0: probabilities are not"),
        (lambda: log_loss([0, 0], [[0.5, 0.5], [-0.1, 1.1]]), "example 1"),
        (lambda: brier([0], [[float("nan"), 0.5]]), "example 0"),
        (lambda: brier([0], [0.5]), "K of at least 2"),
        (lambda: brier([0, 1], [[0.5, 0.5]]), "y_index has 2, probabilities has 1"),
        (lambda: wilson_interval(3, 2), "successes=3"),
        (lambda: wilson_interval(-1, 2), "successes=-1"),
        (lambda: wilson_interval(1, 2, level=95), "level=95"),
    ],
)
def test_impossible_arguments_are_refused(call, said):
    with pytest.raises(ParameterError, match=said):
        call()
