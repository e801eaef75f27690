"""What the reproductions need of networks: answers after every word, one-hot input."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from gatewise.data.examples import Examples
from gatewise.errors import ParameterError
from gatewise.models.classifier import Classifier
from gatewise.nn.lstm import LSTM
from gatewise.nn.one_hot import read_one_hot
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig
from gatewise.train.fit import fit
from gatewise.train.objective import OBJECTIVES, mean_of_words
from gatewise.train.recipe import Recipe

IDS = torch.tensor([1, 2, 3, 0, 4, 5, 2, 2])
OFFSETS = torch.tensor([0, 3, 3, 4, 8])
TARGETS = torch.tensor([1, 0, 0, 1])
LENGTHS = OFFSETS.diff()


def network(**options: object) -> Classifier:
    config = {"embedding_size": 3, "hidden_size": 2, "pooling": "last", **options}
    return Classifier(NetworkConfig(6, 2, **config), embedding_range=1.0)


@pytest.mark.parametrize("softmax", [False, True])
def test_answer_after_every_word_is_that_to_the_text_up_to_it(softmax: bool) -> None:
    net = network(softmax=softmax).eval()
    rows, texts = net.every_word(IDS, OFFSETS)
    for start, end in zip(OFFSETS[:-1].tolist(), OFFSETS[1:].tolist(), strict=True):
        for word in range(start, end):
            prefix = IDS[start : word + 1]
            alone = net(prefix, torch.tensor([0, len(prefix)]))[0]
            # The kernel gives a sequence the same bits in any company; the head's product may sum in another order.
            torch.testing.assert_close(rows[word], alone, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(texts, net(IDS, OFFSETS), rtol=1e-6, atol=1e-6)


def test_texts_without_words_have_an_answer_and_add_nothing_to_the_loss() -> None:
    net = network()
    rows, texts = net.every_word(IDS[:0], torch.tensor([0, 0, 0]))
    assert rows.shape == (0, 1)
    assert texts.tolist() == [net.head.bias.tolist()] * 2
    losses = torch.zeros(0, requires_grad=True)
    assert mean_of_words(losses, torch.tensor([0, 0, 0]), TARGETS[:2]).item() == 0


def by_hand(rows: torch.Tensor) -> torch.Tensor:
    """Mean over the texts of the mean over each text's words, one text after the other."""
    total = rows.new_zeros(())
    for text, target in enumerate(TARGETS.tolist()):
        own = rows[OFFSETS[text] : OFFSETS[text + 1], 0]
        if len(own):
            total = total + functional.binary_cross_entropy_with_logits(own, torch.full_like(own, target))
    return total / len(TARGETS)


def test_loss_of_every_word_is_the_mean_over_texts_of_means_over_words() -> None:
    rows, _ = network().every_word(IDS, OFFSETS)
    losses = OBJECTIVES["cross-entropy"](rows, TARGETS.repeat_interleave(LENGTHS))
    assert mean_of_words(losses, OFFSETS, TARGETS).item() == pytest.approx(by_hand(rows).item(), rel=1e-6)
    weights = torch.tensor([0.5, 2.0])
    weighed = mean_of_words(losses, OFFSETS, TARGETS, weights)
    each = torch.stack([losses[OFFSETS[t] : OFFSETS[t + 1]].sum() / max(1, LENGTHS[t]) for t in range(4)])
    assert weighed.item() == pytest.approx((each * weights[TARGETS]).mean().item(), rel=1e-6)


def test_gradients_of_every_word_are_those_of_torch_by_hand() -> None:
    net = network().double()
    twin = nn.LSTM(3, 2, batch_first=True).double()
    twin.load_state_dict(net.encoder.state_dict())
    rows, _ = net.every_word(IDS, OFFSETS)
    losses = OBJECTIVES["cross-entropy"](rows, TARGETS.repeat_interleave(LENGTHS))
    mean_of_words(losses, OFFSETS, TARGETS).backward()
    vectors = net.embedding.weight.detach().clone().requires_grad_()
    texts = [twin(vectors[IDS[OFFSETS[t] : OFFSETS[t + 1]]][None])[0][0] for t in (0, 2, 3)]
    by_hand(functional.linear(torch.cat(texts), net.head.weight.detach(), net.head.bias.detach())).backward()
    # Double precision: what is left is rounding.
    torch.testing.assert_close(net.embedding.weight.grad, vectors.grad, rtol=1e-9, atol=1e-12)
    for name, parameter in twin.named_parameters():
        torch.testing.assert_close(getattr(net.encoder, name).grad, parameter.grad, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [{"pooling": "mean"}, {"pooling": "last+max+mean"}, {"bidirectional": True}, {"network": "mlp", "pooling": "mean"}],
)
def test_networks_without_an_answer_after_every_word_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match="answer after every word"):
        network(**options).every_word(IDS, OFFSETS)


