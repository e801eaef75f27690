"""The way back from pooled features to hidden states."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gatewise.explain.explanation import Floats
from gatewise.ops.checks import Floats as AnyFloats
from gatewise.ops.checks import Offsets
from gatewise.runtime.pools import pooled


class Pool:
    """Parts of a pooling, forwards and back.

    Args:
        parts: Of ``last``, ``max`` and ``mean``.
    """

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts

    def __call__(self, hidden: AnyFloats, final: AnyFloats, offsets: Offsets) -> Floats:
        """See `gatewise.runtime.pools.pooled`."""
        return pooled(self._parts, hidden, final, offsets)

    def slopes(self, hidden: AnyFloats, offsets: Offsets, d_features: Floats) -> tuple[Floats, Floats]:
        """From slopes by the features to slopes by the hidden states ``[N, F]`` and the final ones ``[B, F]``.

        The maximum's slope goes to the row that has it, the first of equals.

        Args:
            hidden: ``[N, F]``.
            offsets: ``[B + 1]`` int64.
            d_features: ``[B, len(parts) * F]``.
        """
        B, F = len(offsets) - 1, hidden.shape[1]
        by_part = d_features.reshape(B, len(self._parts), F)
        d_hidden, d_final = np.zeros(hidden.shape), np.zeros((B, F))
        for place, part in enumerate(self._parts):
            if part == "last":
                d_final += by_part[:, place]
                continue
            for b, (begin, end) in enumerate(pairwise(offsets.tolist())):
                if begin < end:
                    _add(part, d_hidden[begin:end], hidden[begin:end], by_part[b, place])
        return d_hidden, d_final


def _add(part: str, d_rows: Floats, rows: AnyFloats, d_feature: Floats) -> None:
    if part == "mean":
        d_rows += d_feature / len(rows)
    else:
        d_rows[rows.argmax(axis=0), np.arange(rows.shape[1])] += d_feature
