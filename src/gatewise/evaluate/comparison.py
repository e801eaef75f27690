"""A model and its rival on the same examples: every score of both, and the paired difference with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.metrics import scores

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Measure = Callable[[Floats, Rows], Mapping[str, "float | None"]]

RESAMPLES = 200
"""Enough to know a standard error to about 5 %."""
MOST_RESAMPLED = 5_000
"""Larger data is resampled at this size and the spread scaled by the square root of the sizes."""
Z = 1.959963984540054
"""Half-width of a 95 % interval in standard errors."""
NO_RIVAL: dict[str, Any] = {"rival": None, "difference": None, "difference_interval": None}


def accuracy_score(right: npt.NDArray[np.bool_], rival_right: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
    """Accuracy of a model with its Wilson interval, of the rival likewise, and the paired difference.

    The interval of the difference is that of Agresti and Min (2005): half an observation is added to each cell of the
    table of both being right or wrong, so that it keeps a width when the two never disagree.

    Args:
        right: ``[n]`` bool, n > 0: where the model is right.
        rival_right: The same of the rival, or None.

    Returns:
        ``value``, ``interval``, ``rival``, ``rival_interval``, ``difference``, ``difference_interval`` as shares.

    Reference:
        A. Agresti, Y. Min: Simple improved confidence intervals for comparing matched proportions. Statistics in
        Medicine 24 (2005).

    Example:
        >>> score = accuracy_score(np.array([True, True, False, True]), np.array([True, False, False, False]))
        >>> score["value"], score["difference"], [round(end, 2) for end in score["difference_interval"]]
        (0.75, 0.5, [-0.17, 0.83])
    """
    count = len(right)
    result: dict[str, Any] = {
        "value": float(right.mean()),
        "interval": _wilson(right),
        **NO_RIVAL,
        "rival_interval": None,
    }
    if rival_right is None:
        return result
    only_model = int((right & ~rival_right).sum()) + 0.5
    only_rival = int((~right & rival_right).sum()) + 0.5
    total = count + 2.0
    centre = (only_model - only_rival) / total
    half = Z * math.sqrt((only_model + only_rival) - (only_model - only_rival) ** 2 / total) / total
    return {
        **result,
        "rival": float(rival_right.mean()),
        "rival_interval": _wilson(rival_right),
        "difference": (int(right.sum()) - int(rival_right.sum())) / count,
        "difference_interval": [max(-1.0, centre - half), min(1.0, centre + half)],
    }


def compare(
    measure: Measure, model: Floats, rival: Floats | None, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """Every value that `measure` gives, for the model and its rival, with the paired difference and its 95 % interval.

    The interval is the difference ± 1.96 standard errors, which a paired bootstrap estimates: the same drawn examples
    for both, `resamples` times. It is None where a value is undefined in half of the draws or more, and without draws.

    Args:
        measure: Gives named values for the rows (``[m]`` int64, repeats allowed) of probabilities ``[n, K]``.
        model: ``[n, K]`` float64.
        rival: ``[n, K]`` float64, or None when the model has no rival.
        resamples: How often to draw.
        seed: Of the draws.

    Returns:
        Name → ``value``, ``rival``, ``difference``, ``difference_interval``; None where unknown.
    """
    rows = np.arange(len(model))
    values = measure(model, rows)
    if rival is None:
        return {name: {"value": value, **NO_RIVAL} for name, value in values.items()}
    rivals = measure(rival, rows)
    errors = _standard_errors(measure, model, rival, resamples, seed)
    return {name: _difference(value, rivals[name], errors.get(name)) for name, value in values.items()}


def _difference(value: float | None, rival: float | None, error: float | None) -> dict[str, Any]:
    if value is None or rival is None:
        return {"value": value, **NO_RIVAL, "rival": rival}
    difference = value - rival
    interval = None if error is None else [difference - Z * error, difference + Z * error]
    return {"value": value, "rival": rival, "difference": difference, "difference_interval": interval}


def _standard_errors(measure: Measure, model: Floats, rival: Floats, resamples: int, seed: int) -> dict[str, float]:
    count = len(model)
    drawn = min(count, MOST_RESAMPLED)
    generator = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {}
    for _ in range(resamples):
        rows = generator.integers(0, count, size=drawn)
        ours, theirs = measure(model, rows), measure(rival, rows)
        for name, value in ours.items():
            other = theirs[name]
            if value is not None and other is not None:
                draws.setdefault(name, []).append(value - other)
    scale = math.sqrt(drawn / count)
    return {
        name: scale * float(np.std(found, ddof=1))
        for name, found in draws.items()
        if len(found) > max(1, resamples / 2)
    }


def _wilson(right: npt.NDArray[np.bool_]) -> list[float] | None:
    interval = scores.wilson_interval(int(right.sum()), len(right))
    return None if interval is None else list(interval)
