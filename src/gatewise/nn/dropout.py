"""Dropout on ragged rows. All noise comes from one generator that the training loop seeds at every step.

A mask that depends on (seed, step) alone is what lets a run that was killed go on to exactly the same weights. Where no
generator is given, torch's own is used.
"""

from __future__ import annotations

import torch

Noise = torch.Generator | None


def _keep_mask(like: torch.Tensor, shape: tuple[int, ...], rate: float, noise: Noise) -> torch.Tensor:
    # A generator can fill tensors of its own device only.
    mask = torch.empty(shape, dtype=like.dtype, device=like.device if noise is None else noise.device)
    mask.bernoulli_(1 - rate, generator=noise).div_(1 - rate if rate < 1 else 1)
    return mask.to(like.device)


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
    return x * mask.repeat_interleave(offsets.diff().to(x.device), dim=0)


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
    mask = _keep_mask(weight, (weight.shape[0], 1), rate, noise)
    return rows * torch.nn.functional.embedding(ids, mask)


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
