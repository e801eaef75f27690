"""The linear recurrence against a loop over one number at a time, its gradients against differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.ops.linear_scan import linear_scan, linear_scan_backward, shifted

LENGTHS = [3, 0, 11, 1, 4, 11, 0]


def offsets_of(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def problem(lengths: list[int], width: int, dtype: type = np.float64) -> tuple[np.ndarray, ...]:
    noise, offsets = np.random.default_rng(len(lengths)), offsets_of(lengths)
    rows = int(offsets[-1])
    return noise.random((rows, width)).astype(dtype), noise.normal(size=(rows, width)).astype(dtype), offsets


def row_by_row(f: np.ndarray, u: np.ndarray, offsets: np.ndarray, reverse: bool) -> np.ndarray:
    cells = np.zeros_like(u)
    for begin, end in itertools.pairwise(offsets):
        c = np.zeros_like(u[:1].sum(0))
        for n in reversed(range(begin, end)) if reverse else range(begin, end):
            c = f[n] * c + u[n]
            cells[n] = c
    return cells


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(0, 9), max_size=7), width=st.integers(1, 4), reverse=st.booleans())
def test_every_sequence_is_walked_for_its_own_length(lengths: list[int], width: int, reverse: bool) -> None:
    f, u, offsets = problem(lengths, width)
    # The same products and sums in the same order: the same bits.
    np.testing.assert_array_equal(linear_scan(f, u, offsets, reverse=reverse), row_by_row(f, u, offsets, reverse))


@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_are_those_of_small_differences(reverse: bool) -> None:
    f, u, offsets = problem(LENGTHS, 2)
    given = np.random.default_rng(1).normal(size=u.shape)
    cells = linear_scan(f, u, offsets, reverse=reverse)
    found = linear_scan_backward(f, cells, given, offsets, reverse=reverse)

    def loss(f: np.ndarray, u: np.ndarray) -> float:
        return float((linear_scan(f, u, offsets, reverse=reverse) * given).sum())

    step = 1e-6
    for n in range(0, len(u), 3):
        there = np.zeros_like(u)
        there[n, n % 2] = step
        wanted = [loss(f + there, u) - loss(f - there, u), loss(f, u + there) - loss(f, u - there)]
        # Differences of doubles over 2e-6 are good to some 1e-9 of losses of order ten.
        got = [one[n, n % 2] for one in found]
        np.testing.assert_allclose(got, np.array(wanted) / (2 * step), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_sequence_alone_is_the_sequence_in_company(reverse: bool) -> None:
    f, u, offsets = problem(LENGTHS, 3, np.float32)
    together = linear_scan(f, u, offsets, reverse=reverse)
    for begin, end in itertools.pairwise(offsets):
        alone = linear_scan(f[begin:end], u[begin:end], np.array([0, end - begin]), reverse=reverse)
        np.testing.assert_array_equal(together[begin:end], alone)


def test_rows_shift_within_their_sequence() -> None:
    rows = np.arange(1.0, 7.0)[:, None]
    offsets = offsets_of([2, 0, 4])
    assert shifted(rows, offsets, 2)[:, 0].tolist() == [0, 0, 0, 0, 3, 4]
    assert shifted(rows, offsets, 1, reverse=True)[:, 0].tolist() == [2, 0, 4, 5, 6, 0]
    assert shifted(rows, offsets, 9).sum() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"update": np.zeros((3, 1))}, r"update is float64 \[3, 1\], wanted float64 \[3, 2\]"),
        ({"forget": np.zeros((3, 2), np.float32)}, "update is float64"),
        ({"offsets": np.array([0, 2])}, "offsets end at 2"),
    ],
)
def test_impossible_arguments_are_named(change: dict[str, np.ndarray], message: str) -> None:
    given = {"forget": np.zeros((3, 2)), "update": np.zeros((3, 2)), "offsets": np.array([0, 3]), **change}
    with pytest.raises(ParameterError, match=message):
        linear_scan(**given)
