"""How good class answers and probabilities are.

NaN policy, the same in every room: a score that is not defined (no examples, a class never predicted, a constant
column) is None, which JSON writes as null; no score is NaN or infinite. NaN or infinity in an argument is refused with
`ParameterError`: it is a fault upstream, not an example to leave out. All sums are float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Floats, Indices, class_indices, finite_vector, judged, same_length

# A certain and wrong answer would cost infinity. The floor is scikit-learn's, so that figures compare; it caps the loss
# of one example at 36 nats.
PROBABILITY_FLOOR = float(np.finfo(np.float64).eps)


def accuracy(y: npt.ArrayLike, yhat: npt.ArrayLike) -> float | None:
    """Share of examples answered rightly; None without examples.

    Args:
        y: ``[n]`` labels or class indices.
        yhat: ``[n]`` answers of the same kind.

    Raises:
        ParameterError: The lengths differ, or one side holds strings and the other numbers.

    Example:
        >>> accuracy(["pos", "neg", "pos", "neg"], ["pos", "neg", "neg", "neg"])
        0.75
    """
    truth, answers = np.asarray(y), np.asarray(yhat)
    same_length(y=truth, yhat=answers)
    if not truth.size:
        return None
    if (truth.dtype.kind in "US") != (answers.dtype.kind in "US"):
        raise ParameterError(f"y holds {truth.dtype} and yhat {answers.dtype}, which can never be equal")
    return float(np.mean(truth == answers))


def wilson_interval(successes: int, n: int, level: float = 0.95) -> tuple[float, float] | None:
    """Wilson score interval of a share, ``(low, high)``; None when `n` is 0.

    Reference:
        Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".

    Example:
        >>> low, high = wilson_interval(90, 100)
        >>> round(low, 3), round(high, 3)
        (0.826, 0.945)
    """
    if not 0 <= successes <= n:
        raise ParameterError(f"successes={successes!r} of n={n!r} is not a share")
    if not 0 < level < 1:
        raise ParameterError(f"level={level!r} is not between 0 and 1")
    if n == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The ends are exactly 0 and 1 there; rounding would miss them by an ulp.
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class, or their means over classes; None where not defined.

    Attributes:
        precision: Share of the answers "this class" that are right; None if it was never answered.
        recall: Share of the examples of the class that were found; None if it has no example.
        f1: Harmonic mean; None if the class occurs neither in truth nor in answers.
        support: Examples of the class.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


def precision_recall_f1(y: npt.ArrayLike, yhat: npt.ArrayLike, classes: int) -> tuple[list[ClassScore], ClassScore]:
    """Scores of each class in order, and their macro averages.

    A macro average is the plain mean over the classes where the score is defined, as with scikit-learn's
    ``zero_division=nan``.

    Args:
        y: ``[n]`` class indices, 0 to `classes` - 1.
        yhat: ``[n]`` answers, likewise.
        classes: K.

    Example:
        >>> each, macro = precision_recall_f1([0, 0, 1], [0, 1, 1], 2)
        >>> each[1]
        ClassScore(precision=0.5, recall=1.0, f1=0.6666666666666666, support=1)
        >>> macro.recall
        0.75
    """
    table = confusion(y, yhat, classes)
    each = [_class_score(int(table[k, k]), int(table[:, k].sum()), int(table[k].sum())) for k in range(classes)]
    macro = ClassScore(
        precision=_mean_defined([score.precision for score in each]),
        recall=_mean_defined([score.recall for score in each]),
        f1=_mean_defined([score.f1 for score in each]),
        support=int(table.sum()),
    )
    return each, macro


def confusion(y: npt.ArrayLike, yhat: npt.ArrayLike, classes: int) -> Indices:
    """Counts ``[K, K]`` int64: row is the true class, column the answer.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], 2).tolist()
        [[1, 1], [0, 1]]
    """
    truth, answers = class_indices("y", y, classes), class_indices("yhat", yhat, classes)
    same_length(y=truth, yhat=answers)
    counts: Indices = np.bincount(truth * classes + answers, minlength=classes * classes).astype(np.int64)
    return counts.reshape(classes, classes)


def roc_auc(y_binary: npt.ArrayLike, score: npt.ArrayLike) -> float | None:
    """Probability that a positive example scores above a negative one, ties counting half; None with one class only.

    Args:
        y_binary: ``[n]`` of 0 and 1.
        score: ``[n]`` finite numbers, higher for class 1; logits do as well as probabilities.

    Example:
        >>> roc_auc([0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8])
        1.0
    """
    truth, scores = class_indices("y_binary", y_binary, 2), finite_vector("score", score)
    same_length(y_binary=truth, score=scores)
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return None
    ranks = float(mean_ranks(scores)[truth == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def roc_auc_macro(y_index: npt.ArrayLike, probabilities: npt.ArrayLike) -> float | None:
    """Mean over classes of the AUC of that class against the rest, for K > 2; plain AUC of class 1 for two.

    Classes without an example (or with all of them) are left out of the mean; None if no class is left.

    Example:
        >>> roc_auc_macro([0, 1, 2], [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.2, 0.7]])
        1.0
    """
    truth, rows = judged(y_index, probabilities)
    wanted = [1] if rows.shape[1] == 2 else range(rows.shape[1])
    return _mean_defined([roc_auc(truth == k, rows[:, k]) for k in wanted])


def log_loss(y_index: npt.ArrayLike, probabilities: npt.ArrayLike) -> float | None:
    """Mean of -ln(probability of the true class), in nats; None without examples.

    Probabilities below 2.2e-16 count as that (`PROBABILITY_FLOOR`), as in scikit-learn.

    Example:
        >>> round(log_loss([0, 1], [[0.9, 0.1], [0.2, 0.8]]), 4)
        0.1643
    """
    truth, rows = judged(y_index, probabilities)
    chosen = rows[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chosen, PROBABILITY_FLOOR)).mean()) if len(truth) else None


def brier(y_index: npt.ArrayLike, probabilities: npt.ArrayLike) -> float | None:
    """Mean squared error of the probabilities; None without examples.

    For two classes that of the one probability of class 1 (0 to 1); for more the sum over classes (0 to 2), as Brier
    defined it. The same convention as scikit-learn's default.

    Example:
        >>> round(brier([0, 1], [[0.9, 0.1], [0.2, 0.8]]), 4)
        0.025
    """
    truth, rows = judged(y_index, probabilities)
    if not len(truth):
        return None
    squares = (rows - np.eye(rows.shape[1])[truth]) ** 2
    return float((squares[:, 1] if rows.shape[1] == 2 else squares.sum(axis=1)).mean())


def mean_ranks(values: npt.ArrayLike) -> Floats:
    """Ranks from 1, ``[n]``; equal values share the mean of their ranks.

    Example:
        >>> mean_ranks([10.0, 30.0, 10.0]).tolist()
        [1.5, 3.0, 1.5]
    """
    _, group, counts = np.unique(finite_vector("values", values), return_inverse=True, return_counts=True)
    ranks: Floats = np.cumsum(counts) - (counts - 1) / 2
    return ranks[group]


def _class_score(hits: int, answered: int, support: int) -> ClassScore:
    return ClassScore(
        precision=hits / answered if answered else None,
        recall=hits / support if support else None,
        f1=2 * hits / (answered + support) if answered + support else None,
        support=support,
    )


def _mean_defined(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None
