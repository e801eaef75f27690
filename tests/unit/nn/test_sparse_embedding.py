"""The embedding whose gradient is summed by word, against torch's."""

from __future__ import annotations

import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn.sparse_embedding import SparseEmbedding
from gatewise.nn.sparse_rows import adam_on_rows, row_gradient
from gatewise.ops.lazy_adam import AdamSettings


@pytest.mark.parametrize("ids_dtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(0,), (7,), (50, 3)])
def test_rows_and_gradient_are_torchs(shape: tuple[int, ...], dtype: torch.dtype, ids_dtype: torch.dtype) -> None:
    ours, theirs = SparseEmbedding(20, 6).to(dtype), torch.nn.Embedding(20, 6).to(dtype)
    theirs.load_state_dict(ours.state_dict())
    ids, factor = torch.randint(0, 20, shape).to(ids_dtype), torch.randn(*shape, 6, dtype=dtype)
    rows, truth = ours(ids), theirs(ids)
    assert torch.equal(rows, truth)
    (rows * factor).sum().backward()
    (truth * factor).sum().backward()
    assert ours.weight.grad.is_sparse
    assert ours.weight.grad._indices().shape[1] == len(ids.unique())
    torch.testing.assert_close(ours.weight.grad.to_dense(), theirs.weight.grad)


def test_it_begins_as_torchs_embedding() -> None:
    torch.manual_seed(3)
    ours = SparseEmbedding(20, 6)
    torch.manual_seed(3)
    assert torch.equal(ours.weight, torch.nn.Embedding(20, 6).weight)


@pytest.mark.parametrize("ids", [torch.tensor([0, 20]), torch.tensor([-1])])
def test_words_outside_are_refused(ids: torch.Tensor) -> None:
    with pytest.raises(ParameterError, match="not from 0 to 19"):
        SparseEmbedding(20, 6)(ids)


def test_impossible_arguments_are_named() -> None:
    with pytest.raises(ParameterError, match=r"ids is torch\.float32"):
        SparseEmbedding(20, 6)(torch.zeros(3))
    with pytest.raises(ParameterError, match="size=0"):
        SparseEmbedding(20, 0)
    with pytest.raises(ParameterError, match="words=True"):
        SparseEmbedding(True, 3)


def test_rows_that_adam_cannot_change_are_refused() -> None:
    weight = torch.zeros(4, 3, requires_grad=True)
    moments = (torch.zeros(4, 3), torch.zeros(4, 3))
    with pytest.raises(ParameterError, match="no gradient that is dense or of whole rows"):
        adam_on_rows(weight, moments, step=1, settings=AdamSettings())
    apart = torch.zeros(3, 4).T.requires_grad_()
    apart.grad = row_gradient(torch.tensor([1]).numpy(), torch.ones(1, 3), 4)
    with pytest.raises(ParameterError, match="not contiguous memory"):
        adam_on_rows(apart, moments, step=1, settings=AdamSettings())
