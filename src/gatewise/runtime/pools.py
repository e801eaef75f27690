"""From hidden states to the features that the head reads: whole texts, or one that is still being read.

Both add up a text's rows one after the other in float64, so that a stream ends at the bits of the batch.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gatewise.ops.checks import Floats, Offsets

Features = npt.NDArray[np.float64]


def pooled(parts: list[str], hidden: Floats, final: Floats, offsets: Offsets) -> Features:
    """Features of whole texts.

    Args:
        parts: Of ``last``, ``max`` and ``mean``.
        hidden: ``[N, F]`` float32 or float64.
        final: ``[B, F]``, of the same dtype.
        offsets: ``[B + 1]`` int64.

    Returns:
        ``[B, len(parts) * F]``, the parts side by side; zeros for an empty text.

    Example:
        >>> pooled(["max", "mean"], np.array([[1.0], [5.0], [-2.0]]), np.zeros((2, 1)), np.array([0, 2, 3])).tolist()
        [[5.0, 3.0], [-2.0, -2.0]]
    """
    B, F = final.shape
    features: Features = np.zeros((B, len(parts), F))
    bounds = offsets.tolist()
    for place, part in enumerate(parts):
        if part == "last":
            features[:, place] = final
            continue
        # A loop over texts reads memory as it lies; NumPy's reduceat walks down the columns and takes 20 times as long.
        for b, (begin, end) in enumerate(pairwise(bounds)):
            if begin < end:
                features[b, place] = _POOLS[part](hidden[begin:end])
    return features.reshape(B, len(parts) * F)


class RunningPools:
    """The features of a text while it is read; nothing of the text is kept.

    Args:
        width: F.

    Example:
        >>> pools = RunningPools(1)
        >>> pools.add(np.array([[1.0]]))
        >>> pools.add(np.array([[5.0]]))
        >>> pools.features(["last", "mean"]).tolist()
        [[5.0, 3.0]]
    """

    def __init__(self, width: int) -> None:
        self._count = 0
        self._last: Features = np.zeros((1, width))
        self._max: Features = np.full((1, width), -np.inf)
        self._sum: Features = np.zeros((1, width))

    def add(self, row: Floats) -> None:
        """Take in the hidden state ``[1, F]`` of the next word."""
        self._count += 1
        self._last[...] = row
        np.maximum(self._max, row, out=self._max)
        self._sum += row

    def features(self, parts: list[str]) -> Features:
        """What `pooled` gives for the words so far, ``[1, len(parts) * F]``; at least one word must have been read."""
        pools = {"last": self._last, "max": self._max, "mean": self._sum / self._count}
        return np.concatenate([pools[part] for part in parts], axis=1)


def _max(rows: Floats) -> Floats:
    highest: Floats = rows.max(0)
    return highest


def _mean(rows: Floats) -> Features:
    if rows.shape[1] == 1:
        # Down a single column NumPy would sum by pairs.
        total: Features = np.cumsum(rows, axis=0, dtype=np.float64)[-1]
    else:
        total = rows.sum(0, dtype=np.float64)
    return total / len(rows)


_POOLS = {"max": _max, "mean": _mean}
