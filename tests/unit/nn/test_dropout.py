"""Each dropout drops what it says, scales the rest, and depends on its generator alone."""

from __future__ import annotations

import pytest
import torch

from gatewise.nn import LSTM
from gatewise.nn.dropout import (
    elementwise_dropout,
    embedding_dropout,
    locked_dropout,
    weight_dropout,
    word_dropout,
)


def noise(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_locked_mask_is_one_for_a_sequence_and_another_for_the_next():
    rows = locked_dropout(torch.ones(60, 50), torch.tensor([0, 20, 20, 60]), 0.5, noise())
    assert (rows[:20] == rows[0]).all()
    assert (rows[20:] == rows[20]).all()
    assert not torch.equal(rows[0], rows[20])
    assert set(rows.unique().tolist()) == {0.0, 2.0}


def test_locked_mask_by_sequence_and_by_row_are_the_same_bits(monkeypatch):
    rows, offsets, given = torch.randn(60, 50), torch.tensor([0, 20, 20, 60]), torch.randn(60, 50)
    found = []
    for long in (8, 1000):
        monkeypatch.setattr("gatewise.nn.dropout._LONG", long)
        leaf = rows.clone().requires_grad_()
        dropped = locked_dropout(leaf, offsets, 0.5, noise())
        dropped.backward(given)
        found.append((dropped, leaf.grad))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.equal(found[0][1], found[1][1])


def test_large_masks_keep_their_rate_and_scale_and_come_from_the_noise():
    weight = torch.ones(1024, 512)
    for rate in (0.1, 0.5):
        dropped = weight_dropout(weight, rate, noise())
        # A standard deviation is at most 0.0007.
        assert abs((dropped == 0).float().mean().item() - rate) < 0.005
        assert dropped.max().item() == pytest.approx(1 / (1 - rate))
        assert torch.equal(dropped, weight_dropout(weight, rate, noise()))
        assert not torch.equal(dropped, weight_dropout(weight, rate, noise(1)))
    one, two = noise(), noise()
    first = weight_dropout(weight, 0.5, one)
    assert not torch.equal(first, weight_dropout(weight, 0.5, one))
    # Neither rows nor columns are alike: neighbours agree half of the time.
    kept = weight_dropout(weight, 0.5, two) > 0
    for step in (1, 2, 3, 4):
        assert abs((kept[:, step:] == kept[:, :-step]).float().mean().item() - 0.5) < 0.01
    assert abs((kept[1:] == kept[:-1]).float().mean().item() - 0.5) < 0.01


def test_embedding_dropout_drops_whole_words_everywhere():
    ids = torch.arange(200).repeat(3)
    rows = embedding_dropout(torch.ones(200, 4), ids, 0.25, noise())
    assert (rows == rows[:, :1]).all()
    assert torch.equal(rows[:200], rows[200:400])
    # 200 draws at 1/4: 50 expected, and 6 standard deviations are 37.
    assert 13 < int((rows[:200, 0] == 0).sum()) < 87
    assert rows.max().item() == pytest.approx(4 / 3)


def test_word_dropout_gives_the_unknown_word():
    ids = word_dropout(torch.full((2000,), 7), 0, 0.3, noise())
    assert set(ids.tolist()) == {0, 7}
    # 600 expected, and 6 standard deviations are 123.
    assert 477 < int((ids == 0).sum()) < 723


def test_elementwise_dropout_keeps_the_mean():
    kept = elementwise_dropout(torch.ones(200, 200), 0.4, noise())
    # Standard deviation of the mean of 40,000 draws is 0.004.
    assert kept.mean().item() == pytest.approx(1.0, abs=0.025)


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_same_generator_state_same_mask(rate):
    first = elementwise_dropout(torch.ones(100), rate, noise(5))
    assert torch.equal(first, elementwise_dropout(torch.ones(100), rate, noise(5)))
    assert torch.equal(first, torch.ones(100)) == (rate == 0)


def test_weight_dropout_leaves_the_parameter_and_sends_it_gradients():
    network = LSTM(3, 6, weight_dropout=0.5, noise=noise())
    x, offsets = torch.randn(8, 3), torch.tensor([0, 8])
    before = network.weight_hh_l0.detach().clone()
    network.noise.manual_seed(1)
    first = network(x, offsets=offsets)[0]
    again = network(x, offsets=offsets)[0]
    network.noise.manual_seed(1)
    assert torch.equal(network(x, offsets=offsets)[0], first)
    assert not torch.equal(first, again)
    first.sum().backward()
    assert network.weight_hh_l0.grad.any()
    assert torch.equal(network.weight_hh_l0, before)
    network.eval()
    assert torch.equal(network(x, offsets=offsets)[0], network(x, offsets=offsets)[0])


def test_weight_dropout_scales_what_it_keeps():
    assert set(weight_dropout(torch.ones(30, 30), 0.5, noise()).unique().tolist()) == {0.0, 2.0}
