"""The expected value: a mean within the scale, row by row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.metrics.ordered import expected_values

ROWS = st.lists(st.lists(st.floats(0.001, 1), min_size=4, max_size=4), min_size=1, max_size=5)


@given(ROWS)
def test_it_is_the_weighted_mean_and_within_the_scale(rows):
    probabilities = np.array(rows) / np.array(rows).sum(axis=1, keepdims=True)
    found = expected_values(probabilities, [1, 2, 9, 10])
    assert found == pytest.approx([np.average([1, 2, 9, 10], weights=row) for row in rows])
    assert np.all((found >= 1) & (found <= 10))


@given(ROWS)
def test_a_row_gives_the_same_bits_alone_and_in_company(rows):
    together = expected_values(rows, [1.5, 2, 9, 10])
    assert together.tolist() == [expected_values([row], [1.5, 2, 9, 10])[0] for row in rows]


def test_another_number_of_classes_is_refused():
    with pytest.raises(ParameterError, match=r"shape \(1, 2\), wanted \[n, 3\]"):
        expected_values([[0.5, 0.5]], [1, 2, 3])
