"""The pooling of quasi-recurrent layers: the native core against the twin, and what holds to the last bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.qrnn import qrnn, windows
from gatewise.ops.qrnn_pool import pool, pool_backward, pool_step

needs_native = pytest.mark.skipif(not native.is_available(), reason="no native core here")
POOLINGS = ["f", "fo", "ifo"]
# Several tasks of rows, with empty sequences, single rows and one long sequence among them.
LENGTHS = [3, 0, 600, 1, 0, 40, 500, 2, 30, 0]


def offsets_of(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


class Case:
    """Sums of a batch, a bias, zoneout and the gradient that the hidden states are given."""

    def __init__(self, lengths: list[int], units: int, pooling: str, *, zones: bool = False, size: float = 2.0) -> None:
        random, self.offsets = np.random.default_rng(units), offsets_of(lengths)
        rows, width = int(self.offsets[-1]), (1 + len(pooling)) * units
        self.sums = random.normal(size=(rows, width)).astype(np.float32) * np.float32(size)
        self.bias = random.normal(size=width).astype(np.float32)
        self.d_hidden = random.normal(size=(rows, units)).astype(np.float32)
        zoned = (random.random((rows, units)) < 0.3).astype(np.uint8) if zones else None
        self.options: dict[str, Any] = {"pooling": pooling, "zoned": zoned}

    def run(self, dtype: type = np.float32, **options: Any) -> dict[str, np.ndarray]:
        """Everything that forwards and backwards give, by name."""
        sums, bias, d_hidden = (array.astype(dtype) for array in (self.sums, self.bias, self.d_hidden))
        options = {**self.options, **options}
        pooled = pool(sums, bias, self.offsets, **options)
        d_sums, d_bias = pool_backward(sums, bias, self.offsets, pooled.cells, d_hidden, **options)
        return {"hidden": pooled.hidden, "cells": pooled.cells, "d_sums": d_sums, "d_bias": d_bias}


@contextmanager
def kernels(name: str) -> Iterator[None]:
    before = native.isa()
    native.use_isa(name)
    yield
    native.use_isa(before)


@needs_native
@pytest.mark.parametrize("isa", native.isas())
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("zones", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("lengths", "units"), [(LENGTHS, 1), (LENGTHS, 16), ([5, 0, 2], 37), ([7], 130), ([0], 3)])
def test_native_agrees_with_the_twin_in_doubles(isa, pooling, zones, reverse, lengths, units):
    case = Case(lengths, units, pooling, zones=zones)
    with kernels(isa):
        got = case.run(reverse=reverse)
    truth = case.run(np.float64, reverse=reverse)
    # Cells are means of numbers up to 1, but for ifo-pooling: sums of them, which may reach some tens.
    scale = max(1.0, float(np.abs(truth["cells"]).max(initial=0)))
    for name in ("hidden", "cells"):
        np.testing.assert_allclose(got[name], truth[name], rtol=0, atol=1e-6 * scale, err_msg=name)
    # Their gradients are sums over the steps in which a cell is remembered, that of the bias over all rows.
    np.testing.assert_allclose(got["d_sums"], truth["d_sums"], rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose(got["d_bias"], truth["d_bias"], rtol=1e-5, atol=1e-3 * scale)


@needs_native
@pytest.mark.parametrize("isa", native.isas())
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("window", [1, 2, 5])
def test_words_of_a_table_give_what_their_rows_give(isa, reverse, window):
    random, offsets = np.random.default_rng(window), offsets_of(LENGTHS)
    table = random.normal(size=(50, window * 3 * 19)).astype(np.float32)
    ids, bias = random.integers(0, 50, int(offsets[-1])).astype(np.int32), random.normal(size=57).astype(np.float32)
    options = {"pooling": "fo", "window": window, "reverse": reverse}
    with kernels(isa):
        by_ids = pool(table, bias, offsets, ids=ids, **options)
        by_rows = pool(table[ids], bias, offsets, want_cells=False, **options)
    np.testing.assert_array_equal(by_ids.hidden, by_rows.hidden)
    exact = pool(table.astype(np.float64), bias.astype(np.float64), offsets, ids=ids, **options)
    np.testing.assert_allclose(by_ids.hidden, exact.hidden, rtol=0, atol=1e-6)
    assert by_rows.cells is None


def test_shares_of_words_are_the_convolution():
    random, offsets = np.random.default_rng(0), offsets_of([3, 0, 9])
    x, weight, bias = random.normal(size=(12, 5)), random.normal(size=(6, 3 * 5)), random.normal(size=6)
    for reverse in (False, True):
        shares = np.concatenate([x @ part.T for part in np.split(weight, 3, axis=1)], axis=1)
        got = pool(shares, bias, offsets, pooling="fo", window=3, reverse=reverse).hidden
        want = qrnn(x, offsets, weight, bias, window=3, pooling="fo", reverse=reverse)
        # Sums of 15 products in another order, in doubles.
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@needs_native
@pytest.mark.parametrize("isa", native.isas())
@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_number_of_threads_changes_no_bit(isa, pooling):
    case, before = Case(LENGTHS, 21, pooling, zones=True), native.threads()
    with kernels(isa):
        results = []
        for count in (1, 2, 8):
            native.use_threads(count)
            results.append(case.run())
    native.use_threads(before)
    for other in results[1:]:
        for name, array in results[0].items():
            np.testing.assert_array_equal(other[name], array, err_msg=name)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_sequence_alone_is_the_sequence_in_company(pooling, reverse):
    case = Case(LENGTHS, 21, pooling)
    together = case.run(reverse=reverse)
    for b in range(len(LENGTHS)):
        rows = slice(case.offsets[b], case.offsets[b + 1])
        alone = Case([LENGTHS[b]], 21, pooling)
        alone.sums, alone.bias, alone.d_hidden = case.sums[rows], case.bias, case.d_hidden[rows]
        for name, array in alone.run(reverse=reverse).items():
            if name != "d_bias":
                np.testing.assert_array_equal(array, together[name][rows], err_msg=name)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_arrive_where_the_whole_does(pooling, dtype):
    case = Case([30], 7, pooling)
    whole = case.run(dtype)
    cells = np.zeros((1, 7), dtype)
    for n, row in enumerate(case.sums.astype(dtype)):
        hidden, cells = pool_step(row[None], case.bias.astype(dtype), cells, pooling=pooling)
        np.testing.assert_allclose(hidden[0], whole["hidden"][n], rtol=0, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_wide_open_and_shut_gates_do_not_overflow(pooling):
    with np.errstate(all="raise", under="ignore"):
        found = Case(LENGTHS, 5, pooling, zones=True, size=1e6).run()
    assert all(np.isfinite(array).all() for array in found.values())


def test_rows_may_lie_apart():
    case, apart = Case([4, 5], 6, "fo"), Case([4, 5], 6, "fo")
    want = case.run()
    apart.sums = np.repeat(case.sums, 2, axis=0)[::2]
    apart.d_hidden = np.concatenate([case.d_hidden, case.d_hidden], axis=1)[:, 6:]
    for name, array in apart.run().items():
        np.testing.assert_array_equal(array, want[name], err_msg=name)


def test_the_window_holds_the_oldest_word_first():
    x = np.array([[1.0], [2.0], [3.0], [4.0]])
    assert windows(x, np.array([0, 3, 4]), 3).tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [0, 0, 4]]
    assert windows(x, np.array([0, 3, 4]), 2, reverse=True).tolist() == [[2, 1], [3, 2], [0, 3], [0, 4]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": "of"}, "pooling='of' is not one of f, fo, ifo"),
        ({"bias": 5}, "bias has 5 entries, wanted 3 a unit|shares is"),
        ({"offsets": np.array([0, 3])}, "offsets end at 3"),
        ({"ids": np.array([0, 4], np.int32)}, r"ids\[1\] is 4, not from 0 to 3"),
        ({"zoned": np.zeros((4, 2))}, r"zoned is float64 \[4, 2\], wanted uint8 \[4, 2\]"),
        ({"window": 2}, r"shares is float\d\d \[4, 6\], wanted float\d\d \[4?.*12\]"),
    ],
)
def test_impossible_arguments_are_named(dtype, change, message):
    given: dict[str, Any] = {"offsets": np.array([0, 4]), "pooling": "fo", **change}
    bias = np.zeros(given.pop("bias", 6), dtype)
    with pytest.raises(ParameterError, match=message):
        pool(np.zeros((4, 6), dtype), bias, **given)
