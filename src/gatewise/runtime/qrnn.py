"""A quasi-recurrent layer without torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.native import memory
from gatewise.ops.qrnn_pool import Ids, pool, pool_step
from gatewise.runtime.layers import Layer

Weights = tuple[Floats, Floats]
# The cell ``[1, H]``, and the shares of the words before the next one, ``[k * P * H]`` each, the newest first.
State = tuple[Floats, list[Floats]]


@dataclass(frozen=True)
class Shares:
    """What words give to the sums of the steps that see them. Rows taken from it stay where they are.

    Attributes:
        table: ``[R, D * k * P * H]``: by direction and by place in the window, the oldest word's first.
        ids: ``[N]``, the row of the table of each word; None: one after the other.
    """

    table: Floats
    ids: Ids | None = None

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> Shares:
        ids = rows if self.ids is None else self.ids[rows]
        return Shares(self.table, ids.astype(np.int32))


def qrnn_layer(directions: list[Weights], *, window: int, pooling: str) -> QRNNLayer:
    """One layer.

    Args:
        directions: ``weight`` ``[P * H, window * I]`` and ``bias`` ``[P * H]`` of each direction, see
            `gatewise.ops.qrnn`.
        window: k, words that a step sees.
        pooling: ``f``, ``fo`` or ``ifo``.

    Example:
        >>> layer = qrnn_layer([(np.ones((6, 10)), np.zeros(6))], window=2, pooling="fo")
        >>> layer.walk(layer.project(np.ones((3, 5))), np.array([0, 1, 3])).shape
        (3, 2)
    """
    return QRNNLayer(directions, window=window, pooling=pooling)


class QRNNLayer(Layer):
    """A quasi-recurrent layer; arguments as those of `qrnn_layer`."""

    def __init__(self, directions: list[Weights], *, window: int, pooling: str) -> None:
        self._window, self._pooling = window, pooling
        self._biases = [bias for _, bias in directions]
        self.hidden_size = len(self._biases[0]) // (1 + len(pooling))
        # One product for all places in the window of all directions.
        self._weight: Floats = np.concatenate(
            [block for weight, _ in directions for block in np.split(weight, window, axis=1)]
        )

    def project(self, rows: Floats) -> Shares:
        """See `Layer.project`."""
        table = memory.empty((len(rows), len(self._weight)), self._weight.dtype)
        return Shares(np.matmul(rows, self._weight.T, out=table))

    def walk(self, projected: Shares, offsets: Offsets) -> Floats:
        """See `Layer.walk`."""
        tables = np.split(projected.table, len(self._biases), axis=1)
        parts = [
            pool(
                table,
                bias,
                offsets,
                pooling=self._pooling,
                window=self._window,
                ids=projected.ids,
                reverse=direction == 1,
                want_cells=False,
            ).hidden
            for direction, (table, bias) in enumerate(zip(tables, self._biases, strict=True))
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def start(self) -> State:
        """See `Layer.start`."""
        before = np.zeros(len(self._weight), self._weight.dtype)
        return np.zeros((1, self.hidden_size), self._weight.dtype), [before] * (self._window - 1)

    def push(self, state: State, projected: Shares) -> tuple[Floats, State]:
        """See `Layer.push`."""
        cell, seen = state
        seen = [projected.table[0], *seen]
        width = len(self._biases[0])
        sums = np.zeros((1, width), self._weight.dtype)
        for back, shares in enumerate(seen):
            place = (self._window - 1 - back) * width
            sums += shares[place : place + width]
        hidden, cell = pool_step(sums, self._biases[0], cell, pooling=self._pooling)
        return hidden, (cell, seen[: self._window - 1])
