"""A fixed set of 4,500 test documents, and the figures that a course document reports on 4,500 of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SUBSET_SIZE = 4_500
SUBSET_KEY = "gatewise-4500:"
PUBLISHED = {"pearson_label": 0.882, "spearman_label": 0.886, "deviation_mean": 0.133, "deviation_sd": 0.147}
PUBLISHED_NOTE = (
    "Published: figures that a course document reports on 4,500 documents of its own choice. Which ones is not known, "
    "so the figures are not comparable."
)


def published_subset(ids: Sequence[str]) -> npt.NDArray[np.int64]:
    """Positions of the fixed 4,500 documents: those whose sha256 of ``"gatewise-4500:" + id`` is smallest.

    The choice depends on the ids alone, not on their order, a seed or a library's generator.

    Args:
        ids: Different names of documents, e.g. ``test/pos/123_8``.

    Returns:
        ``[min(4500, len(ids))]`` int64, rising.

    Example:
        >>> published_subset(["a", "b"]).tolist()
        [0, 1]
    """
    digests = [hashlib.sha256((SUBSET_KEY + name).encode()).digest() for name in ids]
    chosen = sorted(range(len(digests)), key=digests.__getitem__)[:SUBSET_SIZE]
    return np.array(sorted(chosen), dtype=np.int64)
