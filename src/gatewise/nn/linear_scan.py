"""The recurrence c_t = f_t * c_{t-1} + u_t over ragged rows by operations of torch alone, for any device and dtype."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def linear_scan(
    forget: torch.Tensor, update: torch.Tensor, offsets: torch.Tensor, *, reverse: bool = False
) -> torch.Tensor:
    """See `gatewise.ops.linear_scan`; any device, with gradients.

    Two steps in a row are a step of the same kind: c_{t+1} = (f_{t+1} f_t) c_{t-1} + (f_{t+1} u_t + u_{t+1}). So steps
    are joined to 2, 4, 8 ..., until they are as long as the longest sequence (Hillis and Steele 1986, Communications of
    the ACM 29(12)). f = 0 before the beginning keeps sequences apart.

    Args:
        forget: ``[N, H]``: f.
        update: ``[N, H]``: u.
        offsets: ``[B + 1]`` int64.
        reverse: Begin at each sequence's own last row.

    Returns:
        ``[N, H]``.

    Notes:
        O(N H log T) for a longest sequence of T rows, in log T passes over all rows.

    Example:
        >>> half, one = torch.full((4, 1), 0.5), torch.ones(4, 1)
        >>> linear_scan(half, one, torch.tensor([0, 3, 4]))[:, 0].tolist()
        [1.0, 1.5, 1.75, 1.0]
    """
    if reverse:
        turned = offsets[-1] - offsets.flip(0)
        return linear_scan(forget.flip(0), update.flip(0), turned).flip(0)
    lengths = offsets.diff()
    result: torch.Tensor = _Scan.apply(  # type: ignore[no-untyped-call]
        forget.masked_fill(_at(len(forget), offsets[:-1][lengths > 0]), 0.0),
        update,
        int(lengths.max()) if len(lengths) else 0,
    )
    return result


def _at(rows: int, places: torch.Tensor) -> torch.Tensor:
    """``[N, 1]``, true at `places`."""
    return torch.zeros(rows, 1, dtype=torch.bool, device=places.device).index_fill_(0, places, True)


def _doubled(f: torch.Tensor, c: torch.Tensor, longest: int) -> torch.Tensor:
    """The scan over all rows as one sequence, no more than `longest` steps back."""
    steps = 1
    while steps < longest:
        c = torch.cat([c[:steps], torch.addcmul(c[steps:], f[steps:], c[:-steps])])
        f = torch.cat([torch.zeros_like(f[:steps]), f[steps:] * f[:-steps]])
        steps *= 2
    return c


class _Scan(Function):
    """Inputs: f, 0 where a sequence begins; u; length of the longest sequence."""

    @staticmethod
    def forward(ctx: Any, forget: torch.Tensor, update: torch.Tensor, longest: int) -> torch.Tensor:
        cells = _doubled(forget, update, longest)
        ctx.save_for_backward(forget, cells)
        ctx.longest = longest
        return cells

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_cells: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        forget, cells = ctx.saved_tensors
        # e_t = d_t + f_{t+1} e_{t+1}: the same scan from the other end.
        later = torch.cat([forget[1:], torch.zeros_like(forget[:1])])
        d_update = _doubled(later.flip(0), d_cells.flip(0), ctx.longest).flip(0)
        before = torch.cat([torch.zeros_like(cells[:1]), cells[:-1]])
        return d_update * before, d_update, None
