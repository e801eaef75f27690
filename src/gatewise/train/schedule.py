"""Learning rate over a run."""

from __future__ import annotations

import math

SCHEDULES = ("one-cycle", "constant")

# One-cycle begins and ends at small shares of the peak (Smith & Topin 2018, 1708.07120).
_START, _END = 1 / 10, 1 / 1000


def rate_factor(schedule: str, progress: float, warmup: float) -> float:
    """Factor on the learning rate.

    ``constant`` is 1. ``one-cycle`` rises by half a cosine from 1/10 to 1 in the first `warmup` of the run and falls by
    half a cosine to 1/1000 in the rest.

    Args:
        schedule: ``one-cycle`` or ``constant``.
        progress: Steps done over steps in all, in [0, 1].
        warmup: Share of the run spent rising, in [0, 1].

    Example:
        >>> [round(rate_factor("one-cycle", p, 0.5), 3) for p in (0.0, 0.25, 0.5, 1.0)]
        [0.1, 0.55, 1.0, 0.001]
    """
    if schedule == "constant":
        return 1.0
    if progress < warmup:
        return _between(_START, 1.0, progress / warmup)
    return _between(1.0, _END, (progress - warmup) / (1 - warmup) if warmup < 1 else 0.0)


def _between(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2
