"""mlp, perceptron and echo_state without torch: the module's answers, and the same bits alone, in company, streamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gatewise.models.classifier import Classifier
from gatewise.runtime.bag import BagEncoder, HiddenLayers
from gatewise.runtime.network import Network
from gatewise.runtime.stream import Stream
from gatewise.store.config import NetworkConfig
from gatewise.store.networks import ACTIVATIONS
from gatewise.text.ragged import Ragged

WORDS = 50
BAGS: list[dict[str, Any]] = [
    {"network": "perceptron", "pooling": "mean"},
    *({"network": "mlp", "pooling": "mean", "activation": one, "classes": 3} for one in ACTIVATIONS["mlp"]),
    {"network": "mlp", "pooling": "mean", "layers": 3, "highway": True, "activation": "relu"},
]
ECHO_STATES: list[dict[str, Any]] = [
    {"network": "echo_state"},
    {"network": "echo_state", "layers": 2, "leak": 0.3, "recurrent_bias": False, "classes": 3},
]


def pair(options: dict[str, Any], kind: torch.dtype) -> tuple[Classifier, Network]:
    """The same random network twice: in torch and in NumPy."""
    config = NetworkConfig(**{"vocabulary_size": WORDS, "classes": 2, "embedding_size": 6, "hidden_size": 8, **options})
    model = Classifier(config, embedding_range=1.0).to(kind).eval()
    return model, Network(config, {name: value.numpy() for name, value in model.state_dict().items()})


def texts(lengths: list[int], seed: int = 0) -> Ragged:
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.integers(0, WORDS, length).astype(np.int32) for length in lengths])


@pytest.mark.parametrize("options", [*BAGS, *ECHO_STATES, {"network": "echo_state", "bidirectional": True}])
def test_logits_equal_those_of_the_torch_module(options: dict[str, Any]) -> None:
    model, net = pair(options, torch.float64)
    batch = texts([4, 0, 1, 9, 4])
    with torch.no_grad():
        expected = model(torch.from_numpy(batch.ids.astype(np.int64)), torch.from_numpy(batch.offsets))
    # float64 sums in another order.
    np.testing.assert_allclose(net.logits(batch), expected.numpy(), atol=1e-10)


@pytest.mark.parametrize("options", BAGS)
def test_a_bag_of_words_has_the_same_bits_alone_in_company_and_word_by_word(options: dict[str, Any]) -> None:
    _, net = pair(options, torch.float32)
    batch = texts([4, 0, 1, 9, 4, 30, 2])
    together = net.logits(batch)
    for b in range(len(batch)):
        np.testing.assert_array_equal(net.logits(batch.select([b]))[0], together[b])
        stream = Stream(net)
        for word in batch[b]:
            last = stream.push(int(word))
        if len(batch[b]):
            np.testing.assert_array_equal(last, together[b])


@pytest.mark.parametrize("options", ECHO_STATES)
def test_an_echo_state_network_streams_what_it_answers_in_batches(options: dict[str, Any]) -> None:
    _, net = pair(options, torch.float32)
    ids = texts([200])[0]
    stream = Stream(net)
    streamed = np.stack([stream.push(int(word)) for word in ids])
    prefixes = Ragged.from_lists([ids[:end] for end in range(1, len(ids) + 1)])
    # The promise of the package in float32.
    np.testing.assert_allclose(streamed, net.logits(prefixes), atol=1e-6)


def test_hidden_layers_give_a_row_the_same_bits_in_any_company() -> None:
    config = NetworkConfig(WORDS, 2, "mlp", 33, 17, layers=3, highway=True, activation="softplus", pooling="mean")
    random = np.random.default_rng(0)
    layers = HiddenLayers(config, {name: random.normal(size=at) for name, at in config.tensor_shapes().items()})
    rows = random.normal(size=(13, 33))
    together = layers(rows)
    for count in (1, 2, 7):
        np.testing.assert_array_equal(layers(rows[:count]), together[:count])


def test_the_states_of_a_bag_are_its_word_vectors_and_the_last_one_is_its_final_state() -> None:
    embedding = np.arange(8.0).reshape(4, 2)
    hidden, final = BagEncoder(embedding).read(Ragged.from_lists([[3, 1], [], [2]]))
    assert hidden.tolist() == [[6.0, 7.0], [2.0, 3.0], [4.0, 5.0]]
    assert final.tolist() == [[2.0, 3.0], [0.0, 0.0], [4.0, 5.0]]
