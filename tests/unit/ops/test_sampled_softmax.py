"""Sampled softmax: the native core against its twin in float64, the twin against torch and finite differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.sampled_softmax import SoftmaxInputs, sampled_softmax, twin_sampled_softmax

needs_native = pytest.mark.skipif(not native.is_available(), reason="no native core here")
# N, F, V, S: one of each, none of some, no multiples of lanes or tiles, more rows than a task has, all words sampled.
SHAPES = [
    (1, 1, 2, 1),
    (0, 3, 9, 4),
    (5, 7, 9, 0),
    (97, 33, 700, 130),
    (193, 16, 999, 257),
    (13, 100, 60, 60),
    (4, 1, 3000, 2500),
]


def make(shape: tuple[int, int, int, int], *, size: float = 1.0, dtype: type = np.float32) -> SoftmaxInputs:
    N, F, V, S = shape
    noise = np.random.default_rng(N + F)
    return SoftmaxInputs(
        (size * noise.standard_normal((N, F))).astype(dtype),
        noise.standard_normal((V, F)).astype(dtype),
        noise.standard_normal(V).astype(dtype),
        (V * noise.random(N) ** 3).astype(np.int32),  # some words are the target of many rows
        noise.permutation(V)[:S].astype(np.int32),
        noise.standard_normal(V).astype(dtype),
        scale=0.25,
        precision="fp32",
    )


def double(inputs: SoftmaxInputs) -> SoftmaxInputs:
    arrays = ("hidden", "weight", "bias", "log_expected")
    return replace(inputs, **{name: getattr(inputs, name).astype(np.float64) for name in arrays})


def call(inputs: SoftmaxInputs, **options: Any) -> Any:
    given = (inputs.hidden, inputs.weight, inputs.bias, inputs.targets, inputs.samples)
    settings = {"log_expected": inputs.log_expected, "scale": inputs.scale, "precision": inputs.precision}
    return sampled_softmax(*given, **{**settings, **options})


def to_bf16(array: np.ndarray) -> np.ndarray:
    return torch.from_numpy(np.asarray(array, np.float32)).bfloat16().to(torch.float64).numpy()


def assert_close(got: Any, expected: Any, *, loss: float, gradients: float) -> None:
    assert got[0] == pytest.approx(expected[0], rel=loss)
    np.testing.assert_array_equal(got[1].words, expected[1].words)
    for name in ("d_hidden", "d_weight", "d_bias"):
        own, truth = getattr(got[1], name), getattr(expected[1], name)
        assert own.shape == truth.shape
        np.testing.assert_allclose(own, truth, rtol=0, atol=gradients * np.abs(truth).max(initial=0))


@pytest.fixture(params=native.isas() or ["none"])
def kernels(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "none":
        pytest.skip("no native core here")
    before = native.isa()
    native.use_isa(request.param)
    yield request.param
    native.use_isa(before)


@pytest.mark.parametrize("shape", SHAPES)
def test_native_agrees_with_the_twin_in_doubles(kernels: str, shape: tuple[int, int, int, int]) -> None:
    inputs = make(shape)
    # A float has 24 bits; logits of about 10 leave 1e-6 to their exponentials.
    assert_close(call(inputs), twin_sampled_softmax(double(inputs)), loss=1e-6, gradients=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_bf16_agrees_with_the_twin_whose_factors_are_rounded(shape: tuple[int, int, int, int]) -> None:
    if not native.has_bf16():
        pytest.skip("no bf16 kernels here")
    inputs = replace(make(shape), precision="bf16")
    expected = twin_sampled_softmax(double(inputs), factor=to_bf16)
    # The same factors, but for odds so near the middle of two numbers that float and double round them apart: by 2^-8,
    # and one of them may be most of an entry.
    assert_close(call(inputs), expected, loss=1e-6, gradients=2**-8)


@needs_native
def test_the_number_of_threads_changes_no_bit() -> None:
    before = native.threads()
    for precision in ["fp32", "bf16"][: 1 + native.has_bf16()]:
        results = []
        for threads in (1, 2, 4, 8):
            native.use_threads(threads)
            results.append(call(make((700, 19, 3000, 500)), precision=precision))
        native.use_threads(before)
        for loss, gradients in results:
            assert loss == results[0][0]
            for name in ("d_hidden", "d_weight", "d_bias", "words"):
                np.testing.assert_array_equal(getattr(gradients, name), getattr(results[0][1], name))


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[0]])
def test_the_twin_is_torchs_cross_entropy(shape: tuple[int, int, int, int]) -> None:
    inputs = make(shape, dtype=np.float64)
    h, W, b = (torch.from_numpy(a.copy()).requires_grad_() for a in (inputs.hidden, inputs.weight, inputs.bias))
    targets, samples = torch.from_numpy(inputs.targets).long(), torch.from_numpy(inputs.samples).long()
    offset = b - torch.from_numpy(inputs.log_expected)
    z = h @ W.T + offset
    others = z[:, samples].masked_fill(targets[:, None] == samples, -torch.inf)
    logits = torch.cat([z.gather(1, targets[:, None]), others], 1)
    loss = torch.nn.functional.cross_entropy(logits, torch.zeros(len(h), dtype=torch.int64), reduction="sum")
    (inputs.scale * loss).backward()
    got, gradients = call(inputs)
    assert got == pytest.approx(loss.item(), rel=1e-12, abs=1e-12)
    dense = np.zeros_like(inputs.weight)
    dense[gradients.words] = gradients.d_weight
    for own, truth in ((gradients.d_hidden, h.grad), (dense, W.grad)):
        np.testing.assert_allclose(own, truth.numpy(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gradients.d_bias, b.grad.numpy()[gradients.words], rtol=1e-9, atol=1e-12)


def test_the_twins_gradients_are_differences_of_its_loss() -> None:
    inputs = replace(make((4, 3, 8, 5), dtype=np.float64), scale=1.0)
    _, gradients = call(inputs)
    dense = np.zeros_like(inputs.weight)
    dense[gradients.words] = gradients.d_weight
    step = 1e-6
    for array, own in ((inputs.hidden, gradients.d_hidden), (inputs.weight, dense)):
        for place in np.ndindex(*array.shape):
            before = array[place]
            array[place] = before + step
            above, _ = call(inputs)
            array[place] = before - step
            below, _ = call(inputs)
            array[place] = before
            assert (above - below) / (2 * step) == pytest.approx(own[place], abs=1e-8)


def test_all_words_as_samples_is_the_exact_softmax() -> None:
    inputs = make((20, 6, 30, 0))
    everything = np.arange(30, dtype=np.int32)
    loss, _ = call(replace(inputs, samples=everything), log_expected=None)
    logits = inputs.hidden @ inputs.weight.T + inputs.bias
    truth = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(inputs.targets).long(), reduction="sum"
    )
    assert loss == pytest.approx(truth.item(), rel=1e-6)


@needs_native
@pytest.mark.parametrize("size", [30.0, 1e4])
def test_logits_far_above_the_targets_are_no_overflow(size: float) -> None:
    inputs = make((50, 9, 80, 33), size=size)
    # A logit of 10^4 is known to 10^-3 in float, and so is its exponential.
    assert_close(call(inputs), twin_sampled_softmax(double(inputs)), loss=1e-6, gradients=1e-5 * max(1, size / 30))


@needs_native
def test_what_is_no_number_stays_seen() -> None:
    inputs = make((6, 4, 30, 9))
    inputs.hidden[3, 1] = np.nan
    loss, gradients = call(inputs)
    assert np.isnan(loss)
    assert np.isnan(gradients.d_hidden[3]).all()
    assert np.isfinite(np.delete(gradients.d_hidden, 3, 0)).all()


@needs_native
def test_strided_hidden_states_are_read_where_they_lie() -> None:
    inputs = make((9, 4, 30, 9))
    wide = np.full((9, 11), 77, np.float32)
    wide[:, 3:7] = inputs.hidden
    for view in (wide[:, 3:7], np.asfortranarray(inputs.hidden)):
        loss, gradients = call(replace(inputs, hidden=view))
        assert loss == call(inputs)[0]
        np.testing.assert_array_equal(gradients.d_hidden, call(inputs)[1].d_hidden)


@needs_native
def test_loss_alone_is_the_same_loss() -> None:
    loss, gradients = call(make((97, 33, 700, 130)), want_gradients=False)
    assert gradients is None
    assert loss == call(make((97, 33, 700, 130)))[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"targets": np.array([9, 0], np.int32)}, r"targets\[0\] is 9, not from 0 to 8"),
        ({"samples": np.array([1, -1], np.int32)}, r"samples\[1\] is -1"),
        ({"samples": np.array([1, 1], np.int32)}, "samples has a word twice"),
        ({"targets": np.array([1], np.int32)}, "targets are 1, wanted one a row of hidden, 2"),
        ({"bias": np.zeros(8)}, "bias is float64"),
        ({"scale": np.inf}, "scale=inf is not a finite number"),
        ({"precision": "fp16"}, "precision='fp16' is neither"),
        ({"weight": np.zeros((0, 3))}, "weight of 0 words and 3 features is empty"),
    ],
)
def test_impossible_arguments_are_named(change: dict[str, Any], message: str, dtype: type) -> None:
    with pytest.raises(ParameterError, match=message):
        call(replace(make((2, 3, 9, 2), dtype=dtype), **change))


def test_bf16_is_refused_in_doubles() -> None:
    with pytest.raises(ParameterError, match="the weights are float64"):
        call(replace(make((2, 3, 9, 2), dtype=np.float64), precision="bf16"))
