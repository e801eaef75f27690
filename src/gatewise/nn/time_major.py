"""The order of torch's ``PackedSequence``: first the first row of every sequence, then all the second rows, and so on.

We keep the rows of a sequence together. Between the two orders lies one permutation of rows, made once for a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd import Function


@dataclass(frozen=True)
class TimeMajor:
    """A ragged batch as torch packs it.

    Attributes:
        offsets: ``[B + 1]`` int64 on the CPU, of the ragged rows; sequence b of B in the order of the user.
        order: ``[b]`` int64, the sequences that are packed, longest first.
        batch_sizes: ``[T]`` int64 on the CPU, sequences that have a step t.
        rows: ``[N]`` int64, the ragged row at each packed place.
        places: ``[N]`` int64, the packed place of each ragged row.
    """

    offsets: torch.Tensor
    order: torch.Tensor
    batch_sizes: torch.Tensor
    rows: torch.Tensor
    places: torch.Tensor

    def to_ragged(self, packed: torch.Tensor) -> torch.Tensor:
        """Packed rows ``[N, F]`` in ragged order."""
        return permute(packed, self.places, self.rows)

    def to_packed(self, ragged: torch.Tensor) -> torch.Tensor:
        """Ragged rows ``[N, F]`` in packed order."""
        return permute(ragged, self.rows, self.places)


def from_packed(batch_sizes: torch.Tensor, order: torch.Tensor | None, device: torch.device) -> TimeMajor:
    """Read the order of a ``PackedSequence``.

    Args:
        batch_sizes: ``[T]`` int64.
        order: Its ``sorted_indices`` ``[B]``, or None where the user's order is the packed one.
        device: Where the rows are.

    Example:
        >>> from_packed(torch.tensor([2, 1]), torch.tensor([1, 0]), torch.device("cpu")).rows.tolist()
        [1, 0, 2]
    """
    count = int(batch_sizes[0]) if len(batch_sizes) else 0
    order = torch.arange(count) if order is None else order.cpu()
    lengths = torch.empty(count, dtype=torch.int64)
    # Sequence k of the packed order is as long as there are steps with more than k sequences.
    lengths[order] = torch.searchsorted(-batch_sizes, -torch.arange(count))
    offsets = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    return _time_major(offsets, order, batch_sizes, device)


def from_offsets(offsets: torch.Tensor, device: torch.device) -> TimeMajor:
    """Pack ragged rows; empty sequences, which torch cannot pack, are left out of `order`.

    Example:
        >>> plan = from_offsets(torch.tensor([0, 1, 1, 3]), torch.device("cpu"))
        >>> plan.order.tolist(), plan.batch_sizes.tolist(), plan.rows.tolist()
        ([2, 0], [2, 1], [1, 0, 2])
    """
    lengths = offsets.diff()
    order = torch.argsort(lengths, descending=True, stable=True)
    order = order[lengths[order] > 0]
    longest = int(lengths.max()) if len(lengths) else 0
    shorter = torch.bincount(lengths, minlength=longest + 1)[:longest].cumsum(0)
    return _time_major(offsets, order, len(lengths) - shorter, device)


def _time_major(
    offsets: torch.Tensor, order: torch.Tensor, batch_sizes: torch.Tensor, device: torch.device
) -> TimeMajor:
    step = torch.arange(len(batch_sizes)).repeat_interleave(batch_sizes)
    place = torch.arange(len(step))
    within = place - (batch_sizes.cumsum(0) - batch_sizes).index_select(0, step)
    rows = offsets[order].index_select(0, within).add_(step)
    places = torch.empty_like(rows).scatter_(0, rows, place)
    return TimeMajor(offsets, order.to(device), batch_sizes, rows.to(device), places.to(device))


def permute(rows: torch.Tensor, taken: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
    """Row n of the result is row ``taken[n]``; `back` is the inverse permutation, by which gradients return.

    The gradient of ``index_select`` adds rows into zeros, for indices may repeat. These do not.
    """
    permuted: torch.Tensor = _Permute.apply(rows, taken, back)  # type: ignore[no-untyped-call]
    return permuted


class _Permute(Function):
    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, taken: torch.Tensor, back: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(taken, back)
        return rows.index_select(0, taken)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        taken, back = ctx.saved_tensors
        return permute(gradient, back, taken), None, None
