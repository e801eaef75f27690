"""Where padding is needed by a foreign kernel, pad little: only among sequences of nearly equal length.

Torch's fused kernels want ``[T, b, F]``. A bucket holds sequences of similar length; positions past the end of a
sequence point at its own last token. They come after every real step, so they change no real output, and as nothing
reads what they give, no gradient flows from them: the result is exactly the ragged one.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

# Padding a kernel may waste before another bucket (another kernel call, ~0.1 ms) is opened.
_MOST_PADDING = 0.10


@dataclass(frozen=True)
class Bucket:
    """Sequences of similar length laid side by side.

    Attributes:
        sequences: ``[b]`` int64, which sequences of the batch, longest first.
        rows: ``[T, b]`` int64, row of the flat features that each step of each sequence reads.
        steps: ``[n]`` int64, which entries of the flattened ``[T * b]`` grid are real, in the order of `targets`.
        targets: ``[n]`` int64, the flat row of each real entry.
    """

    sequences: torch.Tensor
    rows: torch.Tensor
    steps: torch.Tensor
    targets: torch.Tensor


@dataclass(frozen=True)
class Buckets:
    """A ragged batch cut into buckets, and the way back.

    Attributes:
        buckets: The buckets; every non-empty sequence is in exactly one.
        back: ``[N]`` int64: entry of the concatenated real outputs of all buckets that belongs to each flat row.
    """

    buckets: tuple[Bucket, ...]
    back: torch.Tensor


def make_buckets(offsets: torch.Tensor, *, reverse: bool = False) -> Buckets:
    """Cut a ragged batch into length-sorted buckets.

    Args:
        offsets: ``[B + 1]`` int64.
        reverse: Read each sequence from its own end to its own beginning.

    Returns:
        Buckets whose padded share is at most 10 % each.
    """
    lengths = offsets.diff()
    order = torch.argsort(lengths, descending=True, stable=True)
    order = order[lengths[order] > 0]
    buckets = tuple(_bucket(offsets, lengths, part, reverse) for part in _cut(order, lengths[order].tolist()))
    targets = torch.cat([bucket.targets for bucket in buckets]) if buckets else offsets.new_zeros(0)
    back = torch.empty_like(targets)
    back[targets] = torch.arange(len(targets), device=targets.device)
    return Buckets(buckets, back)


def _cut(order: torch.Tensor, lengths: list[int]) -> list[torch.Tensor]:
    parts, begin, real = [], 0, 0
    for end, length in enumerate(lengths):
        longest, count = lengths[begin], end - begin + 1
        if real + length < (1 - _MOST_PADDING) * longest * count:
            parts.append(order[begin:end])
            begin, real = end, 0
        real += length
    if lengths:
        parts.append(order[begin:])
    return parts


def _bucket(offsets: torch.Tensor, lengths: torch.Tensor, sequences: torch.Tensor, reverse: bool) -> Bucket:
    own = lengths[sequences]
    step = torch.arange(int(own[0]), device=offsets.device).unsqueeze(1)
    within = torch.minimum(step, own - 1)
    rows = offsets[sequences] + (own - 1 - within if reverse else within)
    steps = (step < own).flatten().nonzero().squeeze(1)
    return Bucket(sequences, rows, steps, rows.flatten()[steps])
