"""Pooling by segments equals pooling each sequence by itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.ops import pooling

PLAIN: dict[Callable[..., np.ndarray], Callable[[np.ndarray], np.ndarray]] = {
    pooling.last: lambda rows: rows[-1],
    pooling.maximum: lambda rows: rows.max(0),
    pooling.mean: lambda rows: rows.mean(0),
}


@pytest.mark.parametrize("pool", PLAIN)
@given(lengths=st.lists(st.integers(0, 6), max_size=8))
def test_each_sequence_is_pooled_as_if_alone(pool: Callable[..., np.ndarray], lengths: list[int]) -> None:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    # Negative numbers only, so that a zero which is none of the sequence's own would win the maximum.
    rows = -1.0 - np.random.default_rng(0).random((int(offsets[-1]), 3))
    pooled = pool(rows, offsets)
    assert pooled.shape == (len(lengths), 3)
    for b, length in enumerate(lengths):
        want = PLAIN[pool](rows[offsets[b] : offsets[b + 1]]) if length else np.zeros(3)
        np.testing.assert_allclose(pooled[b], want, rtol=1e-15)


def test_the_mean_is_summed_in_double_precision() -> None:
    # 2^24 is where float32 stops counting in ones: summed there, the ones after it would be lost.
    rows = np.array([[2.0**24], *[[1.0]] * 999], np.float32)
    pooled = pooling.mean(rows, np.array([0, 1000]))
    assert pooled.dtype == np.float32
    assert pooled[0, 0] == np.float32((2.0**24 + 999) / 1000)


@pytest.mark.parametrize("pool", PLAIN)
def test_offsets_that_do_not_fit_are_refused(pool: Callable[..., np.ndarray]) -> None:
    with pytest.raises(ParameterError, match="offsets end at 3, wanted the number of rows, 2"):
        pool(np.zeros((2, 1)), np.array([0, 3]))
    with pytest.raises(ParameterError, match="rows is int64"):
        pool(np.zeros((2, 1), np.int64), np.array([0, 2]))
