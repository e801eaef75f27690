"""The NumPy network: equal to torch's, indifferent to neighbours, and the same word by word."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.network import Network
from gatewise.runtime.stream import Stream
from gatewise.store.config import POOLINGS, NetworkConfig
from gatewise.text.ragged import Ragged

WORDS = 50
# The promise of the package, in float32: a text's logits alone, in company, and word by word.
SAME = 1e-6


def network(kind: Any = np.float32, seed: int = 0, **options: Any) -> Network:
    known: dict[str, Any] = {"classes": 2, "embedding_size": 6, "hidden_size": 8, **options}
    config, random = NetworkConfig(vocabulary_size=WORDS, **known), np.random.default_rng(seed)
    shapes = config.tensor_shapes().items()
    # 0.3 and not more: the largest eigenvalue of 8 x 8 such weights is below 1. Above it a simple recurrent network is
    # chaotic, and no two orders of summing would stay together for 200 steps.
    tensors = {name: (random.normal(size=at) * 0.3).astype(kind) for name, at in shapes}
    made = Network(config, tensors)
    made.given = tensors  # type: ignore[attr-defined]  # What the network was made of, for the other side.
    return made


def texts(lengths: list[int], seed: int = 0) -> Ragged:
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.integers(0, WORDS, length).astype(np.int32) for length in lengths])


def by_torch(net: Network, ids: np.ndarray) -> np.ndarray:
    """One text through torch.nn, all in float64; the empty one has zero features."""
    config = net.config
    if not len(ids):
        return net.head(np.zeros((1, config.features)))[0]
    module = getattr(torch.nn, config.network.upper())(
        config.embedding_size,
        config.hidden_size,
        config.layers,
        bidirectional=config.bidirectional,
        dtype=torch.float64,
    )
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            value = net.given.get(f"encoder.{name}")
            parameter.copy_(torch.zeros_like(parameter) if value is None else torch.from_numpy(value))
        hidden, final = module(torch.from_numpy(net.given["embedding.weight"][ids]))
    final = (final[0] if isinstance(final, tuple) else final)[-config.directions :].flatten()
    pools = {"last": final, "max": hidden.amax(0), "mean": hidden.mean(0)}
    return net.head(torch.cat([pools[part] for part in config.pooling.split("+")]).numpy()[None])[0]


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(
    "options", [{}, {"layers": 2, "bidirectional": True, "classes": 4}, {"layers": 3, "recurrent_bias": False}]
)
def test_logits_equal_those_of_torch(name: str, pooling: str, options: dict[str, Any]) -> None:
    net, batch = network(np.float64, network=name, pooling=pooling, **options), texts([4, 0, 1, 9, 4])
    got = net.logits(batch)
    assert got.shape == (5, net.config.outputs)
    for b in range(len(batch)):
        np.testing.assert_allclose(got[b], by_torch(net, batch[b]), atol=1e-12)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("bidirectional", [False, True])
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=12), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_neighbours_and_order_do_not_matter(name: str, bidirectional: bool, lengths: list[int], seed: int) -> None:
    net, batch = network(network=name, bidirectional=bidirectional), texts(lengths, seed)
    together = net.logits(batch)
    order = np.random.default_rng(seed).permutation(len(batch))
    np.testing.assert_allclose(net.logits(batch.select(order)), together[order], atol=SAME)
    for b in range(len(batch)):
        np.testing.assert_allclose(net.logits(batch.select([b]))[0], together[b], atol=SAME)


@pytest.mark.parametrize("name", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("layers", [1, 2])
def test_the_stream_gives_the_batchs_logits_after_every_word(name: str, pooling: str, layers: int) -> None:
    net = network(network=name, pooling=pooling, layers=layers, classes=3)
    ids = texts([200])[0]
    stream = Stream(net)
    streamed = np.stack([stream.push(int(word)) for word in ids])
    prefixes = Ragged.from_lists([ids[:end] for end in range(1, len(ids) + 1)])
    np.testing.assert_allclose(streamed, net.logits(prefixes), atol=SAME)


def test_two_streams_of_one_network_do_not_meet() -> None:
    net, ids = network(), texts([20])[0]
    alone = Stream(net)
    want = [alone.push(int(word)) for word in ids]
    first, second = Stream(net), Stream(net)
    for word, logits in zip(ids, want, strict=True):
        second.push(3)
        np.testing.assert_array_equal(first.push(int(word)), logits)


def test_a_bidirectional_network_refuses_to_stream_and_says_why() -> None:
    with pytest.raises(ModelError, match=r"also reads each text from its end.*\n.*without --bidirectional"):
        Stream(network(bidirectional=True))


@pytest.mark.parametrize("id", [-1, WORDS, 2**40])
def test_an_id_outside_the_vocabulary_is_named_and_changes_nothing(id: int) -> None:
    net = network()
    stream, other = Stream(net), Stream(net)
    stream.push(1)
    other.push(1)
    with pytest.raises(ParameterError, match=f"token id {id} is not from 0 to 49"):
        stream.push(id)
    np.testing.assert_array_equal(stream.push(2), other.push(2))
    if id < WORDS + 1:
        with pytest.raises(ParameterError, match=f"token id {id} is not from 0 to 49"):
            net.logits(Ragged.from_lists([[0, id]]))


def test_an_empty_batch_has_no_answers() -> None:
    assert network().logits(Ragged.from_lists([])).shape == (0, 1)


def test_overflowing_weights_are_an_error_and_never_an_answer() -> None:
    config = NetworkConfig(WORDS, 2, embedding_size=2, hidden_size=2, network="rnn")
    tensors = {name: np.full(at, 3e38, np.float32) for name, at in config.tensor_shapes().items()}
    # Step 1: h = tanh(-infinity) = -1. Step 2: -infinity from the input, +infinity from the state.
    tensors["encoder.weight_ih_l0"] *= -1
    tensors["encoder.weight_hh_l0"] *= -1
    net = Network(config, tensors)
    with pytest.raises(ModelError, match="no finite number"):
        net.logits(texts([3]))
    stream = Stream(net)
    stream.push(1)
    with pytest.raises(ModelError, match="no finite number"):
        stream.push(1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("head.bias", np.zeros(2, np.float32)),
        ("head.bias", np.zeros(1, np.float64)),
        ("head.bias", None),
        ("embedding.weight", None),
        ("encoder.weight_hh_l0", np.zeros((8, 32), np.float32)),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(name: str, value: Any) -> None:
    config = NetworkConfig(WORDS, 2, embedding_size=6, hidden_size=8)
    tensors = {key: np.zeros(at, np.float32) for key, at in config.tensor_shapes().items()}
    with pytest.raises(ParameterError, match=name):
        Network(config, {**tensors, name: value})
