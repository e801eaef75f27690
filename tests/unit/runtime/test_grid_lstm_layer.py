"""The Grid LSTM without torch: equal to the torch module, indifferent to neighbours, and the same word by word."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from gatewise.nn import GridLSTM
from gatewise.runtime.grid_lstm import grid_layer
from gatewise.runtime.network import Network
from gatewise.runtime.stream import Stream
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

OFFSETS = np.array([0, 3, 3, 8, 9])
FORMS = [
    dict(zip(("grid_dimensions", "grid_tied", "layers"), form, strict=True))
    for form in itertools.product([1, 2], [False, True], [1, 3])
]


def make(**options: Any) -> tuple[NetworkConfig, dict[str, np.ndarray]]:
    config = NetworkConfig(
        vocabulary_size=20, classes=2, embedding_size=4, hidden_size=3, network="grid_lstm", **options
    )
    random = np.random.default_rng(0)
    return config, {name: random.normal(size=shape) for name, shape in config.tensor_shapes().items()}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("options", FORMS, ids=str)
def test_equals_the_torch_module(options, bidirectional):
    config, tensors = make(bidirectional=bidirectional, **options)
    inside = {n.removeprefix("encoder."): t for n, t in tensors.items() if n.startswith("encoder.")}
    grid = GridLSTM(
        4,
        3,
        layers=config.layers,
        bidirectional=bidirectional,
        dimensions=config.grid_dimensions,
        tied=config.grid_tied,
    ).double()
    grid.load_state_dict({name: torch.from_numpy(array) for name, array in inside.items()})
    rows = np.random.default_rng(1).normal(size=(9, 4))
    layer = grid_layer(config, inside)
    hidden = layer.walk(layer.project(rows), OFFSETS)
    # float64 sums in another order: a few units in the last place of values of order one.
    np.testing.assert_allclose(
        hidden, grid(torch.from_numpy(rows), torch.from_numpy(OFFSETS))[0].detach(), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("options", FORMS, ids=str)
def test_stream_equals_batch_equals_text_alone(options):
    config, tensors = make(pooling="last+max+mean", **options)
    network = Network(config, {name: (array * 0.5).astype(np.float32) for name, array in tensors.items()})
    random = np.random.default_rng(2)
    lists = [random.integers(0, 20, length).astype(np.int32) for length in (7, 0, 40, 1)]
    together = network.logits(Ragged.from_lists(lists))
    for ids, logits in zip(lists, together, strict=True):
        # The promise of the package, in float32.
        np.testing.assert_allclose(network.logits(Ragged.from_lists([ids]))[0], logits, atol=1e-6)
        if len(ids):
            stream = Stream(network)
            np.testing.assert_allclose([stream.push(id) for id in ids.tolist()][-1], logits, atol=1e-6)
