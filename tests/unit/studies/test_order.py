"""Shuffled texts keep their words, invented pairs differ in order alone, and a bag of words cannot tell them apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.studies.order import order
from gatewise.studies.order.negation import draw_pairs
from gatewise.studies.order.tasks import shuffled
from gatewise.text.ragged import Ragged


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=6), st.integers(0, 99))
def test_shuffled_texts_have_the_same_bag_of_words(texts, seed):
    before = Ragged.from_lists([np.array(text, np.int32) for text in texts])
    after = shuffled(before, seed)
    assert [Counter(after[row].tolist()) for row in range(len(after))] == [Counter(text) for text in texts]


def test_a_pair_has_the_same_words_and_opposite_meanings():
    texts = draw_pairs(50, np.random.default_rng(0))
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        assert Counter(one.words) == Counter(other.words)
        assert one.words != other.words
        assert one.is_good != other.is_good


def test_on_pairs_a_bag_of_words_is_exactly_at_chance_and_the_same_seed_gives_the_same_numbers():
    report = order(pairs=40, reviews=0, seeds=1, seed=3)
    assert report.to_json() == order(pairs=40, reviews=0, seeds=1, seed=3).to_json()
    (run,) = report.numbers["negation"]
    # Both texts of a pair get the same answer, and one of the two is right.
    assert run["bag of words"]["as_it_is"] == 0.5
