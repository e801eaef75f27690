"""An embedding whose gradient has the rows of the words that were looked up, and no others."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gatewise.errors import ParameterError
from gatewise.nn.sparse_rows import row_gradient
from gatewise.ops.native import memory
from gatewise.ops.sum_by_word import sum_by_word


class SparseEmbedding(nn.Module):
    """Rows of a matrix by word, as ``torch.nn.Embedding(..., sparse=True)`` with the same parameter.

    The gradient is summed by word, in the order of the rows, before torch sees it: ``[K, E]`` for K distinct words.

    Args:
        words: V, rows of the matrix.
        size: E, numbers a word.

    Raises:
        ParameterError: Not whole numbers of at least 1.

    Notes:
        Deterministic for any number of threads of the native core. On other devices it is torch's own, with a dense
        gradient.

    Example:
        >>> embedding = SparseEmbedding(9, 2)
        >>> rows = embedding(torch.tensor([4, 1, 4]))
        >>> rows.shape
        torch.Size([3, 2])
        >>> rows.sum().backward()
        >>> embedding.weight.grad.to_dense()[:, 0].tolist()
        [0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0]
    """

    def __init__(self, words: int, size: int) -> None:
        super().__init__()
        for name, value in (("words", words), ("size", size)):
            if type(value) is not int or value < 1:
                raise ParameterError(f"{name}={value!r} is not a whole number of at least 1")
        self.words, self.size = words, size
        self.weight = nn.Parameter(torch.empty(words, size))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all rows from the standard normal distribution, as torch does."""
        nn.init.normal_(self.weight, generator=generator)

    def extra_repr(self) -> str:
        """Words and numbers a word."""
        return f"{self.words}, {self.size}"

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows of words.

        Args:
            ids: Integers of any shape, each from 0 to V - 1.

        Returns:
            ``[*ids.shape, E]``.
        """
        if ids.dtype not in (torch.int32, torch.int64):
            raise ParameterError(f"ids is {ids.dtype}, wanted torch.int32 or torch.int64")
        if ids.device.type != "cpu" or self.weight.device.type != "cpu":
            return functional.embedding(ids, self.weight)
        if ids.numel() and not 0 <= int(ids.min()) <= int(ids.max()) < self.words:
            raise ParameterError(f"ids are from {int(ids.min())} to {int(ids.max())}, not from 0 to {self.words - 1}")
        rows: torch.Tensor = _Lookup.apply(self.weight, ids)  # type: ignore[no-untyped-call]
        return rows


class _Lookup(Function):
    @staticmethod
    def forward(ctx: Any, weight: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(ids)
        ctx.vocabulary = len(weight)
        rows = memory.empty((ids.numel(), weight.shape[1]), weight.detach().numpy().dtype)
        # No parallel region of torch's, which on a machine with other work takes longer; ids were checked.
        np.take(weight.detach().numpy(), ids.reshape(-1).numpy(), axis=0, out=rows, mode="clip")
        return torch.from_numpy(rows).view(*ids.shape, weight.shape[1])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_rows: torch.Tensor) -> tuple[torch.Tensor, None]:
        (ids,) = ctx.saved_tensors
        gradient = d_rows.reshape(-1, d_rows.shape[-1]).numpy()
        words, rows = sum_by_word(ids.reshape(-1).numpy().astype(np.int32, copy=False), gradient, ctx.vocabulary)
        return row_gradient(words, torch.from_numpy(rows), ctx.vocabulary), None
