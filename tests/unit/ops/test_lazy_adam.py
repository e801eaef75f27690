"""Lazy Adam and sums by word: the native core against the twin, the twin against torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.lazy_adam import AdamRows, AdamSettings, lazy_adam, twin_lazy_adam
from gatewise.ops.sum_by_word import sum_by_word, twin_sum_by_word

needs_native = pytest.mark.skipif(not native.is_available(), reason="no native core here")
SETTINGS = AdamSettings(rate=0.01, beta1=0.8, beta2=0.97, epsilon=1e-6, decay=0.1)


def make(words: int, features: int, dtype: type = np.float32) -> AdamRows:
    noise = np.random.default_rng(words)
    return AdamRows(
        noise.standard_normal((words, features)).astype(dtype),
        noise.standard_normal((words, features)).astype(dtype),
        noise.random((words, features)).astype(dtype),
    )


def some(words: int, features: int, dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(features)
    chosen = np.sort(noise.permutation(words)[: words // 3]).astype(np.int32)
    return chosen, noise.standard_normal((len(chosen), features)).astype(dtype)


@needs_native
@pytest.mark.parametrize("isa", native.isas())
@pytest.mark.parametrize("shape", [(3, 1), (500, 37), (4000, 1), (90, 300)])
def test_native_agrees_with_the_twin_in_doubles(isa: str, shape: tuple[int, int]) -> None:
    before = native.isa()
    native.use_isa(isa)
    rows, truth = make(*shape), make(*shape)
    exact = AdamRows(*(array.astype(np.float64) for array in (truth.weight, truth.m, truth.v)))
    words, gradient = some(*shape)
    for step in (1, 2, 1000):
        lazy_adam(rows, words, gradient, step=step, settings=SETTINGS)
        lazy_adam(exact, words, gradient.astype(np.float64), step=step, settings=SETTINGS)
    native.use_isa(before)
    for name in ("weight", "m", "v"):
        # Three roundings a number of size 1, three times; betas themselves are rounded to float.
        np.testing.assert_allclose(getattr(rows, name), getattr(exact, name), rtol=0, atol=3e-6)
        rest = np.delete(getattr(rows, name), words, 0)
        np.testing.assert_array_equal(rest, np.delete(getattr(truth, name), words, 0))


@needs_native
def test_all_kernels_and_threads_give_the_same_bits() -> None:
    isa, threads, results = native.isa(), native.threads(), []
    for name in native.isas():
        native.use_isa(name)
        for count in (1, 2, 8):
            native.use_threads(count)
            rows = make(700, 65)
            lazy_adam(rows, *some(700, 65), step=3, settings=SETTINGS)
            results.append(rows)
    native.use_isa(isa)
    native.use_threads(threads)
    for rows in results:
        for name in ("weight", "m", "v"):
            np.testing.assert_array_equal(getattr(rows, name), getattr(results[0], name))


def test_the_twin_is_torchs_adamw_where_every_row_is_met() -> None:
    weight = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    options = {"lr": 0.01, "betas": (0.8, 0.97), "eps": 1e-6, "weight_decay": 0.1}
    optimizer = torch.optim.AdamW([weight], **options)
    rows = AdamRows(weight.detach().numpy().copy(), np.zeros((7, 3)), np.zeros((7, 3)))
    for step in range(1, 6):
        weight.grad = torch.randn(7, 3, dtype=torch.float64)
        twin_lazy_adam(rows, np.arange(7, dtype=np.int32), weight.grad.numpy(), step, SETTINGS)
        optimizer.step()
    np.testing.assert_allclose(rows.weight, weight.detach().numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_words_change_nothing(dtype: type) -> None:
    rows = make(5, 3, dtype)
    lazy_adam(rows, np.zeros(0, np.int32), np.zeros((0, 3), dtype), step=1, settings=SETTINGS)
    np.testing.assert_array_equal(rows.weight, make(5, 3, dtype).weight)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": np.array([0, 5], np.int32)}, r"words\[1\] is 5, not from 0 to 4"),
        ({"words": np.array([1, 1], np.int32)}, "words has a row twice"),
        ({"gradient": np.zeros((2, 4), np.float32)}, r"gradient is float32 \[2, 4\], wanted float32 \[2, 3\]"),
        ({"step": 0}, "step=0 is below 1"),
    ],
)
def test_impossible_arguments_are_named(change: dict[str, Any], message: str) -> None:
    given = {"words": np.array([0, 1], np.int32), "gradient": np.zeros((2, 3), np.float32), "step": 1, **change}
    with pytest.raises(ParameterError, match=message):
        lazy_adam(make(5, 3), settings=SETTINGS, **given)


@pytest.mark.parametrize("name", ["rate", "beta1", "beta2", "epsilon", "decay"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_impossible_settings_are_named(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=f"{name}={value}"):
        AdamSettings(**{name: value})


def test_rows_that_cannot_be_changed_in_place_are_refused() -> None:
    array, frozen = np.zeros((4, 6)), np.zeros((4, 6))
    frozen.flags.writeable = False
    for bad in (np.zeros((4, 12))[:, ::2], np.zeros((4, 12))[:, :6], frozen, np.zeros((3, 6))):
        with pytest.raises(ParameterError, match=r"^m "):
            AdamRows(array, bad, array)


@needs_native
@pytest.mark.parametrize(("rows", "features", "vocabulary"), [(0, 3, 5), (1, 1, 1), (1000, 70, 50), (300, 5, 10**6)])
def test_sums_by_word_are_the_twins(rows: int, features: int, vocabulary: int) -> None:
    noise = np.random.default_rng(rows)
    ids = (vocabulary * noise.random(rows) ** 3).astype(np.int32)
    gradient = noise.standard_normal((rows, features + 2)).astype(np.float32)[:, :features]
    words, sums = sum_by_word(ids, gradient, vocabulary)
    truth_words, truth = twin_sum_by_word(ids, gradient)
    np.testing.assert_array_equal(words, truth_words)
    np.testing.assert_array_equal(sums, truth)  # both add in the order of the rows


def test_sums_by_word_refuse_words_outside() -> None:
    with pytest.raises(ParameterError, match=r"ids\[0\] is 3, not from 0 to 2"):
        sum_by_word(np.array([3], np.int32), np.zeros((1, 2), np.float32), 3)
