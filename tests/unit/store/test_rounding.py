"""Word vectors in fewer bits: how far they are off, and that rounding twice is rounding once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gatewise.errors import ParameterError
from gatewise.store.rounding import fewest_bits, pack_weights, rounded, unpack_weights

NAME = "embedding.weight"
NUMBERS = st.floats(-(2.0**126), 2.0**126, width=32) | st.floats(-8, 8, width=32)
TABLES = arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=NUMBERS)


@given(table=TABLES)
@settings(deadline=None)
def test_8_bits_are_off_by_half_of_a_scale_at_most(table):
    near = rounded(table, 8)
    scale = np.abs(table).max(axis=1, keepdims=True).astype(np.float64) / 127
    # The scale is rounded up by 2^-15 of itself at most, and is never below the smallest normal number.
    most = np.maximum(scale * (1 + 2.0**-15), np.finfo(np.float32).tiny) / 2
    assert (np.abs(near.astype(np.float64) - table) <= most * (1 + 1e-6)).all()  # 1e-6: row / scale is a float32
    assert (np.sign(near) * np.sign(table) >= 0).all()


@given(table=TABLES)
@settings(deadline=None)
def test_rounding_twice_is_rounding_once_to_the_last_bit(table):
    once = rounded(table, 8)
    np.testing.assert_array_equal(rounded(once, 8), once, strict=True)
    assert fewest_bits([once]) == 8


@given(table=TABLES)
@settings(deadline=None)
def test_what_is_read_is_what_was_judged(table):
    shapes = {NAME: table.shape}
    back = unpack_weights(pack_weights({NAME: table}, shapes, "file", embedding_bits=8), shapes, "file")
    np.testing.assert_array_equal(back[NAME], rounded(table, 8), strict=True)


def test_many_random_rows_are_stable():
    # A scale of all 24 digits would change by its last one in one row of 128.
    table = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)
    once = rounded(table, 8)
    np.testing.assert_array_equal(rounded(once, 8), once)


def test_each_row_has_a_scale_of_its_own():
    table = np.array([[100.0, 0.0], [1e-6, 0.0], [0.0, 0.0]], np.float32)
    assert rounded(table, 8)[:, 0] == pytest.approx(table[:, 0], rel=1e-4)  # The scale has 16 digits.


def test_the_fewest_bits_lose_nothing_of_any_array():
    table = np.random.default_rng(1).normal(size=(30, 8)).astype(np.float32)
    assert [fewest_bits([rounded(table, bits)]) for bits in (8, 16, 32)] == [8, 16, 32]
    assert fewest_bits([rounded(table, 8), table]) == 32


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_what_is_not_finite_is_not_stored(bad, bits):
    table = np.array([[1.0, bad]], np.float32)
    with pytest.raises(ParameterError, match=rf"{NAME} holds {bad}"):
        pack_weights({NAME: table}, {NAME: (1, 2)}, "file", embedding_bits=bits)


@pytest.mark.parametrize(("embedding_bits", "matrix_bits"), [(4, 32), (8, 8), (True, 32)])
def test_other_bits_are_refused(embedding_bits, matrix_bits):
    with pytest.raises(ParameterError, match="are not 8, 16 or 32"):
        pack_weights({}, {}, "file", embedding_bits=embedding_bits, matrix_bits=matrix_bits)
