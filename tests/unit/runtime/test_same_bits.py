"""With the native core an answer has the same bits alone, in any company, in any order, and word by word."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.ops import native
from gatewise.runtime.build import recurrent_layers
from gatewise.runtime.lstm import LSTMEncoder
from gatewise.runtime.network import Network
from gatewise.runtime.pools import RunningPools, pooled
from gatewise.runtime.predictor import Predictor
from gatewise.runtime.stream import Stream
from gatewise.store.config import POOLINGS, ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer

needs_native = pytest.mark.skipif(not native.is_available(), reason=native.reason())

WORDS = 50
SHAPES: list[dict[str, Any]] = [
    {},
    {"hidden_size": 1, "layers": 2},
    {"layers": 3, "recurrent_bias": False, "classes": 5},
    {"bidirectional": True},
    {"bidirectional": True, "layers": 2, "hidden_size": 33, "classes": 3},
]


def network(seed: int = 0, kind: Any = np.float32, **options: Any) -> Network:
    known: dict[str, Any] = {"classes": 2, "embedding_size": 6, "hidden_size": 20, **options}
    config, random = NetworkConfig(vocabulary_size=WORDS, **known), np.random.default_rng(seed)
    shapes = config.tensor_shapes().items()
    tensors = {name: (random.normal(size=at) * 0.3).astype(kind) for name, at in shapes}
    made = Network(config, tensors)
    made.given = tensors  # type: ignore[attr-defined]
    return made


def texts(lengths: list[int], seed: int = 0) -> Ragged:
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.integers(0, WORDS, length).astype(np.int32) for length in lengths])


@needs_native
@pytest.mark.parametrize("options", SHAPES, ids=str)
@pytest.mark.parametrize("pooling", POOLINGS)
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=40), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_neighbours_and_order_change_nothing(
    options: dict[str, Any], pooling: str, lengths: list[int], seed: int
) -> None:
    net, batch = network(pooling=pooling, **options), texts(lengths, seed)
    together = net.logits(batch)
    order = np.random.default_rng(seed).permutation(len(batch))
    np.testing.assert_array_equal(net.logits(batch.select(order)), together[order])
    for b in range(len(batch)):
        np.testing.assert_array_equal(net.logits(batch.select([b]))[0], together[b])


@needs_native
@pytest.mark.parametrize("options", [shape for shape in SHAPES if not shape.get("bidirectional")], ids=str)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_stream_gives_the_batchs_bits_after_every_word(options: dict[str, Any], pooling: str) -> None:
    net, (ids,) = network(pooling=pooling, **options), texts([150])
    stream = Stream(net)
    streamed = np.stack([stream.push(int(word)) for word in ids])
    prefixes = Ragged.from_lists([ids[:end] for end in range(1, len(ids) + 1)])
    np.testing.assert_array_equal(streamed, net.logits(prefixes))


@needs_native
@pytest.mark.parametrize("options", SHAPES, ids=str)
def test_threads_of_the_core_change_nothing(options: dict[str, Any]) -> None:
    net, batch, before = network(**options), texts([30, 0, 7, 60, 2] * 12), native.threads()
    try:
        answers = []
        for count in (1, 2, 4, 8):
            native.use_threads(count)
            answers.append(net.logits(batch))
    finally:
        native.use_threads(before)
    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("options", SHAPES, ids=str)
def test_a_vocabulary_too_large_for_a_table_is_projected_to_the_same(kind: Any, options: dict[str, Any]) -> None:
    net, batch = network(kind=kind, **options), texts([30, 0, 7, 60, 2])
    rows = LSTMEncoder(net.given["embedding.weight"], recurrent_layers(net.config, net.given), table_limit=-1)
    hidden, final = rows.read(batch)
    wanted_hidden, wanted_final = net.encoder.read(batch)
    if kind is np.float32 and native.is_available():
        np.testing.assert_array_equal(hidden, wanted_hidden)
        np.testing.assert_array_equal(final, wanted_final)
    np.testing.assert_allclose(hidden, wanted_hidden, atol=1e-6)
    if net.config.is_causal:
        states, other = rows.start(), net.encoder.start()
        for word in batch[0]:
            pushed = rows.push(states, int(word))
            np.testing.assert_allclose(pushed, net.encoder.push(other, int(word)), atol=1e-6)


@needs_native
def test_threads_of_a_server_share_a_network() -> None:
    net, batches = network(layers=2), [texts([30, 0, 7, 60, 2] * 5, seed) for seed in range(8)]
    want, wrong = [network(layers=2).logits(batch) for batch in batches], []

    def serve(number: int) -> None:
        for turn in range(8):
            own = (number + turn) % 8
            if not np.array_equal(net.logits(batches[own]), want[own]):
                wrong.append(own)

    servers = [threading.Thread(target=serve, args=(number,)) for number in range(8)]
    for server in servers:
        server.start()
    for server in servers:
        server.join()
    assert wrong == []


def stored(**network_options: Any) -> StoredModel:
    words = ["<unk>", *(f"w{number}" for number in range(WORDS - 1))]
    shape = NetworkConfig(WORDS, 3, embedding_size=5, hidden_size=16, **network_options)
    random = np.random.default_rng(1)
    return StoredModel(
        config=ModelConfig(shape, TextConfig(), ("a", "b", "c"), temperature=1.5),
        tensors={name: (random.normal(size=at) * 0.3).astype("f4") for name, at in shape.tensor_shapes().items()},
        tokenizer=WordTokenizer(words).to_json(),
    )


@needs_native
@pytest.mark.parametrize("bidirectional", [False, True])
def test_probabilities_are_the_same_however_texts_are_batched(
    bidirectional: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, random = Predictor(stored(bidirectional=bidirectional)), np.random.default_rng(0)
    samples = [" ".join(f"w{id}" for id in random.integers(0, WORDS, length)) for length in (0, 3, 90, 9, 1, 40)]
    together = model.predict_proba(samples)
    for position, sample in enumerate(samples):
        np.testing.assert_array_equal(model.predict_proba([sample])[0], together[position])
        if not bidirectional and sample:
            *_, (_, last) = model.stream(sample)
            np.testing.assert_array_equal(last, together[position])
    monkeypatch.setattr(model.network.encoder, "token_budget", 10)
    np.testing.assert_array_equal(model.predict_proba(samples[::-1])[::-1], together)


@given(lengths=st.lists(st.integers(0, 30), max_size=8), width=st.integers(1, 9), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_pools_add_up_in_the_order_of_words(lengths: list[int], width: int, seed: int) -> None:
    random, parts = np.random.default_rng(seed), ["last", "max", "mean"]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    # Of very different sizes, so that any other order of summing shows.
    hidden = (random.normal(size=(offsets[-1], width)) * 10.0 ** random.integers(-6, 3, (offsets[-1], 1))).astype("f4")
    final = np.zeros((len(lengths), width), np.float32)
    filled = np.flatnonzero(lengths)
    final[filled] = hidden[offsets[1:][filled] - 1]
    features = pooled(parts, hidden, final, offsets)
    for b, length in enumerate(lengths):
        pools = RunningPools(width)
        for row in hidden[offsets[b] : offsets[b + 1]]:
            pools.add(row[None])
        want = pools.features(parts)[0] if length else np.zeros(3 * width)
        np.testing.assert_array_equal(features[b], want)


def test_a_model_is_the_same_with_numpy_to_1e_6(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = ["w1 w2 w3 " * 30, "", "w4"]
    fast = Predictor(stored()).predict_proba(samples)
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    np.testing.assert_allclose(Predictor(stored()).predict_proba(samples), fast, atol=1e-6)
