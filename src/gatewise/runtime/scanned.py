"""A layer that is one step in NumPy and a scan: GRU, simple recurrent networks, LSTMs other than the usual one."""

from __future__ import annotations

import numpy as np

from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.scan import scan
from gatewise.runtime.encoder import Direction
from gatewise.runtime.layers import Layer


class ScannedLayer(Layer):
    """A layer of any cell.

    Args:
        directions: The weights of each direction, and its cell.
    """

    def __init__(self, directions: list[tuple[Direction, Cell]]) -> None:
        self._directions = directions
        self.hidden_size = directions[0][0].weight_hh.shape[1]
        self._weight_ih: Floats = np.concatenate([entry.weight_ih for entry, _ in directions])
        self._bias_ih: Floats = np.concatenate([entry.bias_ih for entry, _ in directions])

    def project(self, rows: Floats) -> Floats:
        """The input's share of the gates, directions side by side: ``[N, D * G * H]``."""
        projected: Floats = rows @ self._weight_ih.T
        return projected + self._bias_ih

    def walk(self, projected: Floats, offsets: Offsets) -> Floats:
        """See `Layer.walk`."""
        parts = np.split(projected, len(self._directions), axis=1)
        walked = [
            scan(cell, part, offsets, entry.weight_hh, entry.bias_hh, reverse=entry.reverse)[0]
            for part, (entry, cell) in zip(parts, self._directions, strict=True)
        ]
        return walked[0] if len(walked) == 1 else np.concatenate(walked, axis=1)

    def start(self) -> State:
        """See `Layer.start`."""
        entry, cell = self._directions[0]
        return tuple(np.zeros((1, self.hidden_size), entry.weight_hh.dtype) for _ in cell.states)

    def push(self, state: State, projected: Floats) -> tuple[Floats, State]:
        """See `Layer.push`."""
        entry, cell = self._directions[0]
        state = cell.step(projected, state, entry.weight_hh, entry.bias_hh)
        return state[0], state
