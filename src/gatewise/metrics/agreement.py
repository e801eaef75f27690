"""How a score goes along with a truth on a scale: correlations and distance. NaN policy as in `scores`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Floats, finite_vector, same_length
from gatewise.metrics.scores import mean_ranks


@dataclass(frozen=True)
class Agreement:
    """Correlations between a score and a truth; None where not defined.

    Attributes:
        examples: Examples counted.
        pearson: Linear correlation.
        spearman: Rank correlation.
        deviation_mean: Mean of abs(score - truth).
        deviation_sd: Its standard deviation.
    """

    examples: int
    pearson: float | None
    spearman: float | None
    deviation_mean: float | None
    deviation_sd: float | None


def agreement(score: npt.ArrayLike, truth: npt.ArrayLike) -> Agreement:
    """All of `pearson`, `spearman` and `deviation` between ``[n]`` scores and ``[n]`` truths.

    Example:
        >>> found = agreement([0.1, 0.4, 0.9], [0, 0, 1])
        >>> round(found.pearson, 3), round(found.deviation_mean, 3)
        (0.929, 0.2)
    """
    scores, truths = _pair(score, truth)
    mean, sd = deviation(scores, truths) or (None, None)
    return Agreement(len(scores), pearson(scores, truths), spearman(scores, truths), mean, sd)


def star_agreement(score: npt.ArrayLike, stars: npt.ArrayLike, *, lowest: float, highest: float) -> Agreement:
    """Agreement of a probability with stars put on 0 to 1 (`lowest` to `highest`).

    Args:
        score: ``[n]`` probabilities of the positive class.
        stars: ``[n]``; NaN where unknown, and then the example is left out (`examples` says how many were counted).
        lowest: Stars that mean 0; 1 on IMDB.
        highest: Stars that mean 1; 10 on IMDB.

    Raises:
        ParameterError: Lengths differ, or stars lie outside the scale.

    Example:
        >>> star_agreement([0.0, 0.9, 0.5], [1, 10, float("nan")], lowest=1, highest=10).examples
        2
    """
    if not lowest < highest:
        raise ParameterError(f"lowest={lowest!r} is not below highest={highest!r}")
    scores, given = finite_vector("score", score), np.asarray(stars, dtype=np.float64)
    same_length(score=scores, stars=given)
    known = ~np.isnan(given)
    wrong = given[known][(given[known] < lowest) | (given[known] > highest)]
    if len(wrong):
        raise ParameterError(f"stars hold {wrong[0]}, outside the scale of {lowest} to {highest}")
    return agreement(scores[known], (given[known] - lowest) / (highest - lowest))


def pearson(score: npt.ArrayLike, truth: npt.ArrayLike) -> float | None:
    """Linear correlation, -1 to 1; None with fewer than two examples or a constant column.

    Example:
        >>> round(pearson([1, 2, 3], [2, 4, 7]), 4)
        0.9934
    """
    scores, truths = _pair(score, truth)
    left, right = _standard(scores), _standard(truths)
    if left is None or right is None:
        return None
    # Rounding can leave the interval by an ulp, and a correlation of 1.0000000000000002 would be refused elsewhere.
    return max(-1.0, min(1.0, float(left @ right)))


def spearman(score: npt.ArrayLike, truth: npt.ArrayLike) -> float | None:
    """Rank correlation, ties by mean rank; None with fewer than two examples or a constant column.

    Example:
        >>> spearman([1, 2, 30], [2, 4, 7])
        1.0
    """
    scores, truths = _pair(score, truth)
    return pearson(mean_ranks(scores), mean_ranks(truths))


def deviation(score: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[float, float] | None:
    """Mean and standard deviation (of the examples at hand, ddof 0) of abs(score - truth); None without examples.

    Example:
        >>> deviation([0.0, 0.5], [0, 1])
        (0.25, 0.25)
    """
    scores, truths = _pair(score, truth)
    distances = np.abs(scores - truths)
    return (float(distances.mean()), float(distances.std())) if len(distances) else None


def _pair(score: npt.ArrayLike, truth: npt.ArrayLike) -> tuple[Floats, Floats]:
    scores, truths = finite_vector("score", score), finite_vector("truth", truth)
    same_length(score=scores, truth=truths)
    return scores, truths


def _standard(values: Floats) -> Floats | None:
    """`values` centred and of length 1; None when they are all equal."""
    if len(values) < 2 or values.min() == values.max():
        return None
    # Scaled before and after centring, so that neither huge nor tiny values leave the range of float64.
    scaled = values / np.abs(values).max()
    centred = scaled - scaled.mean()
    centred /= np.abs(centred).max()
    unit: Floats = centred / np.linalg.norm(centred)
    return unit
