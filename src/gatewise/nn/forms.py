"""The forms a batch may come in: padded, one sequence, packed or ragged. Within, all of them are ragged rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.nn.utils.rnn import PackedSequence

from gatewise.errors import ParameterError
from gatewise.nn.layer import LayerOutput
from gatewise.nn.time_major import from_packed
from gatewise.ops.checks import check_offsets

Rows = torch.Tensor | PackedSequence


class Gates(NamedTuple):
    """What a direction of a layer did at each step, in the form of the module's output, with H features.

    Attributes:
        input: i, how much of the candidate was written.
        forget: f, how much of the cell was kept.
        candidate: g.
        output: o, how much of the cell was shown.
        cell: c, after the step.
    """

    input: Rows
    forget: Rows
    candidate: Rows
    output: Rows
    cell: Rows


@dataclass(frozen=True)
class Form:
    """A batch as ragged rows, and the way back.

    Attributes:
        rows: ``[N, I]``.
        offsets: ``[B + 1]`` int64 on the CPU.
        restore: From rows ``[N, F]`` to the form the batch came in.
        is_batched: False for one sequence without a dimension for the batch.
    """

    rows: torch.Tensor
    offsets: torch.Tensor
    restore: Callable[[torch.Tensor], Rows]
    is_batched: bool = True

    def gates(self, output: LayerOutput) -> list[Gates]:
        """Recorded gates and cells of a layer, one entry a direction."""
        return [
            Gates(*(self.restore(part) for part in (*gates.chunk(4, dim=1), cells)))
            for gates, cells in zip(output.gates, output.cells, strict=True)
        ]


def open_form(given: Any, offsets: torch.Tensor | None, *, width: int, batch_first: bool) -> Form:
    """Find out in which form a batch comes.

    Args:
        given: ``[T, B, I]``, with `batch_first` ``[B, T, I]``; ``[T, I]``; a ``PackedSequence``; or ragged ``[N, I]``.
        offsets: ``[B + 1]`` int64 when `given` is ragged, else None.
        width: I.
        batch_first: See above.

    Raises:
        ParameterError: It is none of these.

    Notes:
        Batch-first and ragged rows are not copied, the others are permuted once.
    """
    tensor = given.data if isinstance(given, PackedSequence) else given
    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        kind = f"a tensor of {tensor.dtype}" if isinstance(tensor, torch.Tensor) else f"a {type(given).__name__}"
        raise ParameterError(f"input is {kind}, wanted a tensor of floats or a PackedSequence")
    if tensor.dim() not in (2, 3) or tensor.shape[-1] != width:
        raise ParameterError(
            f"input is {list(tensor.shape)}, wanted 2 or 3 dimensions, the last of them input_size={width}"
        )
    if isinstance(given, PackedSequence):
        if offsets is not None:
            raise ParameterError("offsets go with ragged rows; a PackedSequence knows its lengths")
        return _packed(given)
    if offsets is not None:
        return _ragged(given, offsets)
    return _padded(given, batch_first) if given.dim() == 3 else _single(given)


def _ragged(rows: torch.Tensor, offsets: torch.Tensor) -> Form:
    if rows.dim() != 2:
        raise ParameterError(f"with offsets the input is ragged rows [N, I], not {list(rows.shape)}")
    if not isinstance(offsets, torch.Tensor):
        raise ParameterError(f"offsets is a {type(offsets).__name__}, wanted an int64 tensor [B + 1]")
    # A copy, for the way back needs them as they are now.
    offsets = offsets.to("cpu", copy=True)
    check_offsets(offsets.numpy(), len(rows))
    return Form(rows, offsets, lambda result: result)


def _single(rows: torch.Tensor) -> Form:
    return Form(rows, torch.tensor([0, len(rows)]), lambda result: result, is_batched=False)


def _padded(grid: torch.Tensor, batch_first: bool) -> Form:
    by_sequence = grid if batch_first else grid.transpose(0, 1)
    count, length, width = by_sequence.shape

    def restore(rows: torch.Tensor) -> torch.Tensor:
        result = rows.view(count, length, rows.shape[1])
        # As torch's: who reads time-major output may rely on its being contiguous.
        return result if batch_first else result.transpose(0, 1).contiguous()

    offsets = torch.arange(count + 1) * length
    return Form(by_sequence.reshape(count * length, width), offsets, restore)


def _packed(packed: PackedSequence) -> Form:
    data, batch_sizes, sorted_indices, unsorted_indices = packed
    plan = from_packed(batch_sizes, sorted_indices, data.device)

    def restore(rows: torch.Tensor) -> PackedSequence:
        return PackedSequence(plan.to_packed(rows), batch_sizes, sorted_indices, unsorted_indices)

    return Form(plan.to_ragged(data), plan.offsets, restore)
