"""The language model over streams: state goes on from chunk to chunk, ends with the document, and it learns."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.models.language_model import Chunk, LanguageModel, LanguageModelConfig, read_streams
from gatewise.nn.sampled_softmax import Negatives
from gatewise.ops import native
from gatewise.train.lazy_adam import LazyAdam

CONFIG = LanguageModelConfig(vocabulary_size=50, embedding_size=6, hidden_size=10)


def documents(*lengths: int) -> tuple[np.ndarray, np.ndarray]:
    ids = np.random.default_rng(0).integers(0, 50, sum(lengths)).astype(np.int32)
    return ids, np.concatenate([[0], np.cumsum(lengths)])


def read_alone(model: LanguageModel, ids: np.ndarray) -> float:
    """Sum of the losses of one document read at once."""
    words = torch.from_numpy(ids)
    chunk = Chunk(words[:-1], torch.tensor([0, len(ids) - 1]), words[1:], torch.tensor([True]))
    return model(chunk)[0].item() * (len(ids) - 1)


@pytest.mark.parametrize(("streams", "steps"), [(1, 1), (3, 4), (2, 100), (9, 3)])
def test_streams_read_every_word_once_and_know_nothing_of_each_other(streams: int, steps: int) -> None:
    ids, offsets = documents(9, 0, 17, 1, 2, 30, 5)
    model, states, total, read = LanguageModel(CONFIG).eval(), None, 0.0, []
    for chunk in read_streams(ids, offsets, streams=streams, steps=steps):
        assert len(chunk.offsets) == streams + 1
        assert chunk.offsets.diff().max() <= steps
        loss, states = model(chunk, states=states)
        assert not states[0].requires_grad
        total += loss.item() * len(chunk.ids)
        read += chunk.ids.tolist()
    alone = [read_alone(model, ids[a:b]) for a, b in pairwise(offsets) if b - a > 1]
    # Sums of the same 58 losses in another order and in float.
    assert total == pytest.approx(sum(alone), rel=1e-5)
    assert sorted(read) == sorted(w for a, b in pairwise(offsets) for w in ids[a : b - 1].tolist())


def test_the_state_of_a_stream_is_zero_where_its_document_ends() -> None:
    model, (ids, offsets) = LanguageModel(CONFIG), documents(4, 9)
    first = next(read_streams(ids, offsets, streams=2, steps=5))
    assert first.ends.tolist() == [True, False]
    _, (h, c) = model(first)
    assert not h[:, 0].any()
    assert not c[:, 0].any()
    assert h[:, 1].all()


def test_a_stream_without_words_keeps_its_state() -> None:
    model, nothing = LanguageModel(CONFIG), torch.zeros(0, dtype=torch.int32)
    states = (torch.rand(1, 2, 10), torch.rand(1, 2, 10))
    loss, (h, c) = model(Chunk(nothing, torch.tensor([0, 0, 0]), nothing, torch.tensor([False, False])), states=states)
    assert loss.item() == 0
    assert torch.equal(h, states[0])
    assert torch.equal(c, states[1])


def test_no_gradient_crosses_a_chunk() -> None:
    model, (ids, offsets) = LanguageModel(CONFIG), documents(12)
    one, two, *_ = read_streams(ids, offsets, streams=1, steps=4)
    _, states = model(one)
    loss, _ = model(two, states=states)
    loss.backward()
    met = model.embedding.weight.grad._indices()[0].tolist()
    assert met == sorted(set(two.ids.tolist()))


def test_gradients_are_those_of_the_same_network_in_torch() -> None:
    model, (ids, offsets) = LanguageModel(replace(CONFIG, layers=2)), documents(20, 20)
    chunk = next(read_streams(ids, offsets, streams=2, steps=19))
    samples, log_expected = torch.arange(0, 50, 3), torch.randn(50)
    loss, _ = model(chunk, samples=samples, log_expected=log_expected)
    loss.backward()

    lstm = torch.nn.LSTM(6, 10, 2, batch_first=True)
    lstm.load_state_dict(model.encoder.state_dict())
    embedding, weight, bias = (
        p.detach().clone().requires_grad_() for p in (model.embedding.weight, model.weight, model.bias)
    )
    hidden, _ = lstm(embedding[chunk.ids.long()].view(2, 19, 6))
    logits = hidden.reshape(38, 10) @ weight.T + bias - log_expected
    targets = chunk.targets.long()
    others = logits[:, samples].masked_fill(targets[:, None] == samples, -torch.inf)
    both = torch.cat([logits.gather(1, targets[:, None]), others], 1)
    truth = torch.nn.functional.cross_entropy(both, torch.zeros(38, dtype=torch.int64))
    truth.backward()

    assert loss.item() == pytest.approx(truth.item(), rel=1e-6)
    pairs = [(model.embedding.weight, embedding), (model.weight, weight), (model.bias, bias)]
    pairs += list(zip(model.encoder.parameters(), lstm.parameters(), strict=True))
    for own, other in pairs:
        scale = other.grad.abs().max().item()
        torch.testing.assert_close(own.grad.to_dense(), other.grad, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_it_learns_a_text_that_can_be_learnt(precision: str) -> None:
    if precision == "bf16" and not native.has_bf16():
        pytest.skip("no bf16 kernels here")
    # Each word is followed by the one 7 further on.
    ids = (np.arange(3000) * 7 % 50).astype(np.int32)
    offsets = np.arange(0, 3001, 100)
    model = LanguageModel(replace(CONFIG, precision=precision))
    negatives, noise = Negatives(np.ones(50), samples=20), np.random.default_rng(0)
    optimizer = LazyAdam(model.parameters(), lr=0.08)

    def chunks():
        return read_streams(ids, offsets, streams=10, steps=25)

    before = model.perplexity(chunks())
    for _ in range(8):
        states = None
        for chunk in chunks():
            loss, states = model(
                chunk, samples=negatives.draw(noise), log_expected=negatives.log_expected, states=states
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert 45 < before < 55  # about as good as guessing among 50
    assert model.perplexity(chunks()) < 1.5


def test_dropout_is_of_training_alone_and_comes_from_its_noise() -> None:
    model, (ids, offsets) = LanguageModel(replace(CONFIG, input_dropout=0.3, output_dropout=0.3)), documents(40)
    chunk = next(read_streams(ids, offsets, streams=1, steps=39))
    losses = []
    for _ in range(2):
        model.noise.manual_seed(5)
        losses.append(model(chunk)[0].item())
    assert losses[0] == losses[1] != model(chunk)[0].item()
    model.eval()
    assert model(chunk)[0].item() == model(chunk)[0].item()


def test_the_same_seed_is_the_same_model() -> None:
    one, two, other = (LanguageModel(CONFIG, seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    assert not torch.equal(one.weight, other.weight)
    assert one.encoder.bias_ih_l0[10:20].tolist() == [1.0] * 10


def test_impossible_calls_are_refused() -> None:
    with pytest.raises(ParameterError, match="no word to predict"):
        LanguageModel(CONFIG).perplexity(iter(()))
    with pytest.raises(ParameterError, match="streams=0"):
        next(read_streams(*documents(3), streams=0, steps=1))
    assert math.isfinite(LanguageModel(CONFIG).perplexity(read_streams(*documents(3), streams=4, steps=1)))
