"""Gradients that have some rows of a parameter and no others: how torch sees them, and a step of Adam by them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.ops.lazy_adam import AdamRows
from gatewise.ops.lazy_adam import AdamSettings as AdamSettings
from gatewise.ops.lazy_adam import lazy_adam as lazy_adam_of_arrays
from gatewise.ops.sum_by_word import sum_by_word


def row_gradient(words: npt.NDArray[np.int32], rows: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """A sparse gradient of a parameter ``[V, ...]``.

    Args:
        words: ``[K]`` rising.
        rows: ``[K, ...]``, gradients of these words.
        vocabulary: V.

    Example:
        >>> row_gradient(np.array([1, 3], np.int32), torch.ones(2, 1), 4).to_dense()[:, 0].tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    indices = torch.from_numpy(words.astype(np.int64))[None]
    size = (vocabulary, *rows.shape[1:])
    return torch.sparse_coo_tensor(indices, rows, size, check_invariants=False, is_coalesced=True)


def adam_on_rows(
    parameter: torch.Tensor, moments: tuple[torch.Tensor, torch.Tensor], *, step: int, settings: AdamSettings
) -> None:
    """One step of Adam on the rows that the parameter's gradient has; see `gatewise.ops.lazy_adam`.

    Args:
        parameter: On the CPU and contiguous, with a gradient that is dense or of whole rows; changed in place.
        moments: First and second, shaped as the parameter; changed in place.
        step: 1 for the first.
        settings: How far the step goes.

    Raises:
        ParameterError: A parameter or gradient that is otherwise.
    """
    gradient = parameter.grad
    if gradient is None or (gradient.is_sparse and gradient.sparse_dim() != 1):
        raise ParameterError("a parameter has no gradient that is dense or of whole rows")
    if parameter.device.type != "cpu" or not parameter.is_contiguous():
        raise ParameterError(f"a parameter on {parameter.device} is not contiguous memory of the CPU")
    # A vector with a dense gradient is one row: the shortest way to go over it.
    count = len(parameter) if gradient.is_sparse or parameter.dim() > 1 else 1
    words, rows = rows_of(gradient) if gradient.is_sparse else (np.arange(count, dtype=np.int32), gradient)
    arrays = (_matrix(tensor.detach(), count) for tensor in (parameter, *moments))
    lazy_adam_of_arrays(AdamRows(*arrays), words, _matrix(rows, len(words)), step=step, settings=settings)


def rows_of(gradient: torch.Tensor) -> tuple[npt.NDArray[np.int32], torch.Tensor]:
    """The words a sparse gradient has, ``[K]`` int32 and distinct, and their gradients ``[K, ...]``.

    A parameter used twice, such as the vectors of words that are read and told, has the rows of both uses one after the
    other: they are summed by word, in that order. To let torch do so (``coalesce``) takes ten times as long.

    Example:
        >>> twice = torch.sparse_coo_tensor([[3, 1, 3]], torch.tensor([1.0, 2.0, 3.0]), (4,), check_invariants=True)
        >>> words, rows = rows_of(twice)
        >>> words.tolist(), rows.tolist()
        ([1, 3], [2.0, 4.0])
    """
    words = gradient._indices()[0].numpy().astype(np.int32)
    rows = gradient._values()
    # Torch forgets that a gradient has each word once.
    if gradient.is_coalesced() or np.all(words[1:] > words[:-1]):
        return words, rows
    words, sums = sum_by_word(words, _matrix(rows, len(words)), gradient.shape[0])
    return words, torch.from_numpy(sums).view(len(words), *rows.shape[1:])


def _matrix(tensor: torch.Tensor, rows: int) -> Floats:
    """So many rows; of a contiguous tensor its own memory."""
    array: Floats = tensor.reshape(rows, -1 if tensor.numel() else 1).numpy()
    return array
