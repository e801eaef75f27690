"""The norm of a gradient, which may in part be sparse or very large, and its limit."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch

from gatewise.nn.sparse_rows import row_gradient, rows_of


@torch.no_grad()
def clip_gradients(parameters: Iterable[torch.Tensor], limit: float) -> float:
    """Scale all gradients by one factor, so that their joint norm is at most `limit` (Pascanu et al. 2013, 1211.5063).

    What ``torch.nn.utils.clip_grad_norm_`` does, also for gradients of some rows: those become sums by word, because
    the norm of a word that occurs twice in one is not that of its parts.

    Args:
        parameters: On the CPU; their gradients are changed in place, or replaced by one that has each word once.
        limit: Above 0; infinity only measures.

    Returns:
        The norm before. Not finite if a gradient is not; nothing is scaled then. An exploding gradient of finite
        numbers is what clipping is for, however large it is.

    Example:
        >>> weight = torch.zeros(4, 1, requires_grad=True)
        >>> weight.grad = torch.sparse_coo_tensor([[2, 2]], [[1.0], [3.0]], (4, 1), check_invariants=True)
        >>> clip_gradients([weight], 1.0), weight.grad.to_dense()[:, 0].tolist()
        (4.0, [0.0, 0.0, 1.0, 0.0])
    """
    values = [_values(parameter) for parameter in parameters if parameter.grad is not None]
    norm = _norm(values)
    if norm > limit and math.isfinite(norm):
        for flat in values:
            np.multiply(flat, limit / norm, out=flat)
    return norm


@torch.no_grad()
def clip_dense(parameters: Iterable[torch.Tensor], limit: float) -> float:
    """``torch.nn.utils.clip_grad_norm_`` to the bit, but where its norm overflows and it would make all zero.

    There it is `clip_gradients`, to which arguments and result belong; no gradient may be sparse.

    Example:
        >>> weight = torch.zeros(2, requires_grad=True)
        >>> weight.grad = torch.tensor([3e30, 4e30])
        >>> norm = clip_dense([weight], 1.0)
        >>> round(norm / 1e30, 4), [round(value, 4) for value in weight.grad.tolist()]
        (5.0, [0.6, 0.8])
    """
    learning = list(parameters)
    norm = torch.nn.utils.get_total_norm([one.grad for one in learning if one.grad is not None])
    if not math.isfinite(norm):
        return clip_gradients(learning, limit)
    torch.nn.utils.clip_grads_with_norm_(learning, limit, norm)
    return float(norm)


def _norm(values: list[np.ndarray[tuple[int], np.dtype[np.float32]]]) -> float:
    """Joint norm. The squares of numbers above 2e19 are infinite in float32; then float64 measures it."""
    # By BLAS, without a parallel region of torch's for each of them.
    with np.errstate(over="ignore", invalid="ignore"):
        norm = math.sqrt(sum(float(np.dot(flat, flat)) for flat in values))
    if math.isfinite(norm):
        return norm
    return math.sqrt(sum(float(np.square(flat, dtype=np.float64).sum()) for flat in values))


def _values(parameter: torch.Tensor) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """All numbers of a gradient as one row over its own memory."""
    gradient = parameter.grad
    assert gradient is not None
    if gradient.is_sparse:
        words, rows = rows_of(gradient)
        gradient = parameter.grad = row_gradient(words, rows.contiguous(), len(parameter))
    elif not gradient.is_contiguous():
        gradient = parameter.grad = gradient.contiguous()
    return (gradient._values() if gradient.is_sparse else gradient).view(-1).numpy()
