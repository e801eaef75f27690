"""A tied language model: the words' vectors read and tell, gradients of both uses add up, dropouts are of training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gatewise.models.language_model import LanguageModel, LanguageModelConfig
from gatewise.models.streams import Streams, read_streams
from gatewise.ops import native
from gatewise.store.encoder import EncoderConfig
from gatewise.train.clip import clip_gradients

CONFIG = LanguageModelConfig(vocabulary_size=50, embedding_size=6, hidden_size=10, layers=2, is_tied=True)
DROPOUTS = ["word", "embedding", "input", "hidden", "weight", "output"]


def one_chunk(streams: int = 2, words: int = 20):
    ids = np.random.default_rng(0).integers(0, 50, streams * words).astype(np.int32)
    offsets = np.arange(streams + 1) * words
    return next(read_streams(ids, offsets, streams=streams, steps=words - 1))


def test_its_tensors_are_those_of_a_reader():
    arrays = LanguageModel(CONFIG).to_arrays()
    shapes = EncoderConfig(50, 6, 10, 2).tensor_shapes()
    assert {f"forward.{name}": array.shape for name, array in arrays.items()} == shapes


def test_weights_can_be_taken_from_another():
    one, other = LanguageModel(CONFIG, seed=1), LanguageModel(CONFIG, seed=2)
    other.load_arrays(one.to_arrays())
    chunk = one_chunk()
    assert one(chunk)[0].item() == other(chunk)[0].item()
    one.bias.data[0] += 1  # what was loaded is a copy
    assert other.bias[0] == 0


def test_gradients_are_those_of_the_same_network_in_torch():
    model, chunk = LanguageModel(CONFIG), one_chunk()
    samples, log_expected = torch.arange(0, 50, 3), torch.randn(50)
    loss, _ = model(chunk, samples=samples, log_expected=log_expected)
    loss.backward()
    assert model.embedding.weight.grad.is_sparse
    clip_gradients(model.parameters(), float("inf"))
    met = {*chunk.ids.tolist(), *chunk.targets.tolist(), *samples.tolist()}
    assert model.embedding.weight.grad._indices()[0].tolist() == sorted(met)

    lstm = torch.nn.LSTM(6, 10, 2, batch_first=True)
    states = model.encoder.state_dict()
    lstm.load_state_dict(states | {f"bias_hh_l{layer}": torch.zeros(40) for layer in range(2)})
    vectors, bias = (p.detach().clone().requires_grad_() for p in (model.embedding.weight, model.bias))
    projection = torch.nn.Linear(10, 6)
    projection.load_state_dict(model.projection.state_dict())
    hidden, _ = lstm(vectors[chunk.ids.long()].view(2, 19, 6))
    logits = projection(hidden).reshape(38, 6) @ vectors.T + bias - log_expected
    targets = chunk.targets.long()
    others = logits[:, samples].masked_fill(targets[:, None] == samples, -torch.inf)
    both = torch.cat([logits.gather(1, targets[:, None]), others], 1)
    truth = torch.nn.functional.cross_entropy(both, torch.zeros(38, dtype=torch.int64))
    truth.backward()

    assert loss.item() == pytest.approx(truth.item(), rel=1e-6)
    pairs = [(model.embedding.weight, vectors), (model.bias, bias)]
    pairs += list(zip(model.projection.parameters(), projection.parameters(), strict=True))
    pairs += [(parameter, getattr(lstm, name)) for name, parameter in model.encoder.named_parameters()]
    for own, other in pairs:
        scale = other.grad.abs().max().item()
        torch.testing.assert_close(own.grad.to_dense(), other.grad, rtol=0, atol=1e-5 * scale)


def test_bf16_is_near_fp32():
    if not native.has_bf16():
        pytest.skip("no bf16 kernels here")
    chunk, losses = one_chunk(), []
    for precision in ("fp32", "bf16"):
        model = LanguageModel(replace(CONFIG, precision=precision))
        loss, _ = model(chunk)
        loss.backward()
        assert model.projection.weight.grad.dtype == torch.float32
        losses.append(loss.item())
    # bfloat16 has 8 bits: an error of 2^-9 in each factor of logits that are below 1.
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0] != losses[1]


@pytest.mark.parametrize("name", DROPOUTS)
def test_each_dropout_is_of_training_alone_and_comes_from_the_noise(name):
    model, chunk = LanguageModel(replace(CONFIG, **{f"{name}_dropout": 0.4})), one_chunk(words=40)
    plain = LanguageModel(CONFIG)(chunk)[0].item()
    losses = []
    for _ in range(2):
        model.noise.manual_seed(5)
        losses.append(model(chunk)[0].item())
    assert losses[0] == losses[1] != plain
    model.eval()
    assert model(chunk)[0].item() == plain


def test_word_dropout_reads_the_unknown_word_and_tells_the_true_one():
    model, chunk = LanguageModel(replace(CONFIG, word_dropout=0.95)), one_chunk(words=40)
    loss, _ = model(chunk)
    loss.backward()
    read = model.embedding.weight.grad.coalesce()
    assert loss.item() > 0
    assert len(read.indices()[0]) == 50  # all words are told apart
    seen = []
    model.embedding.register_forward_hook(lambda module, given, rows: seen.append(given[0]))
    model(chunk)
    assert (seen[0] == 0).float().mean() > 0.7


@pytest.mark.parametrize("stop_after", [1, 3, 6])
def test_streams_go_on_from_where_they_were(stop_after):
    ids = np.arange(200, dtype=np.int32)
    offsets, order = np.array([0, 9, 10, 60, 61, 130, 200]), [3, 5, 0, 4, 2, 1]

    def streams() -> Streams:
        return Streams(ids, offsets, streams=2, steps=10, order=order)

    undisturbed = [chunk.ids.tolist() for chunk in streams()]
    first = streams()
    read = [next(first).ids.tolist() for _ in range(stop_after)]
    rest = streams()
    rest.places, rest.taken = first.places.copy(), first.taken
    assert read + [chunk.ids.tolist() for chunk in rest] == undisturbed
    assert sorted(word for chunk in undisturbed for word in chunk) == [
        word for word in range(200) if word + 1 not in offsets
    ]
