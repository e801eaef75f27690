"""A mean and how sure it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_NORMAL_95 = 1.959964


def mean_interval(values: npt.ArrayLike) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval, taken as normal.

    Example:
        >>> mean, half_width = mean_interval([1.0, 2.0, 3.0])
        >>> mean, round(half_width, 3)
        (2.0, 1.132)
    """
    known = np.asarray(values, dtype=np.float64)
    if len(known) < 2:
        return float(known.mean()), float("nan")
    return float(known.mean()), float(_NORMAL_95 * known.std(ddof=1) / np.sqrt(len(known)))
