"""An integral along a path whose ends are known: finer steps only where parts do not yet add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gatewise.explain.explanation import Floats

# Places in each stretch of the path. The slopes jump wherever another row has the maximum of a pooling: near a jump
# many short stretches do better than many places in a long one.
PLACES = 4
# Of the error that is left, the part whose stretches are halved at a time.
_WORST = 0.5
# Halves shorter than this are near enough to float32's distances that halving no longer makes their parts better.
_SHORTEST = 2.0**-16


class Path(Protocol):
    """A score along a path from 0 to 1."""

    def scores(self, points: Floats) -> Floats:
        """The score at each of m places, ``[m]``."""

    def slopes(self, points: Floats) -> Floats:
        """How fast each of T parts of it rises there, ``[m, T]``; over the parts they add up to the score's slope."""


@dataclass(frozen=True, eq=False)
class _Stretches:
    """n stretches of the path: where they begin and end ``[n, 2]``, the scores there, their parts ``[n, T]``."""

    ends: Floats
    scores: Floats
    parts: Floats

    @property
    def gaps(self) -> Floats:
        """By how much each stretch's parts miss the rise of the score over it, ``[n]``."""
        found: Floats = self.scores[:, 1] - self.scores[:, 0] - self.parts.sum(axis=1)
        return found

    def where(self, chosen: np.ndarray) -> _Stretches:
        return _Stretches(self.ends[chosen], self.scores[chosen], self.parts[chosen])

    def with_others(self, others: _Stretches) -> _Stretches:
        pairs = zip((self.ends, self.scores, self.parts), (others.ends, others.scores, others.parts), strict=True)
        return _Stretches(*(np.concatenate(pair) for pair in pairs))


def path_integral(path: Path, tolerance: float, *, sum_of_gaps: float, first: int, most: int) -> Floats:
    r"""Integrate the slopes of parts along a path until they add up to the score's rise.

    Gauss and Legendre's rule with four places is used in each of n stretches. What a stretch's parts must add up to is
    known, the rise of the score over it, and so is its error. The stretches that make half of all error are halved,
    over and over, until both what the whole misses and the sum of what the stretches miss, without sign, are small
    enough.

    Args:
        path: The score and its slopes.
        tolerance: The most that the parts together may miss of the rise.
        sum_of_gaps: The most that stretches may miss, without sign; errors that cancel each other in the sum over all
            words need not in each word.
        first: Stretches to begin with.
        most: Places at which slopes are taken, after which no stretch is halved any more.

    Returns:
        ``[T]`` float64; how far they miss the rise is for the caller to say.

    Notes:
        Holds n T numbers. Deterministic.

    Example:
        >>> class Kink:
        ...     def scores(self, points):
        ...         return abs(points - 0.3)
        ...
        ...     def slopes(self, points):
        ...         return np.sign(points - 0.3)[:, None]
        >>> parts = path_integral(Kink(), 1e-4, sum_of_gaps=1e-4, first=1, most=100)
        >>> bool(abs(parts.sum() - 0.4) < 1e-4)
        True
    """
    edges = np.linspace(0, 1, first + 1)
    scores = path.scores(edges)
    found = _measured(path, np.stack([edges[:-1], edges[1:]], 1), np.stack([scores[:-1], scores[1:]], 1))
    taken = first * PLACES
    while taken < most and not _is_enough(found.gaps, tolerance, sum_of_gaps):
        split = _to_halve(found, (most - taken) // (2 * PLACES))
        if not split.any():
            break
        halves = _halved(path, found.where(split))
        found = found.where(~split).with_others(halves)
        taken += len(halves.ends) * PLACES
    total: Floats = found.parts.sum(axis=0)
    return total


def _is_enough(gaps: Floats, tolerance: float, sum_of_gaps: float) -> bool:
    return bool(abs(gaps.sum()) <= tolerance and abs(gaps).sum() <= sum_of_gaps)


def _to_halve(found: _Stretches, most: int) -> np.ndarray:
    """Which stretches to halve: those with the largest errors, at most so many, none that is too short."""
    gaps = np.where(found.ends[:, 1] - found.ends[:, 0] >= 2 * _SHORTEST, abs(found.gaps), 0.0)
    order = np.argsort(-gaps, kind="stable")
    count = 1 + int(np.searchsorted(np.cumsum(gaps[order]), _WORST * gaps.sum()))
    chosen = np.zeros(len(gaps), np.bool_)
    chosen[order[: min(count, most)]] = True
    return chosen & (gaps > 0)


def _halved(path: Path, old: _Stretches) -> _Stretches:
    middle = old.ends.mean(axis=1)
    at_middle = path.scores(middle)
    ends = np.stack([old.ends[:, 0], middle, middle, old.ends[:, 1]], 1).reshape(-1, 2)
    scores = np.stack([old.scores[:, 0], at_middle, at_middle, old.scores[:, 1]], 1).reshape(-1, 2)
    return _measured(path, ends, scores)


def _measured(path: Path, ends: Floats, scores: Floats) -> _Stretches:
    places, weights = np.polynomial.legendre.leggauss(PLACES)
    widths = (ends[:, 1] - ends[:, 0])[:, None]
    points = ends[:, :1] + widths * (places + 1) / 2
    slopes = path.slopes(points.ravel())
    slopes = slopes.reshape(len(ends), PLACES, slopes.shape[1])
    return _Stretches(ends, scores, np.einsum("np,npt->nt", widths * weights / 2, slopes))
