"""The time axis of a Grid LSTM: the walk over the steps, and by hand the way back.

Autograd through every step would make each matrix' gradient anew at each step. Here the gradient of the sums W H + b is
kept for all rows and the matrix' gradient is one product at the end, which takes about half of the time.

With z = g_o * m' and h' = tanh(z), letters as in `gatewise.ops.grid_lstm`, and dh, dm what comes back to h', m':

    dm  += dh (1 - h'^2) g_o
    d u  = dm g_c g_u (1 - g_u)          d f = dm m g_f (1 - g_f)          d c = dm g_u (1 - g_c^2)
    d o  = dh (1 - h'^2) m' g_o (1 - g_o)
    dm of the step before = dm g_f       dh of the step before += W^T [d u; d f; d o; d c]
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


def walk_time(projected: torch.Tensor, weight: torch.Tensor, active: list[int]) -> torch.Tensor:
    """Hidden vectors of the time axis.

    Args:
        projected: ``[N, 4H]`` rows regrouped by step, see `gatewise.ops.scan`: what the sums W H + b owe to all but
            the step before.
        weight: ``[4H, H]``, of the hidden vector of the step before.
        active: Sequences that have a row at each step; never rises.

    Returns:
        ``[N, H]``, in the same order.

    Example:
        >>> walk_time(torch.zeros(3, 8), torch.zeros(8, 2), [2, 1]).shape
        torch.Size([3, 2])
    """
    hidden: torch.Tensor = _Walk.apply(projected, weight, active)  # type: ignore[no-untyped-call]
    return hidden


class _Walk(Function):
    @staticmethod
    def forward(ctx: Any, projected: torch.Tensor, weight: torch.Tensor, active: list[int]) -> torch.Tensor:
        width = weight.shape[1]
        gates, h = torch.empty_like(projected), projected.new_empty(len(projected), width)
        m, kept = torch.empty_like(h), torch.zeros_like(h)
        before, begin = 0, 0
        for count in active:
            now, sums = slice(begin, begin + count), gates[begin : begin + count]
            if begin:
                torch.addmm(projected[now], h[before : before + count], weight.T, out=sums)
            else:
                sums.copy_(projected[now])
            sums[:, : 3 * width].sigmoid_()
            sums[:, 3 * width :].tanh_()
            g_u, g_f, g_o, g_c = sums.chunk(4, 1)
            if begin:
                kept[now] = m[before : before + count]
            torch.addcmul(g_f * kept[now], g_u, g_c, out=m[now])
            torch.mul(g_o, m[now], out=h[now]).tanh_()
            before, begin = begin, begin + count
        ctx.active = active
        ctx.save_for_backward(weight, gates, h, m, kept)
        return h

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dh_all: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        weight, gates, h, m, kept = ctx.saved_tensors
        width, active = weight.shape[1], ctx.active
        memory_slope, slopes = _slopes(gates, h, m, kept)
        forget = gates[:, width : 2 * width]
        d_sums, end = torch.empty_like(gates), len(gates)
        dh, dm = dh_all.new_zeros(0, width), dh_all.new_zeros(0, width)
        for count in reversed(active):
            now = slice(end - count, end)
            step, given = d_sums[now].view(count, 4, width), dh_all[now].clone()
            given[: len(dh)] += dh
            grown = given * memory_slope[now]
            grown[: len(dm)] += dm
            slope = slopes[now].view(count, 4, width)
            torch.mul(slope, grown.unsqueeze(1), out=step)
            torch.mul(slope[:, 2], given, out=step[:, 2])
            dm = grown.mul_(forget[now])
            dh = d_sums[now] @ weight
            end -= count
        return d_sums, _weight_gradient(d_sums, h, active), None


def _slopes(
    gates: torch.Tensor, h: torch.Tensor, m: torch.Tensor, kept: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """By how much m' moves with h', ``[N, H]``, and the sums with m' or, for the output gate, h', ``[N, 4H]``."""
    width = h.shape[1]
    g_u, _, g_o, g_c = gates.chunk(4, 1)
    steep = 1 - h * h
    slopes = torch.empty_like(gates)
    sigmoids = gates[:, : 3 * width]
    torch.addcmul(sigmoids, sigmoids, sigmoids, value=-1, out=slopes[:, : 3 * width])
    slopes[:, :width] *= g_c
    slopes[:, width : 2 * width] *= kept
    slopes[:, 2 * width : 3 * width] *= m * steep
    torch.addcmul(g_u, g_u, g_c * g_c, value=-1, out=slopes[:, 3 * width :])
    return steep * g_o, slopes


def _weight_gradient(d_sums: torch.Tensor, h: torch.Tensor, active: list[int]) -> torch.Tensor:
    """The sum over all steps but the first of d_sums^T h, with h of the step before."""
    if len(active) < 2:
        return d_sums.new_zeros(d_sums.shape[1], h.shape[1])
    counts = torch.tensor(active, device=h.device)
    # A sequence's row at a step stands as far from its row at the step before as that step is long.
    rows = torch.arange(active[0], len(h), device=h.device)
    return d_sums[active[0] :].T @ h.index_select(0, rows - counts[:-1].repeat_interleave(counts[1:]))
