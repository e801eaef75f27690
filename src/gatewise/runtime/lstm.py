"""The LSTM as an encoder: packed weights, and the embedding folded into the first layer's input weights."""

from __future__ import annotations

import numpy as np

from gatewise.ops import native
from gatewise.ops.checks import Floats
from gatewise.ops.lstm import PackedLSTM, pack_lstm
from gatewise.ops.native import memory
from gatewise.runtime.encoder import NUMPY_TOKENS, Encoder, Layers
from gatewise.text.ragged import Ragged

# Bytes that the tables of projected words may take together, all directions counted and all words met: 130,000 words
# with 128 units in one direction. What a table saves is the product of a word with W_ih, a third to a half of all work;
# a server that runs several models should not lose more memory than that to each. Beyond it, rows are projected anew.
TABLE_LIMIT = 256 << 20

# Any lengths go together and 8,192 to 200,000 tokens at a time are equally fast on two cores; so many give 12 cores
# their groups of texts, and take 34 MB for the hidden states of 128 units in one direction.
NATIVE_TOKENS = 65_536

States = list[tuple[Floats, Floats]]


class LSTMEncoder(Encoder):
    """An encoder of LSTM layers.

    Args:
        embedding: ``[V, E]``; kept, and must not change.
        layers: Their weights; copied.
        table_limit: Bytes that tables may take.

    Notes:
        With the native core a text has the same bits alone, in any company, and word by word.
    """

    def __init__(self, embedding: Floats, layers: Layers, *, table_limit: int = TABLE_LIMIT) -> None:
        self._embedding = embedding
        self.token_budget = NATIVE_TOKENS if native.is_available() and embedding.dtype == "f4" else NUMPY_TOKENS
        self._layers = [
            [pack_lstm(entry.weight_ih, entry.weight_hh, entry.bias_ih, entry.bias_hh) for entry in layer]
            for layer in layers
        ]
        first = self._layers[0]
        fits = sum(entry.table_bytes(len(embedding)) for entry in first) <= table_limit
        self._tables = [entry.table(embedding) for entry in first] if fits else None

    def read(self, batch: Ragged) -> tuple[Floats, Floats]:
        """See `Encoder.read`."""
        hidden, final = self._walk(self._layers[0], None if self._tables else self._embedded(batch), batch)
        for layer in self._layers[1:]:
            hidden, final = self._walk(layer, hidden, batch)
        return hidden, final

    def _walk(self, layer: list[PackedLSTM], x: Floats | None, batch: Ragged) -> tuple[Floats, Floats]:
        """One layer over rows, or with None for them over ids by the tables."""
        H, final = layer[0].hidden_size, []
        hidden = memory.empty((len(batch.ids), H * len(layer)), self._embedding.dtype)
        for place, entry in enumerate(layer):
            own = hidden[:, place * H : (place + 1) * H]
            if x is None:
                assert self._tables is not None
                table = self._tables[place]
                output = entry.forward_ids(batch.ids, table, batch.offsets, reverse=place == 1, out=own)
            else:
                output = entry.forward(x, batch.offsets, reverse=place == 1, out=own)
            final.append(output.h_n)
        return hidden, np.concatenate(final, axis=1)

    def _embedded(self, batch: Ragged) -> Floats:
        rows: Floats = memory.empty((len(batch.ids), self._embedding.shape[1]), self._embedding.dtype)
        # "clip", because "raise" would fill a copy first; the ids are known to be good.
        np.take(self._embedding, batch.ids, axis=0, out=rows, mode="clip")
        return rows

    def start(self) -> States:
        """See `Encoder.start`."""
        shapes = [(1, entry.hidden_size) for (entry,) in self._layers]
        return [(np.zeros(shape, self._embedding.dtype), np.zeros(shape, self._embedding.dtype)) for shape in shapes]

    def push(self, states: States, id: int) -> Floats:
        """See `Encoder.push`."""
        first, *others = [entry for (entry,) in self._layers]
        h, c = states[0]
        if self._tables:
            first.step_ids(np.array([id], np.int32), self._tables[0], h, c)
        else:
            first.step(self._embedding[[id]], h, c)
        for entry, (above, c) in zip(others, states[1:], strict=True):
            entry.step(h, above, c)
            h = above
        return h
