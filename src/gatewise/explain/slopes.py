"""A network's logits from word vectors instead of ids, and the slopes of a scalar by every word vector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from gatewise.errors import ModelError
from gatewise.explain.explanation import Floats
from gatewise.explain.heads import Head
from gatewise.explain.margin import single_networks
from gatewise.explain.pooling import Pool
from gatewise.explain.reading import Ids
from gatewise.ops.checks import Floats as AnyFloats
from gatewise.ops.checks import Offsets
from gatewise.ops.lstm import LSTMOutput, PackedLSTM, pack_lstm
from gatewise.runtime.build import Tensors, recurrent_layers
from gatewise.runtime.network import Network
from gatewise.store.config import NetworkConfig
from gatewise.store.networks import BAGS


class Read(Protocol):
    """What was recorded while one network read a batch."""

    @property
    def hidden(self) -> AnyFloats:
        """Hidden states ``[N, F]``."""

    @property
    def final(self) -> AnyFloats:
        """The final ones ``[B, F]``."""

    def slopes(self, d_hidden: AnyFloats, d_final: AnyFloats) -> AnyFloats:
        """From slopes by the hidden states ``[N, F]`` and the final ones ``[B, F]`` to those by the rows ``[N, E]``."""


class Reader(Protocol):
    """What reads rows of word vectors and can go back."""

    def __call__(self, rows: AnyFloats, offsets: Offsets) -> Read:
        """Read a batch of rows ``[N, E]``."""


class SlopedNetwork:
    """One network that reads rows forwards, or for ``reads="backward"`` from the last to the first.

    Args:
        config: Its shape.
        tensors: Its weights.

    Raises:
        ModelError: There is no way back through such a network.
    """

    def __init__(self, config: NetworkConfig, tensors: Tensors) -> None:
        self.config, self._is_reversed = config, config.reads == "backward"
        self.embedding: AnyFloats = tensors["embedding.weight"]
        self._reader = _reader(config, tensors)
        self._pool, self._head = Pool(config.pooling.split("+")), Head(config, tensors)

    def rows(self, ids: Ids) -> AnyFloats:
        """Word vectors ``[S, E]`` of a sequence of ids, in the order of the text."""
        found: AnyFloats = self.embedding[ids]
        return found

    def answer(self, rows: AnyFloats, offsets: Offsets) -> Answer:
        """Logits of a batch, with what is needed to go back.

        Args:
            rows: ``[N, E]``, each text's in its own order.
            offsets: ``[B + 1]`` int64.
        """
        read = self._reader(self._turned(rows, offsets), offsets)
        pooled = self._pool(read.hidden, read.final, offsets)
        return Answer(self, read, offsets, pooled, self._head(pooled))

    def _turned(self, rows: AnyFloats, offsets: Offsets) -> AnyFloats:
        if not self._is_reversed:
            return rows
        mirrored = np.repeat(offsets[:-1] + offsets[1:] - 1, np.diff(offsets)) - np.arange(len(rows))
        return rows[mirrored]

    def _back(self, answer: Answer, d_logits: Floats) -> AnyFloats:
        d_pooled = self._head.slopes(answer.pooled, d_logits)
        d_hidden, d_final = self._pool.slopes(answer.read.hidden, answer.offsets, d_pooled)
        return self._turned(answer.read.slopes(d_hidden, d_final), answer.offsets)


@dataclass(frozen=True, eq=False)
class Answer:
    """Logits ``[B, outputs]`` float64 of a batch, from which one can go back to its rows."""

    network: SlopedNetwork
    read: Read
    offsets: Offsets
    pooled: Floats
    logits: Floats

    def slopes(self, d_logits: Floats) -> AnyFloats:
        """From slopes by the logits ``[B, outputs]`` to those by the rows ``[N, E]``."""
        return self.network._back(self, d_logits)


def sloped_networks(network: Network) -> list[SlopedNetwork]:
    """The networks whose mean logits are those of the model: one, or two where it reads both ways.

    Raises:
        ModelError: There is no way back through such a network; names what works with it.
    """
    return [SlopedNetwork(config, tensors) for config, tensors in single_networks(network)]


def _reader(config: NetworkConfig, tensors: Tensors) -> Reader:
    if config.network in BAGS:
        return _BagReader()
    if config.network == "lstm" and not config.highway:
        return _LSTMReader(config, tensors)
    kind = f"{config.network} with highway gates" if config.highway else config.network
    works = "'running' or 'occlusion'" if config.is_causal else "'occlusion'"
    raise ModelError(
        f"integrated gradients have no way back through a network of kind {kind}: lstm, mlp and perceptron have one",
        hint=f"take the method {works}",
    )


class _LSTMReader:
    """Layers of LSTMs, one or both directions."""

    def __init__(self, config: NetworkConfig, tensors: Tensors) -> None:
        self._layers = [
            [
                pack_lstm(entry.weight_ih, entry.weight_hh, entry.bias_ih, entry.bias_hh, backward=True)
                for entry in layer
            ]
            for layer in recurrent_layers(config, tensors)
        ]

    def __call__(self, rows: AnyFloats, offsets: Offsets) -> Read:
        walked: list[_Layer] = []
        for layer in self._layers:
            given = np.ascontiguousarray(walked[-1].hidden if walked else rows)
            outputs = [
                packed.forward(given, offsets, reverse=place == 1, record=True) for place, packed in enumerate(layer)
            ]
            walked.append(_Layer(layer, given, offsets, outputs))
        return _LSTMRead(walked)


@dataclass(frozen=True, eq=False)
class _Layer:
    """One layer that has read a batch."""

    packed: list[PackedLSTM]
    given: AnyFloats
    offsets: Offsets
    outputs: list[LSTMOutput]

    @property
    def hidden(self) -> AnyFloats:
        return np.concatenate([output.hidden for output in self.outputs], axis=1)

    def slopes(self, d_hidden: AnyFloats, d_final: AnyFloats | None) -> AnyFloats:
        """From slopes by what the layer gave to slopes by what it was given."""
        total: AnyFloats = np.zeros_like(self.given)
        for place, (packed, output) in enumerate(zip(self.packed, self.outputs, strict=True)):
            own = slice(place * packed.hidden_size, (place + 1) * packed.hidden_size)
            found = packed.backward(
                self.given,
                self.offsets,
                output,
                d_hidden=d_hidden[:, own],
                d_h_n=None if d_final is None else d_final[:, own],
                reverse=place == 1,
                want_weights=False,
            )
            assert found.d_x is not None
            total += found.d_x
        return total


class _LSTMRead:
    def __init__(self, layers: list[_Layer]) -> None:
        self._layers = layers
        self.hidden = layers[-1].hidden
        self.final = np.concatenate([output.h_n for output in layers[-1].outputs], axis=1)

    def slopes(self, d_hidden: AnyFloats, d_final: AnyFloats) -> AnyFloats:
        kind = self.hidden.dtype
        slopes = self._layers[-1].slopes(d_hidden.astype(kind), d_final.astype(kind))
        for layer in self._layers[-2::-1]:
            slopes = layer.slopes(slopes, None)
        return slopes


class _BagReader:
    """No layers: the word vectors themselves are pooled."""

    def __call__(self, rows: AnyFloats, offsets: Offsets) -> Read:
        return _BagRead(rows, np.zeros((len(offsets) - 1, rows.shape[1]), rows.dtype))


@dataclass(frozen=True, eq=False)
class _BagRead:
    hidden: AnyFloats
    final: AnyFloats  # Such networks pool by the mean alone, so that this is not read.

    def slopes(self, d_hidden: AnyFloats, d_final: AnyFloats) -> AnyFloats:
        return d_hidden
