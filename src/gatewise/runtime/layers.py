"""Layers of any kind, one above the other: what reads the words where no special encoder does it faster."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.checks import Floats, Offsets
from gatewise.runtime.encoder import NUMPY_TOKENS, Encoder
from gatewise.text.ragged import Ragged


class Layer(ABC):
    """One layer of a network, all its directions. Immutable, so that threads may share it.

    Attributes:
        hidden_size: Width H of one direction of what it gives.
    """

    hidden_size: int

    @abstractmethod
    def project(self, rows: Floats) -> Any:
        """What can be made of each row by itself, whatever stands beside it: ``[N, I]`` to an array ``[N, ...]``.

        A word occurs many times in a batch; over the first layer this is done once for each distinct word.
        """

    @abstractmethod
    def walk(self, projected: Any, offsets: Offsets) -> Floats:
        """From what `project` gave to hidden states ``[N, D * H]``, directions side by side."""

    @abstractmethod
    def start(self) -> Any:
        """The state before the first row of a sequence. Of a layer that reads forwards only."""

    @abstractmethod
    def push(self, state: Any, projected: Any) -> tuple[Floats, Any]:
        """Read one more row ``[1, ...]`` of what `project` gives: the hidden state ``[1, H]`` and the new state."""


@dataclass(frozen=True)
class Gate:
    """A highway gate, see `gatewise.nn.highway`: ``weight`` ``[F, F]``, ``bias`` ``[F]``."""

    weight: Floats
    bias: Floats

    def mixed(self, given: Floats, made: Floats) -> Floats:
        """What a layer hands on of rows it was given and rows it made, all ``[N, F]``."""
        opened = sigmoid(given @ self.weight.T + self.bias)
        return given + opened * (made - given)


class LayerStack(Encoder):
    """An embedding and layers over it.

    Args:
        embedding: ``[V, E]``.
        layers: From the lowest to the highest.
        gates: Highway gates, by the number of the layer they are around.
        is_dense: Each layer also reads all that the layers below it read.
    """

    def __init__(
        self, embedding: Floats, layers: list[Layer], *, gates: Mapping[int, Gate] | None = None, is_dense: bool = False
    ) -> None:
        self._embedding, self._layers, self._gates, self._is_dense = embedding, layers, gates or {}, is_dense
        self.token_budget = NUMPY_TOKENS

    def read(self, batch: Ragged) -> tuple[Floats, Floats]:
        """See `Encoder.read`."""
        words, places = np.unique(batch.ids, return_inverse=True)
        first, *others = self._layers
        hidden = first.walk(first.project(self._embedding[words])[places], batch.offsets)
        read = self._embedding[batch.ids] if self._is_dense and others else None
        for layer, module in enumerate(others, start=1):
            given = self._given(read, hidden)
            hidden = self._handed_on(layer, given, module.walk(module.project(given), batch.offsets))
            read = given
        return hidden, final_states(hidden, batch.offsets, self._layers[-1].hidden_size)

    def _given(self, read: Floats | None, hidden: Floats) -> Floats:
        """What the next layer reads: what the one below gave, and if dense what that had read."""
        return hidden if not self._is_dense or read is None else np.concatenate([read, hidden], axis=1)

    def _handed_on(self, layer: int, given: Floats, made: Floats) -> Floats:
        return self._gates[layer].mixed(given, made) if layer in self._gates else made

    def start(self) -> list[Any]:
        """See `Encoder.start`."""
        return [layer.start() for layer in self._layers]

    def push(self, states: list[Any], id: int) -> Floats:
        """See `Encoder.push`."""
        read, hidden = None, self._embedding[[id]]
        for layer, module in enumerate(self._layers):
            given = self._given(read, hidden)
            made, states[layer] = module.push(states[layer], module.project(given))
            hidden, read = self._handed_on(layer, given, made), given
        return hidden


def final_states(hidden: Floats, offsets: Offsets, width: int) -> Floats:
    """Each direction's hidden state at its own end, ``[B, D * width]``; zero for an empty sequence.

    Args:
        hidden: ``[N, D * width]``, forward and, where there is one, backward direction side by side.
        offsets: ``[B + 1]`` int64.
        width: Of one direction.

    Example:
        >>> rows = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
        >>> final_states(rows, np.array([0, 2, 2, 3]), 1).tolist()
        [[2.0, 10.0], [0.0, 0.0], [3.0, 30.0]]
    """
    final: Floats = np.zeros((len(offsets) - 1, hidden.shape[1]), hidden.dtype)
    has_words = np.diff(offsets) > 0
    final[has_words, :width] = hidden[offsets[1:][has_words] - 1, :width]
    final[has_words, width:] = hidden[offsets[:-1][has_words], width:]
    return final
