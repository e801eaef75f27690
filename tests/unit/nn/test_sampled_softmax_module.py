"""Sampled softmax in torch's autograd, and how negatives are drawn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn.sampled_softmax import Negatives, by_torch, sampled_softmax
from gatewise.ops import native


def make(dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {
        "hidden": torch.randn(30, 5, dtype=dtype, requires_grad=True),
        "weight": torch.randn(40, 5, dtype=dtype, requires_grad=True),
        "bias": torch.randn(40, dtype=dtype, requires_grad=True),
        "targets": torch.randint(0, 12, (30,)),
        "samples": torch.randperm(40)[:16],
        "log_expected": torch.randn(40, dtype=dtype),
    }


# Native in float, twin in double; by_torch sums in float in either.
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_loss_and_gradients_are_those_of_torchs_operators(dtype: torch.dtype) -> None:
    ours, theirs = make(dtype), make(dtype)
    loss, truth = sampled_softmax(**ours), by_torch(**theirs)
    assert loss.dtype == dtype
    assert loss.item() == pytest.approx(truth.item(), rel=1e-6)
    (3 * loss).backward()
    (3 * truth).backward()
    for name in ("hidden", "weight", "bias"):
        grad, expected = ours[name].grad, theirs[name].grad
        assert grad.is_sparse == (name != "hidden")
        torch.testing.assert_close(grad.to_dense(), expected, rtol=0, atol=1e-5 * expected.abs().max().item())


def test_gradients_are_those_of_differences() -> None:
    given = make(torch.float64)
    targets, samples, log_expected = given["targets"], given["samples"], given["log_expected"]

    def loss(hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        dense = (hidden, weight.clone(), bias.clone())
        return sampled_softmax(*dense, targets, samples, log_expected=log_expected)

    inputs = (given["hidden"], given["weight"], given["bias"])
    value = loss(*inputs)
    value.backward()
    step, noise = 1e-6, torch.Generator().manual_seed(1)
    directions = [torch.randn(tensor.shape, dtype=torch.float64, generator=noise) for tensor in inputs]
    with torch.no_grad():
        above = loss(*(tensor + step * way for tensor, way in zip(inputs, directions, strict=True)))
        below = loss(*(tensor - step * way for tensor, way in zip(inputs, directions, strict=True)))
    along = sum((tensor.grad.to_dense() * way).sum().item() for tensor, way in zip(inputs, directions, strict=True))
    assert ((above - below) / (2 * step)).item() == pytest.approx(along, abs=1e-8)


def test_only_wanted_gradients_are_given() -> None:
    given = make()
    frozen = {**given, "weight": given["weight"].detach(), "bias": given["bias"].detach()}
    sampled_softmax(**frozen).backward()
    assert given["hidden"].grad is not None
    with torch.no_grad():
        assert not sampled_softmax(**given).requires_grad


def test_gradients_add_up_over_two_losses() -> None:
    once, twice = make(), make()
    sampled_softmax(**once).backward()
    sampled_softmax(**twice).backward()
    sampled_softmax(**{**twice, "samples": twice["samples"].flip(0)}).backward()
    truth = once["weight"].grad.to_dense()
    torch.testing.assert_close(twice["weight"].grad.to_dense(), 2 * truth, rtol=1e-5, atol=1e-7)


def test_going_back_twice_is_refused() -> None:
    loss = sampled_softmax(**make())
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="handed out once"):
        loss.backward()


def test_no_rows_are_no_loss() -> None:
    given = make()
    empty = {**given, "hidden": torch.zeros(0, 5, requires_grad=True), "targets": given["targets"][:0]}
    loss = sampled_softmax(**empty)
    loss.backward()
    assert loss.item() == by_torch(**{name: tensor.detach() for name, tensor in empty.items()}).item() == 0
    assert not given["weight"].grad.to_dense().any()


def test_bf16_is_near() -> None:
    if not native.has_bf16():
        pytest.skip("no bf16 kernels here")
    assert sampled_softmax(**make(), precision="bf16").item() == pytest.approx(
        sampled_softmax(**make()).item(), rel=0.01
    )


def test_autocast_is_taken_as_it_comes() -> None:
    given = make()
    with torch.autocast("cpu", torch.bfloat16):
        loss = sampled_softmax(**{**given, "hidden": given["hidden"].bfloat16().float().bfloat16()})
    assert loss.dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("targets", torch.zeros(30), "targets is torch.float32"),
        ("samples", torch.tensor([40]), r"samples\[0\] is 40, not from 0 to 39"),
        ("samples", torch.tensor([-1, 2**40]), "samples has words outside the vocabulary"),
        ("weight", torch.zeros(40, 5, dtype=torch.bfloat16), "weight is torch.bfloat16"),
        ("hidden", torch.zeros(30, 6), "hidden is float32"),
    ],
)
def test_impossible_arguments_are_named(name: str, value: torch.Tensor, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        sampled_softmax(**{**make(), name: value})


def test_negatives_are_drawn_as_often_as_they_say() -> None:
    noise, draws = np.random.default_rng(0), 2000
    negatives = Negatives(1000 / np.arange(1, 301), samples=60)
    drawn = [negatives.draw(noise).numpy() for _ in range(draws)]
    assert all(len(set(words.tolist())) == 60 for words in drawn)
    found = np.bincount(np.concatenate(drawn), minlength=300) / draws
    # Standard error of a share of 2000 is at most 0.011, and 300 are looked at.
    np.testing.assert_allclose(np.exp(negatives.log_expected.numpy()), found, atol=0.04)
    assert negatives.log_expected.exp().sum().item() == pytest.approx(60, rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "samples", "message"),
    [
        ([1, 0, 3], 1, "counts are not one number above 0 a word"),
        ([1, np.inf, 3], 1, "counts are not one number above 0 a word"),
        ([1, 2, 3], 3, "samples=3 is not from 1 to below the vocabulary of 3"),
        ([1, 2, 3], 0, "samples=0"),
    ],
)
def test_impossible_draws_are_refused(counts: list[float], samples: int, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Negatives(counts, samples=samples)
