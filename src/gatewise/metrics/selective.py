"""Selective prediction: how right a classifier is that may abstain where it is not sure. NaN policy as in `scores`.

Example i has a confidence c_i, for a classifier the highest of its probabilities, and a loss l_i: 1 where the answer is
wrong, else 0. A threshold t answers the examples with c_i >= t and abstains from the others:

    coverage(t) = 1/n sum_i [c_i >= t]
    risk(t)     = sum_i l_i [c_i >= t] / sum_i [c_i >= t]

Only the thresholds t = c_i differ. Examples of equal confidence are answered together or not at all, so that nothing
here depends on their order.

Reference:
    El-Yaniv & Wiener 2010, "On the Foundations of Noise-free Selective Classification", JMLR 11, section 2 (coverage,
    risk and their trade-off); Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks",
    arXiv 1705.08500, section 2 (a threshold on the confidence of a network).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Floats, Indices, Mask, finite_vector, judged, same_length

CURVE_POINTS = 100  # of a curve that is stored or drawn: one for each percent of coverage


@dataclass(frozen=True)
class OperatingPoint:
    """What one threshold does.

    Attributes:
        threshold: Least confidence that is answered.
        answered: How many examples have it.
        errors: How many of those are answered wrongly.
        coverage: Share of all examples that is answered.
        risk: Share of the answered ones that is wrong.
    """

    threshold: float
    answered: int
    errors: int
    coverage: float
    risk: float


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """A risk-coverage curve: m operating points, from the surest answers alone to all n examples.

    Args:
        thresholds: ``[m]`` float64, falling.
        answered: ``[m]`` int64, rising from at least 1 to n: examples with at least that confidence.
        errors: ``[m]`` int64, not falling: wrong ones among them.

    Raises:
        ParameterError: The columns are no such curve.
    """

    thresholds: Floats
    answered: Indices
    errors: Indices

    def __post_init__(self) -> None:
        same_length(thresholds=self.thresholds, answered=self.answered, errors=self.errors)
        # Of the examples that a lower threshold adds, none may have gone and no more than all be wrong.
        added, wrong = np.diff(self.answered, prepend=0), np.diff(self.errors, prepend=0)
        if not ((np.diff(self.thresholds) < 0).all() and (added > 0).all() and ((wrong >= 0) & (wrong <= added)).all()):
            raise ParameterError("these thresholds and counts are no risk-coverage curve")

    @property
    def coverage(self) -> Floats:
        """``[m]`` float64, rising to 1."""
        shares: Floats = self.answered / self.answered[-1:]
        return shares

    @property
    def risk(self) -> Floats:
        """``[m]`` float64; the last is the error rate."""
        shares: Floats = self.errors / self.answered
        return shares

    def point(self, place: int) -> OperatingPoint:
        """The operating point number `place`, counted from 0, or from the end if negative."""
        return OperatingPoint(
            float(self.thresholds[place]),
            int(self.answered[place]),
            int(self.errors[place]),
            float(self.coverage[place]),
            float(self.risk[place]),
        )

    def within_risk(self, risk: float) -> OperatingPoint | None:
        """The operating point of the highest coverage whose risk is at most `risk`; None where every risk is higher.

        Notes:
            The risk need not rise with the coverage: points of lower coverage may lie above `risk`.

        Example:
            >>> curve = risk_coverage([0.9, 0.8, 0.7, 0.6], [False, True, True, False])
            >>> curve.within_risk(0.4).coverage, curve.within_risk(0.3)
            (0.75, None)
        """
        # Both sides are the double nearest to a fraction: 1 of 20 is exactly 0.05, and no tolerance is wanted.
        places = np.flatnonzero(self.risk <= risk)
        return self.point(int(places[-1])) if len(places) else None

    def at_coverage(self, coverage: float) -> OperatingPoint | None:
        """The operating point of the least coverage that is at least `coverage` (0 to 1); None without examples.

        Equal confidences may make it a higher one than asked for.

        Example:
            >>> curve = risk_coverage([0.9, 0.8, 0.8, 0.6], [True, True, False, False])
            >>> curve.at_coverage(0.5).coverage
            0.75
        """
        places = np.flatnonzero(self.coverage >= coverage)
        return self.point(int(places[0])) if len(places) else None

    def thinned(self, points: int = CURVE_POINTS) -> RiskCoverage:
        """At most `points` of the operating points: the first that reaches each of as many equal steps of coverage.

        Example:
            >>> risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, True]).thinned(2).coverage.tolist()
            [0.5, 1.0]
        """
        total = int(self.answered[-1]) if len(self.answered) else 0
        wanted = -(-np.arange(1, points + 1) * total // points)
        places = np.unique(np.searchsorted(self.answered, wanted)) if total else np.zeros(0, dtype=np.int64)
        return RiskCoverage(self.thresholds[places], self.answered[places], self.errors[places])

    def to_json(self) -> dict[str, list[Any]]:
        """The three columns as plain values; `curve_from_json` reads them back."""
        return {name: getattr(self, name).tolist() for name in _COLUMNS}


_COLUMNS = {"thresholds": (int, float), "answered": (int,), "errors": (int,)}


def curve_from_json(content: Any) -> RiskCoverage:
    """The curve that `RiskCoverage.to_json` wrote.

    Args:
        content: Any JSON value; nothing is taken for granted.

    Raises:
        ParameterError: It is no such curve, or one without examples.

    Example:
        >>> curve_from_json(risk_coverage([0.9, 0.6], [True, False]).to_json()).risk.tolist()
        [0.0, 0.5]
    """
    if not isinstance(content, Mapping) or set(content) != set(_COLUMNS):
        raise ParameterError(f"a risk-coverage curve has the columns {', '.join(_COLUMNS)}")
    for name, allowed in _COLUMNS.items():
        column = content[name]
        if not isinstance(column, list) or not column or not all(type(value) in allowed for value in column):
            raise ParameterError(f"{name} of a risk-coverage curve must be a list of numbers")
        if not all(abs(value) < 2**53 for value in column):  # false for NaN as well
            raise ParameterError(f"{name} of a risk-coverage curve holds a number beyond 2^53")
    return RiskCoverage(
        np.array(content["thresholds"], dtype=np.float64),
        np.array(content["answered"], dtype=np.int64),
        np.array(content["errors"], dtype=np.int64),
    )


def risk_coverage(confidence: npt.ArrayLike, is_right: npt.ArrayLike) -> RiskCoverage:
    """The risk-coverage curve of answers, with one point for each different confidence.

    Args:
        confidence: ``[n]`` finite numbers; only their order counts.
        is_right: ``[n]`` bool.

    Returns:
        The curve; it has no point when n is 0.

    Raises:
        ParameterError: NaN or infinity, no bool, or different lengths.

    Notes:
        O(n log n). Depends on neither the order of the examples nor, beside its thresholds, on a monotone change of the
        confidence.

    Example:
        >>> curve = risk_coverage([0.6, 0.9, 0.9, 0.7], [False, True, True, False])
        >>> curve.thresholds.tolist(), curve.coverage.tolist()
        ([0.9, 0.7, 0.6], [0.5, 0.75, 1.0])
        >>> curve.risk.round(3).tolist()
        [0.0, 0.333, 0.5]
    """
    sure, right = finite_vector("confidence", confidence), np.asarray(is_right)
    if right.ndim != 1 or (right.size and right.dtype != np.bool_):
        raise ParameterError(f"is_right is {right.dtype}{list(right.shape)}, wanted [n] bool")
    same_length(confidence=sure, is_right=right)
    rising, block = np.unique(sure, return_inverse=True)
    examples = np.bincount(block, minlength=len(rising))
    wrong = np.bincount(block[~right.astype(np.bool_)], minlength=len(rising))
    return RiskCoverage(rising[::-1].copy(), np.cumsum(examples[::-1]), np.cumsum(wrong[::-1]))


def risk_coverage_of(y_index: npt.ArrayLike, probabilities: npt.ArrayLike) -> RiskCoverage:
    """The curve of a classifier that answers the class of highest probability, which is its confidence.

    Args:
        y_index: ``[n]`` class indices of the truth.
        probabilities: ``[n, K]``.

    Example:
        >>> risk_coverage_of([1, 0], [[0.1, 0.9], [0.4, 0.6]]).risk.tolist()
        [0.0, 0.5]
    """
    truth, rows = judged(y_index, probabilities)
    return risk_coverage(rows.max(axis=1), rows.argmax(axis=1) == truth)


def aurc(curve: RiskCoverage) -> float | None:
    """Area under the risk-coverage curve: the mean risk over the thresholds c_1 ... c_n; None without examples.

        AURC = 1/n sum_i risk(c_i)

    0 is best: no answer is wrong. A confidence that says nothing gives about the error rate.

    Args:
        curve: Not thinned: every point is weighted by the examples that it adds.

    Reference:
        Geifman, Uziel & El-Yaniv 2019, "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers",
        arXiv 1805.08206. Equal confidences get their common risk, as many times as there are examples.

    Example:
        >>> round(aurc(risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, True])), 4)
        0.1458
    """
    if not len(curve.answered):
        return None
    added = np.diff(curve.answered, prepend=0)
    return fsum((added * curve.risk).tolist()) / int(curve.answered[-1])


def least_aurc(n: int, errors: int) -> float | None:
    """The least area that a confidence reaches with so many errors: one that is lower for wrong answers than for right.

        AURC* = 1/n sum_{k=1..E} k / (n - E + k)

    Args:
        n: Number of examples.
        errors: E, from 0 to n.

    Returns:
        The area; None when n is 0.

    Reference:
        Geifman, Uziel & El-Yaniv 2019, arXiv 1805.08206 (there approximated by an integral).

    Example:
        >>> least_aurc(4, 1)
        0.0625
    """
    if not 0 <= errors <= n:
        raise ParameterError(f"errors={errors!r} of n={n!r} is not a share")
    ranks = np.arange(1, errors + 1)
    return fsum((ranks / (n - errors + ranks)).tolist()) / n if n else None


def excess_aurc(curve: RiskCoverage) -> float | None:
    """`aurc` less `least_aurc`: what the order of the confidences costs, apart from how many answers are wrong.

    0 is best: every right answer is surer than every wrong one. None without examples.

    Reference:
        Geifman, Uziel & El-Yaniv 2019, arXiv 1805.08206 (E-AURC).

    Example:
        >>> round(excess_aurc(risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, True])), 4)
        0.0833
    """
    area = aurc(curve)
    if area is None:
        return None
    least = least_aurc(int(curve.answered[-1]), int(curve.errors[-1]))
    return None if least is None else area - least


def is_answered(probabilities: Floats, abstain: float) -> Mask:
    """Where the highest probability of ``[n, K]`` is at least `abstain`, ``[n]`` bool.

    Raises:
        ParameterError: `abstain` is no probability.

    Example:
        >>> is_answered(np.array([[0.1, 0.9], [0.4, 0.6]]), 0.8).tolist()
        [True, False]
    """
    check_share("abstain", abstain)
    answered: Mask = probabilities.max(axis=1) >= abstain
    return answered


def check_share(name: str, value: float) -> None:
    """Raise `ParameterError` unless `value` is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ParameterError(f"{name}={value!r} is not a number from 0 to 1", hint="a share of 5 % is written 0.05")
