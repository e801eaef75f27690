"""From the rows of each sequence to one row a sequence. An empty sequence gives zeros."""

from __future__ import annotations

import numpy as np

from gatewise.ops.checks import Floats, Offsets, check_floats, check_offsets


def last(rows: Floats, offsets: Offsets) -> Floats:
    """The last row of each sequence.

    Args:
        rows: ``[N, F]`` float32 or float64.
        offsets: ``[B + 1]`` int64.

    Returns:
        ``[B, F]``, in the dtype of `rows`; zeros for an empty sequence.

    Example:
        >>> last(np.array([[1.0], [5.0], [2.0]]), np.array([0, 2, 2, 3])).ravel().tolist()
        [5.0, 0.0, 2.0]
    """
    filled, pooled = _begin(rows, offsets)
    pooled[filled] = rows[offsets[1:][filled] - 1]
    return pooled


def maximum(rows: Floats, offsets: Offsets) -> Floats:
    """The largest value of each feature in each sequence.

    Args and returns as for `last`.

    Example:
        >>> maximum(np.array([[1.0], [5.0], [-2.0]]), np.array([0, 2, 2, 3])).ravel().tolist()
        [5.0, 0.0, -2.0]
    """
    filled, pooled = _begin(rows, offsets)
    if filled.any():
        pooled[filled] = np.maximum.reduceat(rows, offsets[:-1][filled], axis=0)
    return pooled


def mean(rows: Floats, offsets: Offsets) -> Floats:
    """The mean of each feature over each sequence, summed in float64.

    Args and returns as for `last`.

    Example:
        >>> mean(np.array([[1.0], [5.0], [-2.0]]), np.array([0, 2, 2, 3])).ravel().tolist()
        [3.0, 0.0, -2.0]
    """
    filled, pooled = _begin(rows, offsets)
    if filled.any():
        # An empty sequence owns no rows, so the segments of the others follow each other without a gap.
        sums = np.add.reduceat(rows, offsets[:-1][filled], axis=0, dtype=np.float64)
        pooled[filled] = sums / np.diff(offsets)[filled][:, None]
    return pooled


def _begin(rows: Floats, offsets: Offsets) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], Floats]:
    check_floats("rows", rows, (None, None))
    check_offsets(offsets, len(rows))
    return np.diff(offsets) > 0, np.zeros((len(offsets) - 1, rows.shape[1]), rows.dtype)
