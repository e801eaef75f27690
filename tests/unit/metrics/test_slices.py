"""Slices: every example in exactly one, and in the right one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.metrics.slices import length_slices, negation_slices, star_slices

WORDS = st.lists(st.lists(st.sampled_from(["not", "n't", "good", "film", "never", "don't"]), max_size=60), max_size=10)


@given(WORDS, st.lists(st.sampled_from([1.0, 2.5, 10.0, float("nan")]), max_size=10))
def test_each_example_is_in_exactly_one_slice(words, stars):
    for masks, n in (
        (negation_slices(words), len(words)),
        (length_slices([len(text) for text in words]), len(words)),
        (star_slices(stars), len(stars)),
    ):
        assert sum((mask.astype(int) for mask in masks.values()), np.zeros(n)).tolist() == [1] * n


def test_lengths_fall_on_the_right_side_of_the_edges():
    masks = length_slices([0, 49, 50, 99, 100, 400, 10_000])
    assert {name: np.flatnonzero(mask).tolist() for name, mask in masks.items()} == {
        "under 50 words": [0, 1],
        "50 to 99 words": [2, 3],
        "100 to 199 words": [4],
        "200 to 399 words": [],
        "400 words and more": [5, 6],
    }


def test_negation_is_a_share_of_the_words():
    filler = ["film"] * 98
    texts = [[], ["knot", "nothingness"], ["not", "never", *filler], ["not", "never", "n't", *filler], ["don't"]]
    masks = negation_slices(texts)
    assert [np.flatnonzero(mask).tolist() for mask in masks.values()] == [[0, 1], [2], [3, 4]]


def test_only_stars_that_occur_make_a_slice():
    masks = star_slices([10, 1, float("nan"), 10])
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "1 star": [False, True, False, False],
        "10 stars": [True, False, False, True],
        "stars unknown": [False, False, True, False],
    }


@pytest.mark.parametrize("edges", [(), (0, 5), (5, 5), (9, 5)])
def test_edges_must_ascend(edges):
    with pytest.raises(ParameterError, match="edges="):
        length_slices([1], edges)
