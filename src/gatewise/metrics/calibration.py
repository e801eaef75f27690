"""From logits to probabilities, and whether 80 % sure means right in 80 of 100. NaN policy as in `scores`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Floats, Indices, class_indices, judged, same_length

LOWEST_TEMPERATURE = 0.05
HIGHEST_TEMPERATURE = 20.0
# Bisection alone narrows the bracket of 1/T from 20 to 2e-16 in 60 steps; Newton needs 5 to 8.
MOST_STEPS = 60
LARGEST_LOGIT = 1e100  # beyond float32, and its square still fits float64
SETTLED = 1e-12  # relative change of 1/T at which the search stops


def probabilities_from_logits(logits: npt.ArrayLike, temperature: float = 1.0) -> Floats:
    """Probabilities ``[n, K]`` in float64; the one place where logits become probabilities.

    One logit z per example (two classes) gives ``[sigmoid(-z), sigmoid(z)]``, each exact however small; K logits give
    their softmax. Stable for any logits; an example's answer does not depend on the others.

    Args:
        logits: ``[n]`` or ``[n, 1]`` for two classes, ``[n, K]`` otherwise; up to 1e100 in size.
        temperature: Logits are divided by it (> 0): above 1 softens, below 1 sharpens.

    Raises:
        ParameterError: Wrong shape, logits not finite (or huge), or an impossible temperature.

    Example:
        >>> probabilities_from_logits([0.0, 2.0]).round(3).tolist()
        [[0.5, 0.5], [0.119, 0.881]]
        >>> probabilities_from_logits([[0.0, 1.0, 2.0]], temperature=2.0).round(3).tolist()
        [[0.186, 0.307, 0.506]]
    """
    if not 0 < temperature < float("inf"):
        raise ParameterError(f"temperature={temperature!r} is not a positive number")
    columns = logit_columns(logits)
    with np.errstate(over="ignore", under="ignore"):  # a logit that is 1e300 below the best has probability 0
        powers = np.exp((columns - columns.max(axis=1, keepdims=True)) / temperature)
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def apply_temperature(logits: npt.ArrayLike, temperature: float) -> Floats:
    """`probabilities_from_logits` with a temperature that must be given.

    Example:
        >>> apply_temperature([4.0], 2.0).round(3).tolist()
        [[0.119, 0.881]]
    """
    return probabilities_from_logits(logits, temperature)


def fit_temperature(logits: npt.ArrayLike, y_index: npt.ArrayLike) -> float:
    """The temperature from 0.05 to 20 with the least log loss on these examples.

    The loss is convex in 1/T, so that Newton's method, kept in a shrinking bracket, finds the one minimum. Logits that
    are all equal say nothing about T and give 1; a model that is never wrong gives 0.05, one worse than chance 20.

    Args:
        logits: As for `probabilities_from_logits`.
        y_index: ``[n]`` class indices of the truth; at least one.

    Raises:
        ParameterError: No examples, or they do not match.

    Reference:
        Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv 1706.04599, section 4.2.

    Example:
        >>> round(fit_temperature([4.0, 4.0, 4.0, -4.0], [1, 1, 0, 0]), 3)
        3.641
    """
    columns = logit_columns(logits)
    truth = class_indices("y_index", y_index, columns.shape[1])
    same_length(logits=columns, y_index=truth)
    if not len(truth):
        raise ParameterError("a temperature cannot be fitted without examples")
    if (columns == columns[:, :1]).all():
        return 1.0
    if _slope_and_curvature(columns, truth, 1 / HIGHEST_TEMPERATURE)[0] >= 0:
        return HIGHEST_TEMPERATURE
    if _slope_and_curvature(columns, truth, 1 / LOWEST_TEMPERATURE)[0] <= 0:
        return LOWEST_TEMPERATURE
    return 1 / _best_inverse(columns, truth)


@dataclass(frozen=True)
class ReliabilityBin:
    """Examples whose highest probability lies in (low, high].

    Attributes:
        low: Open lower end.
        high: Closed upper end.
        examples: How many there are.
        confidence: Mean of their highest probability; None if there are none.
        accuracy: Share of them answered rightly; None if there are none.
    """

    low: float
    high: float
    examples: int
    confidence: float | None
    accuracy: float | None


def reliability_bins(y_index: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 15) -> list[ReliabilityBin]:
    """Confidence and accuracy in `bins` equal parts of 0 to 1.

    The answer is the class of highest probability (the first of equals). With K classes no confidence is below 1/K, so
    the lower bins are empty.

    Args:
        y_index: ``[n]`` class indices of the truth.
        probabilities: ``[n, K]``.
        bins: Number of bins, at least 1.

    Example:
        >>> for part in reliability_bins([1, 0], [[0.1, 0.9], [0.2, 0.8]], bins=2):
        ...     print(part.high, part.examples, part.accuracy)
        0.5 0 None
        1.0 2 0.5
    """
    if type(bins) is not int or bins < 1:
        raise ParameterError(f"bins={bins!r} is not a whole number of at least 1")
    truth, rows = judged(y_index, probabilities)
    confidence, is_right = rows.max(axis=1), rows.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    # A row may sum to a hair more than 1, never a value: the last edge holds every confidence.
    place = np.searchsorted(edges[1:], confidence, side="left")
    counts = np.bincount(place, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins)
    right = np.bincount(place, weights=is_right, minlength=bins)
    return [
        ReliabilityBin(
            low=float(edges[b]),
            high=float(edges[b + 1]),
            examples=int(counts[b]),
            confidence=float(sure[b] / counts[b]) if counts[b] else None,
            accuracy=float(right[b] / counts[b]) if counts[b] else None,
        )
        for b in range(bins)
    ]


def expected_calibration_error(y_index: npt.ArrayLike, probabilities: npt.ArrayLike, bins: int = 15) -> float | None:
    """Mean distance between confidence and accuracy over bins, weighted by their examples; None without examples.

    Reference:
        Guo et al. 2017, arXiv 1706.04599, equation 3; 15 bins as there.

    Example:
        >>> round(expected_calibration_error([1, 0], [[0.1, 0.9], [0.1, 0.9]]), 3)
        0.4
    """
    filled = reliability_bins(y_index, probabilities, bins)
    total = sum(part.examples for part in filled)
    gaps = [
        part.examples * abs(part.confidence - part.accuracy)
        for part in filled
        if part.confidence is not None and part.accuracy is not None
    ]
    return sum(gaps) / total if total else None


def logit_columns(logits: npt.ArrayLike) -> Floats:
    """Logits ``[n, K]``; one logit z becomes the pair 0, z, whose softmax is its two sigmoids."""
    given = np.asarray(logits, dtype=np.float64)
    if given.ndim == 1:
        given = given[:, np.newaxis]
    if given.ndim != 2 or given.shape[1] == 0:
        raise ParameterError(f"logits have shape {given.shape}, wanted [n], [n, 1] or [n, K]")
    strange = ~(np.abs(given) <= LARGEST_LOGIT)
    if strange.any():
        raise ParameterError(f"logits hold {given[strange][0]}, wanted numbers up to {LARGEST_LOGIT:g} in size")
    return np.hstack([np.zeros_like(given), given]) if given.shape[1] == 1 else given


def _best_inverse(columns: Floats, truth: Indices) -> float:
    """The 1/T where the slope of the loss changes sign, known to lie between the bounds."""
    low, high, inverse = 1 / HIGHEST_TEMPERATURE, 1 / LOWEST_TEMPERATURE, 1.0
    for _ in range(MOST_STEPS):
        slope, curvature = _slope_and_curvature(columns, truth, inverse)
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        newton = inverse - slope / curvature if curvature > 0 else high
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - inverse) <= SETTLED * inverse:
            break
        inverse = following
    return inverse


def _slope_and_curvature(columns: Floats, truth: Indices, inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean log loss by 1/T: mean of E[z] - z_true, and of Var[z]."""
    weights = probabilities_from_logits(columns, 1 / inverse)
    # Relative to the true logit, which loses no digits when all logits are large.
    gaps = columns - columns[np.arange(len(truth)), truth][:, np.newaxis]
    mean = (weights * gaps).sum(axis=1)
    variance = (weights * (gaps - mean[:, np.newaxis]) ** 2).sum(axis=1)
    return float(mean.mean()), float(variance.mean())
