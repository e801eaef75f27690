"""A text as the mean of its word vectors, and hidden layers over that mean, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.ops.activations import ACTIVATIONS, sigmoid
from gatewise.ops.checks import Floats
from gatewise.runtime.encoder import NUMPY_TOKENS, Encoder
from gatewise.runtime.layers import final_states
from gatewise.runtime.pools import Features
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged


class BagEncoder(Encoder):
    """An encoder that only looks words up: its hidden states are the word vectors, to be pooled.

    Args:
        embedding: ``[V, E]``; kept, and must not change.
    """

    def __init__(self, embedding: Floats) -> None:
        self._embedding = embedding
        self.token_budget = NUMPY_TOKENS

    def read(self, batch: Ragged) -> tuple[Floats, Floats]:
        """Word vectors ``[N, E]``, and the last one of each text ``[B, E]``: zero for an empty text."""
        rows = self._embedding[batch.ids]
        return rows, final_states(rows, batch.offsets, rows.shape[1])

    def start(self) -> None:
        """Nothing: all there is to know of the words read is in the pools."""

    def push(self, states: None, id: int) -> Floats:
        """See `Encoder.push`."""
        return self._embedding[[id]]


class HiddenLayers:
    """The layers of `gatewise.nn.bag.HiddenLayers`, in float64.

    Args:
        config: Shape of the network.
        tensors: Its weights, checked; copied.

    Notes:
        A row has the same bits in any company.
    """

    def __init__(self, config: NetworkConfig, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        def layer(name: str) -> tuple[Floats, Floats]:
            weight, bias = tensors[f"hidden.{name}.weight"], tensors[f"hidden.{name}.bias"]
            return weight.astype(np.float64), bias.astype(np.float64)

        self._layers = [layer(f"layers.{number}") for number in range(config.layers)]
        self._gates = {number: layer(f"gates.{number}") for number in range(1, config.layers) if config.highway}
        self._activate = ACTIVATIONS[config.activation].function

    def __call__(self, features: Features) -> Features:
        """From pooled features ``[B, E]`` to ``[B, H]``, both float64."""
        for number, layer in enumerate(self._layers):
            made: Features = self._activate(_sums(features, *layer)).astype(np.float64, copy=False)
            if number in self._gates:
                made = features + sigmoid(_sums(features, *self._gates[number])) * (made - features)
            features = made
        return features


def _sums(rows: Features, weight: Floats, bias: Floats) -> Features:
    """``rows @ weight.T + bias``, a product for each row: one for all would sum in another order for each number."""
    products: Features = np.matmul(weight, np.ascontiguousarray(rows)[:, :, None])[:, :, 0]
    return products + bias
