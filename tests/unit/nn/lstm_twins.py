"""Our LSTM beside torch's with the same weights, and batches in every form; shared by the tests of the LSTM."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_sequence

from gatewise.nn import LSTM

LENGTHS = [3, 11, 1, 4, 11, 2]
# float64: sums in another order, a few units in the last place. float32: the same for 2^-24, over at most 12 steps.
CLOSE = {torch.float64: {"rtol": 1e-9, "atol": 1e-11}, torch.float32: {"rtol": 1e-4, "atol": 2e-6}}


def twins(*sizes: int, dtype: torch.dtype = torch.float64, **options: Any) -> tuple[LSTM, nn.LSTM]:
    """Ours and torch's, with weights large enough to leave the linear range."""
    torch.manual_seed(7)
    theirs = nn.LSTM(*sizes, dtype=dtype, **options)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, std=0.7)
    ours = LSTM(*sizes, dtype=dtype, **options)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


def randn(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, dtype=dtype).requires_grad_()


def offsets_of(lengths: list[int]) -> torch.Tensor:
    return torch.tensor([0, *lengths]).cumsum(0)


def packed_of(rows: torch.Tensor, lengths: list[int] = LENGTHS, *, enforce_sorted: bool = False) -> PackedSequence:
    """Ragged rows as torch packs them; differentiable."""
    return pack_sequence(list(rows.split(lengths)), enforce_sorted=enforce_sorted)


def leaves(value: Any) -> list[torch.Tensor]:
    """All tensors of floats in an output."""
    if isinstance(value, PackedSequence):
        return [value.data]
    return [value] if isinstance(value, torch.Tensor) else [tensor for part in value for tensor in leaves(part)]


def assert_alike(ours: Any, theirs: Any, dtype: torch.dtype = torch.float64) -> None:
    for own, other in zip(leaves(ours), leaves(theirs), strict=True):
        torch.testing.assert_close(own, other, **CLOSE[dtype])


def gradients(output: Any, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """Of a scalar in which every number of the output has another weight."""
    total = sum((part * torch.arange(part.numel()).view_as(part).to(part).cos()).sum() for part in leaves(output))
    return list(torch.autograd.grad(total, inputs))
