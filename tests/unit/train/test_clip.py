"""Clipping: what torch does for dense gradients, also where some are of rows."""

from __future__ import annotations

import math

import pytest
import torch

from gatewise.train.clip import clip_dense, clip_gradients


def parameters() -> list[torch.Tensor]:
    """A dense gradient, a sparse one whose words occur twice, a sparse vector, and a parameter without any."""
    torch.manual_seed(0)
    dense, rows, vector, none = (torch.zeros(shape) for shape in ((3, 4), (9, 2), (9,), (2,)))
    dense.grad = torch.randn(3, 4)
    first, second = torch.randn(3, 2), torch.randn(2, 2)
    sparse = [
        torch.sparse_coo_tensor([words], values, (9, 2), check_invariants=True)
        for words, values in (([1, 4, 8], first), ([0, 4], second))
    ]
    rows.grad = sparse[0] + sparse[1]
    vector.grad = torch.sparse_coo_tensor([[2, 5]], torch.randn(2), (9,), check_invariants=True)
    return [dense, rows, vector, none]


def dense_copies() -> list[torch.Tensor]:
    copies = []
    for parameter in parameters()[:3]:
        copy = torch.zeros_like(parameter)
        copy.grad = parameter.grad.to_dense().clone()
        copies.append(copy)
    return copies


# Each with gradients it takes.
BOTH = [(clip_gradients, parameters), (clip_dense, dense_copies)]


@pytest.mark.parametrize("limit", [0.1, 1.0, 100.0, math.inf])
def test_it_scales_as_torch_does(limit):
    ours, theirs = parameters(), dense_copies()
    norm = clip_gradients(ours, limit)
    # Torch adds 1e-6 to the norm before it divides.
    assert norm == pytest.approx(torch.nn.utils.clip_grad_norm_(theirs, limit).item(), rel=1e-6)
    for own, other in zip(ours, theirs, strict=False):
        torch.testing.assert_close(own.grad.to_dense(), other.grad, rtol=1e-4, atol=1e-7)


def test_sparse_gradients_stay_sparse_with_each_word_once():
    given = parameters()
    clip_gradients(given, 1.0)
    assert given[1].grad.is_sparse
    assert given[1].grad._indices().tolist() == [[0, 1, 4, 8]]
    assert given[2].grad.is_sparse


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize(("clip", "made"), BOTH)
def test_a_gradient_that_is_not_finite_is_told_and_left(wrong, clip, made):
    given = made()
    given[0].grad[0, 0] = wrong
    before = given[2].grad.to_dense().clone()
    assert not math.isfinite(clip(given, 1.0))
    assert torch.equal(given[2].grad.to_dense(), before)


@pytest.mark.parametrize(("clip", "made"), BOTH)
def test_a_gradient_whose_squares_overflow_keeps_its_direction(clip, made):
    large, small = made(), made()
    for parameter in large[:3]:
        parameter.grad *= 1e25
    assert clip(large, 0.5) == pytest.approx(1e25 * clip(small, 0.5), rel=1e-5)
    for own, other in zip(large[:3], small[:3], strict=True):
        torch.testing.assert_close(own.grad.to_dense(), other.grad.to_dense(), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("limit", [0.1, 100.0, math.inf])
def test_dense_gradients_are_clipped_as_by_torch_to_the_bit(limit):
    ours, theirs = dense_copies(), dense_copies()
    assert clip_dense(ours, limit) == torch.nn.utils.clip_grad_norm_(theirs, limit).item()
    assert all(torch.equal(own.grad, other.grad) for own, other in zip(ours, theirs, strict=True))