def one_hot_pair() -> tuple[Classifier, nn.LSTM]:
    """A classifier that reads one-hot vectors, and torch's LSTM with the same weights, which is to be fed real ones."""
    config = NetworkConfig(6, 2, embedding_size=8, hidden_size=2, pooling="last")
    net = Classifier(config, one_hot=True, seed=3)
    twin = nn.LSTM(6, 2, batch_first=True)
    weights = net.encoder.state_dict() | {"weight_ih_l0": net.embedding.weight.detach().T}
    twin.load_state_dict(weights)
    return net, twin


def test_one_hot_input_is_an_lstm_over_one_hot_vectors_and_so_are_its_gradients() -> None:
    net, twin = one_hot_pair()
    logits = net(IDS, OFFSETS)
    states = [twin(functional.one_hot(IDS[OFFSETS[t] : OFFSETS[t + 1]], 6).float()[None])[1][0][0] for t in (0, 2, 3)]
    wanted = functional.linear(torch.cat(states), net.head.weight.detach(), net.head.bias.detach())
    # Float32 by two kernels, over four steps at most.
    torch.testing.assert_close(logits[[0, 2, 3]], wanted, rtol=1e-5, atol=1e-5)
    logits[[0, 2, 3]].sum().backward()
    wanted.sum().backward()
    torch.testing.assert_close(net.embedding.weight.grad, twin.weight_ih_l0.grad.T, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(net.encoder.weight_hh_l0.grad, twin.weight_hh_l0.grad, rtol=1e-5, atol=1e-5)
    assert net.encoder.weight_ih_l0.grad is None


def test_one_hot_weights_begin_as_glorot_has_them() -> None:
    embedding = nn.Embedding(400, 40)
    read_one_hot(embedding, LSTM(40, 10), torch.Generator().manual_seed(0))
    bound = np.sqrt(6 / (400 + 40))
    largest = embedding.weight.abs().max().item()
    # The largest of 16,000 uniform numbers is within a thousandth of the bound.
    assert 0.999 * bound < largest <= bound


@pytest.mark.parametrize(
    ("encoder", "match"),
    [
        (LSTM(5, 2), "embedding_size=8"),
        (LSTM(8, 2, 2), "one layer"),
        (LSTM(8, 2, bidirectional=True), "forwards"),
        (nn.GRU(8, 2), "lstm"),
    ],
)
def test_other_one_hot_networks_are_refused(encoder: nn.Module, match: str) -> None:
    width = 8 if match != "embedding_size=8" else 5
    with pytest.raises(ParameterError) as refused:
        read_one_hot(nn.Embedding(6, width), encoder)
    assert match in str(refused.value) + str(refused.value.hint)


WORDS = ["good fun", "bad bore", "great good film", "awful bad film"] * 8
EXAMPLES = Examples(WORDS, ["pos", "neg"] * 16, source="small")
PLAIN = Recipe(
    hidden_size=4, pooling="last", epochs=30, dev_share=0, learning_rate=0.03, schedule="constant", ema=0,
    **{f"{name}_dropout": 0.0 for name in ("word", "embedding", "input", "hidden", "weight", "output")},
)  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {"supervision": "every-word"},
        {"supervision": "every-word", "softmax": True},
        {"tokenizer": "hashed", "max_words": 50, "max_tokens": 4, "truncation": "tail"},
        {"one_hot": True, "embedding_size": 16},
    ],
)
def test_recipe_trains_and_its_model_answers_without_torch(options: dict[str, object]) -> None:
    model = fit(EXAMPLES, PLAIN.with_options(**options), rival=False)
    assert Predictor(model).predict(WORDS[:4]) == ["pos", "neg", "pos", "neg"]
    assert model.metrics["history"][-1]["train_accuracy"] == 1
    if options.get("one_hot"):
        assert np.array_equal(model.tensors["encoder.weight_ih_l0"], np.eye(16))


def test_hashed_texts_are_cut_at_the_front_only() -> None:
    with pytest.raises(ParameterError, match="keeps the tail"):
        PLAIN.with_options(tokenizer="hashed", max_tokens=4, truncation="head")
