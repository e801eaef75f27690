"""Noise between layers and on the recurrent matrix: how much, where, from which generator, in training only."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gatewise.nn import LSTM


def seen_by_the_upper_layer(lstm: LSTM, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """What the upper layer reads, by its input gate: saturated tanh would hide it, so it is nearly linear here."""
    with torch.no_grad():
        for name, parameter in lstm.named_parameters():
            if name.endswith("_l1"):
                parameter.zero_()
        lstm.weight_ih_l1[: lstm.hidden_size].copy_(1e-3 * torch.eye(lstm.hidden_size))
        gates = lstm(x, offsets=offsets, return_gates=True)[2]
    return (gates[1].input - 0.5) / 0.25e-3


@pytest.mark.parametrize("rate", [0.25, 0.6])
@pytest.mark.parametrize("kind", ["dropout", "locked_dropout"])
def test_share_scale_and_pattern_between_layers(kind, rate):
    torch.manual_seed(0)
    lstm = LSTM(4, 50, 2, dtype=torch.float64, **{kind: rate})
    x, offsets = torch.randn(90, 4, dtype=torch.float64), torch.tensor([0, 40, 40, 90])
    noisy = seen_by_the_upper_layer(lstm, x, offsets)
    lstm.eval()
    plain = seen_by_the_upper_layer(lstm, x, offsets)
    dropped = noisy.abs() < 1e-6
    # What is kept is scaled by 1 / (1 - rate); the input gate is linear to 1e-6 of it.
    torch.testing.assert_close(noisy[~dropped], plain[~dropped] / (1 - rate), rtol=1e-3, atol=1e-6)
    draws = dropped if kind == "dropout" else torch.stack([dropped[0], dropped[40]])
    # Five standard deviations of the mean of so many draws.
    assert draws.double().mean().item() == pytest.approx(rate, abs=5 * (rate * (1 - rate) / draws.numel()) ** 0.5)
    if kind == "locked_dropout":
        assert (dropped[:40] == dropped[0]).all()
        assert (dropped[40:] == dropped[40]).all()
        assert not torch.equal(dropped[0], dropped[40])
    else:
        assert not torch.equal(dropped[0], dropped[1])


def test_torch_drops_as_much():
    torch.manual_seed(0)
    ours, theirs = (kind(4, 64, 2, dropout=0.5) for kind in (LSTM, nn.LSTM))
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(10, 8, 4)
    copies = x.repeat(1, 100, 1)  # each with noise of its own
    means = [net(copies)[0].view(10, 100, 8, 64).mean(1) for net in (ours, theirs)]
    # Both are means of 100 draws of the same distribution; its standard deviation was measured as 0.03 at most.
    assert (means[0] - means[1]).abs().max() < 6 * 0.03 * (2 / 100) ** 0.5


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"locked_dropout": 0.5}, {"weight_dropout": 0.5}])
def test_noise_is_of_torchs_generator_or_the_given_one_and_in_training_only(options):
    x = torch.randn(6, 4)
    given = LSTM(4, 16, 2, noise=torch.Generator(), **options)
    plain = LSTM(4, 16, 2, **options)
    for lstm, seed in ((given, given.noise.manual_seed), (plain, torch.manual_seed)):
        runs = []
        for number in (1, 1, 2):
            seed(number)
            runs.append(lstm(x)[0])
        assert torch.equal(runs[0], runs[1])
        assert not torch.equal(runs[0], runs[2])
        lstm.eval()
        assert torch.equal(lstm(x)[0], lstm(x)[0])
    torch.manual_seed(0)
    state = torch.get_rng_state()
    given.train()(x)
    assert torch.equal(torch.get_rng_state(), state)


def test_everything_may_be_dropped_as_in_torch():
    ours = LSTM(3, 4, 2, dropout=1.0)
    assert bool(torch.isfinite(ours(torch.randn(5, 3))[0]).all())


def test_weight_noise_is_not_kept_for_the_next_call():
    lstm, x = LSTM(3, 8, weight_dropout=0.5), torch.randn(5, 3)
    with torch.no_grad():
        assert not torch.equal(lstm(x)[0], lstm(x)[0])
