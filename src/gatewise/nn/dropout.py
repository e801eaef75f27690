"""Dropout on ragged rows. All noise comes from one generator that the training loop seeds at every step.

A mask that depends on (seed, step) alone is what lets a run that was killed go on to exactly the same weights. Where no
generator is given, torch's own is used.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gatewise.ops.native import memory

# Entries of a mask from which on drawing them one by one would take longer than the products with it.
_LARGE = 1 << 18
# Rows a sequence, on average, from which on a call of NumPy for each is quicker than a mask for every row.
_LONG = 8

Noise = torch.Generator | None


def _keep_mask(like: torch.Tensor, shape: tuple[int, ...], rate: float, noise: Noise) -> torch.Tensor:
    # A generator can fill tensors of its own device only.
    device = like.device if noise is None else noise.device
    if device.type == "cpu" and math.prod(shape) >= _LARGE and rate < 1:
        return _large_mask(like, shape, rate, noise).to(like.device)
    mask = torch.empty(shape, dtype=like.dtype, device=device)
    mask.bernoulli_(1 - rate, generator=noise).div_(1 - rate if rate < 1 else 1)
    return mask.to(like.device)


def _large_mask(like: torch.Tensor, shape: tuple[int, ...], rate: float, noise: Noise) -> torch.Tensor:
    """Four entries from each draw of a generator that `noise` seeds; rates are met to 1/65536. A fifth of the time."""
    seed = int(torch.randint(2**62, (), generator=noise))
    count = math.prod(shape)
    raw = np.random.PCG64(seed).random_raw(-(-count // 4)).view(np.uint16)[:count]
    is_kept = torch.from_numpy(raw >= round(rate * 2**16)).view(shape)
    return is_kept.to(like.dtype).mul_(1 / (1 - rate))


def elementwise_dropout(x: torch.Tensor, rate: float, noise: Noise) -> torch.Tensor:
    """Zero each entry with probability `rate` and scale the rest by 1/(1 - rate) (Srivastava et al. 2014)."""
    return x * _keep_mask(x, tuple(x.shape), rate, noise) if rate else x


def locked_dropout(x: torch.Tensor, offsets: torch.Tensor, rate: float, noise: Noise) -> torch.Tensor:
    """One mask for a whole sequence, the same at each of its steps (Gal & Ghahramani 2016, 1512.05287, section 4).

    Args:
        x: ``[N, F]`` rows of a ragged batch.
        offsets: ``[B + 1]``.
        rate: Share of features dropped, in [0, 1).
        noise: Source of randomness.
    """
    if not rate:
        return x
    mask = _keep_mask(x, (len(offsets) - 1, x.shape[1]), rate, noise)
    if x.device.type == "cpu" and len(x) >= _LONG * len(mask):
        scaled: torch.Tensor = _BySequence.apply(x, offsets, mask)  # type: ignore[no-untyped-call]
        return scaled
    return x * mask.repeat_interleave(offsets.diff().to(x.device), dim=0)


class _BySequence(Function):
    """Rows times their sequence's mask, which is never written out for every row: a third of the time."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, offsets: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        ctx.bounds, ctx.mask = offsets.tolist(), mask
        return _scaled(x, ctx.bounds, mask)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_scaled: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return _scaled(d_scaled, ctx.bounds, ctx.mask), None, None


def _scaled(x: torch.Tensor, bounds: list[int], mask: torch.Tensor) -> torch.Tensor:
    rows, factors = x.detach().numpy(), mask.numpy()
    out = memory.empty(rows.shape, rows.dtype)
    for sequence, (begin, end) in enumerate(pairwise(bounds)):
        np.multiply(rows[begin:end], factors[sequence], out=out[begin:end])
    return torch.from_numpy(out)


def embedding_mask(weight: torch.Tensor, rate: float, noise: Noise) -> torch.Tensor:
    """``[V, 1]``: zero for the words dropped from the vocabulary, 1/(1 - rate) for the others."""
    return _keep_mask(weight, (weight.shape[0], 1), rate, noise)


def embedding_dropout(
    weight: torch.Tensor, ids: torch.Tensor, rate: float, noise: torch.Generator | None
) -> torch.Tensor:
    """Embed `ids`, with whole words dropped from the vocabulary (Merity et al. 2017, 1708.02182, section 4.3).

    Returns:
        ``[N, E]``; every occurrence of a dropped word is zero, the others are scaled by 1/(1 - rate).
    """
    rows = torch.nn.functional.embedding(ids, weight)
    if not rate:
        return rows
    return rows * torch.nn.functional.embedding(ids, embedding_mask(weight, rate, noise))


def word_dropout(ids: torch.Tensor, unknown_id: int, rate: float, noise: Noise) -> torch.Tensor:
    """Replace each token by the unknown word with probability `rate`, so that the unknown word is learnt too."""
    if not rate:
        return ids
    drop = torch.empty(ids.shape, device=ids.device).bernoulli_(rate, generator=noise).bool()
    return ids.masked_fill(drop, unknown_id)


def weight_dropout(weight: torch.Tensor, rate: float, noise: Noise) -> torch.Tensor:
    """DropConnect on a recurrent matrix: one mask for all steps of a batch (Merity et al. 2017, section 2).

    Functional on purpose: the parameter itself is never replaced, so its gradient and the optimizer see it whole.
    """
    return weight * _keep_mask(weight, tuple(weight.shape), rate, noise) if rate else weight
