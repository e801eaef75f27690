"""Networks that are one step in NumPy and a scan: the GRU and the simple recurrent network."""

from __future__ import annotations

import numpy as np

from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats
from gatewise.ops.scan import scan
from gatewise.runtime.encoder import NUMPY_TOKENS, Direction, Encoder, Layers
from gatewise.text.ragged import Ragged


class ScannedEncoder(Encoder):
    """An encoder of any cell.

    Args:
        cell: See `gatewise.ops.registry.cell_of`.
        embedding: ``[V, E]``.
        layers: Their weights.
    """

    def __init__(self, cell: Cell, embedding: Floats, layers: Layers) -> None:
        self._cell, self._embedding, self._layers = cell, embedding, layers
        self.token_budget = NUMPY_TOKENS

    def read(self, batch: Ragged) -> tuple[Floats, Floats]:
        """See `Encoder.read`."""
        # A word occurs many times in a batch: its product with W_ih is made once and then copied.
        words, places = np.unique(batch.ids, return_inverse=True)
        embedded = self._embedding[words]
        first = self._layers[0]
        hidden, final = self._walk(first, [_project(entry, embedded)[places] for entry in first], batch)
        for layer in self._layers[1:]:
            hidden, final = self._walk(layer, [_project(entry, hidden) for entry in layer], batch)
        return hidden, final

    def _walk(self, layer: tuple[Direction, ...], projected: list[Floats], batch: Ragged) -> tuple[Floats, Floats]:
        walks: list[tuple[Floats, State]] = [
            scan(self._cell, gates, batch.offsets, entry.weight_hh, entry.bias_hh, reverse=entry.reverse)
            for entry, gates in zip(layer, projected, strict=True)
        ]
        if len(walks) == 1:
            return walks[0][0], walks[0][1][0]
        hidden: Floats = np.concatenate([rows for rows, _ in walks], axis=1)
        return hidden, np.concatenate([states[0] for _, states in walks], axis=1)

    def start(self) -> list[State]:
        """See `Encoder.start`."""
        kind = self._embedding.dtype
        widths = [direction.weight_hh.shape[1] for (direction,) in self._layers]
        return [tuple(np.zeros((1, width), kind) for _ in self._cell.states) for width in widths]

    def push(self, states: list[State], id: int) -> Floats:
        """See `Encoder.push`."""
        rows: Floats = self._embedding[[id]]
        for layer, (entry,) in enumerate(self._layers):
            states[layer] = self._cell.step(_project(entry, rows), states[layer], entry.weight_hh, entry.bias_hh)
            rows = states[layer][0]
        return rows


def _project(entry: Direction, rows: Floats) -> Floats:
    """The input's share of the gates: ``[N, I]`` to ``[N, G * H]``."""
    projected: Floats = rows @ entry.weight_ih.T
    return projected + entry.bias_ih
