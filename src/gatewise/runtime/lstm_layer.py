"""The LSTM as one layer among others, where something stands between the layers."""

from __future__ import annotations

import numpy as np

from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.lstm import pack_lstm
from gatewise.runtime.encoder import Direction
from gatewise.runtime.layers import Layer


class LSTMLayer(Layer):
    """One LSTM layer by itself, all its directions.

    Args:
        directions: Its weights; copied.
    """

    def __init__(self, directions: tuple[Direction, ...]) -> None:
        self._directions = [
            pack_lstm(entry.weight_ih, entry.weight_hh, entry.bias_ih, entry.bias_hh) for entry in directions
        ]
        self.hidden_size = self._directions[0].hidden_size

    def project(self, rows: Floats) -> Floats:
        """The rows as they are: the kernel multiplies them."""
        return rows

    def walk(self, projected: Floats, offsets: Offsets) -> Floats:
        """See `Layer.walk`."""
        rows = np.ascontiguousarray(projected)
        walked = [
            entry.forward(rows, offsets, reverse=place == 1).hidden for place, entry in enumerate(self._directions)
        ]
        return walked[0] if len(walked) == 1 else np.concatenate(walked, axis=1)

    def start(self) -> tuple[Floats, Floats]:
        """See `Layer.start`."""
        shape, kind = (1, self.hidden_size), self._directions[0].dtype
        return np.zeros(shape, kind), np.zeros(shape, kind)

    def push(self, state: tuple[Floats, Floats], projected: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
        """See `Layer.push`."""
        h, c = state
        self._directions[0].step(projected, h, c)
        return h.copy(), (h, c)
