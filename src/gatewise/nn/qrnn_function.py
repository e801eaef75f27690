"""One direction of one quasi-recurrent layer over ragged rows: what torch's autograd sees of `gatewise.ops.qrnn`.

On the CPU torch makes the products and the native core or NumPy all else, sharing every array, in memory that is used
again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gatewise.nn.linear_scan import linear_scan
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.native import memory
from gatewise.ops.qrnn_pool import pool, pool_backward

_DTYPES = (torch.float32, torch.float64)


def read_layer(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    offsets: torch.Tensor,
    *,
    window: int,
    pooling: str,
    reverse: bool = False,
    zoned: torch.Tensor | None = None,
) -> torch.Tensor:
    """`gatewise.ops.qrnn.qrnn` with gradients, for any device; ``zoned`` is uint8."""
    if x.device.type == "cpu" and x.dtype == weight.dtype and x.dtype in _DTYPES:
        hidden: torch.Tensor = _Layer.apply(  # type: ignore[no-untyped-call]
            x, weight, bias, offsets.numpy(), window, {"pooling": pooling, "reverse": reverse}, zoned
        )
        return hidden
    sums = windows(x, offsets, window, reverse=reverse) @ weight.T + bias
    return pool_by_torch(sums, offsets, pooling, reverse, zoned)


def windows(x: torch.Tensor, offsets: torch.Tensor, window: int, *, reverse: bool = False) -> torch.Tensor:
    """What each step of the convolution sees: ``[N, window * I]``, oldest word first, zeros before the beginning."""
    if window == 1:
        return x
    lengths = offsets.diff()
    ends = (offsets[1:] - 1 if reverse else offsets[:-1]).repeat_interleave(lengths)
    here = torch.arange(len(x), device=x.device)
    padded = torch.cat([x, x.new_zeros(1, x.shape[1])])
    places = []
    for back in range(window - 1, -1, -1):
        there = here + back if reverse else here - back
        places.append(torch.where(there <= ends if reverse else there >= ends, there, len(x)))
    return padded.index_select(0, torch.stack(places, 1).flatten()).view(len(x), window * x.shape[1])


def pool_by_torch(
    sums: torch.Tensor, offsets: torch.Tensor, pooling: str, reverse: bool, zoned: torch.Tensor | None
) -> torch.Tensor:
    """`gatewise.ops.qrnn_pool.pool` by operations of torch; the bias is in `sums`."""
    s_z, s_f, *others = sums.chunk(1 + len(pooling), 1)
    z, f = torch.tanh(s_z), torch.sigmoid(s_f)
    if zoned is not None:
        f = f.masked_fill(zoned.bool(), 1.0)
    i = torch.sigmoid(others[1]) if pooling == "ifo" else 1 - f
    cells = linear_scan(f, i * z, offsets, reverse=reverse)
    return torch.sigmoid(others[0]) * cells if others else cells


class _Layer(Function):
    """Inputs: rows, weight, bias, offsets, window, pooling and direction by name, where zoneout is or None."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        offsets: Offsets,
        window: int,
        options: dict[str, Any],
        zoned: torch.Tensor | None,
    ) -> torch.Tensor:
        x, weight, bias = x.detach(), weight.detach(), bias.detach()
        ctx.offsets, ctx.window = offsets, window
        ctx.options = {**options, "zoned": None if zoned is None else zoned.numpy()}
        seen = x if window == 1 else torch.from_numpy(_seen(x.numpy(), offsets, window, options["reverse"]))
        sums = _product(seen, weight.T)
        wanted = any(ctx.needs_input_grad)
        pooled = pool(sums.numpy(), bias.numpy(), offsets, **ctx.options, want_cells=wanted)
        hidden = torch.from_numpy(pooled.hidden)
        if wanted:
            assert pooled.cells is not None
            cells = hidden if pooled.cells is pooled.hidden else torch.from_numpy(pooled.cells)
            ctx.save_for_backward(seen, weight, bias, sums, cells)
        return hidden

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_hidden: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        seen, weight, bias, sums, cells = (tensor.detach() for tensor in ctx.saved_tensors)
        arrays = (sums.numpy(), bias.numpy(), ctx.offsets, cells.numpy(), d_hidden.numpy())
        d_sums, d_bias = (torch.from_numpy(array) for array in pool_backward(*arrays, **ctx.options))
        d_weight = _product(d_sums.T, seen) if ctx.needs_input_grad[1] else None
        d_x = None
        if ctx.needs_input_grad[0]:
            d_x = _product(d_sums, weight)
            if ctx.window > 1:
                d_x = torch.from_numpy(_gathered(d_x.numpy(), ctx.offsets, ctx.window, ctx.options["reverse"]))
        return d_x, d_weight, d_bias, None, None, None, None


def _product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """A product of matrices in memory that is used again, see `gatewise.ops.native.memory`."""
    array = memory.empty((left.shape[0], right.shape[1]), right.numpy().dtype)
    return torch.mm(left, right, out=torch.from_numpy(array))


def _seen(x: Floats, offsets: Offsets, window: int, reverse: bool) -> Floats:
    """`windows` as copies of whole blocks of rows."""
    N, width = x.shape
    seen = memory.empty((N, window * width), x.dtype)
    for back, part, outside in _places(seen, offsets, window, reverse):
        here, there = _halves(N, back, reverse)
        part[here] = x[there]
        part[outside] = 0
    return seen


def _gathered(d_seen: Floats, offsets: Offsets, window: int, reverse: bool) -> Floats:
    """The gradient of the rows from that of `windows`, which is overwritten: the sum over all steps that saw a row."""
    N, width = len(d_seen), d_seen.shape[1] // window
    d_x = memory.empty((N, width), d_seen.dtype)
    for back, part, outside in _places(d_seen, offsets, window, reverse):
        part[outside] = 0
        here, there = _halves(N, back, reverse)
        if back:
            d_x[there] += part[here]
        else:
            d_x[...] = part
    return d_x


def _halves(rows: int, back: int, reverse: bool) -> tuple[slice, slice]:
    """Rows that have one `back` rows before them in the batch, and those rows."""
    late, early = slice(min(back, rows), rows), slice(0, max(rows - back, 0))
    return (early, late) if reverse else (late, early)


def _places(
    seen: Floats, offsets: Offsets, window: int, reverse: bool
) -> list[tuple[int, Floats, np.ndarray[Any, np.dtype[np.int64]]]]:
    """From the newest place of the window to the oldest: how far back, its columns, rows for which it is outside."""
    width, lengths = seen.shape[1] // window, np.diff(offsets)
    found = []
    for back in range(window):
        steps = np.minimum(lengths, back)
        begins = offsets[1:] - steps if reverse else offsets[:-1]
        outside = np.repeat(begins - np.cumsum(steps) + steps, steps) + np.arange(steps.sum())
        place = (window - 1 - back) * width
        found.append((back, seen[:, place : place + width], outside))
    return found
