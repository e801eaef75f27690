"""Hashed n-grams against a twin that works them out one by one in plain integers."""

from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.baseline import ngrams
from gatewise.baseline.ngrams import hashed_ngrams
from gatewise.errors import ParameterError

ALL = 2**64 - 1


def mix(value):
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & ALL
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & ALL
    return value ^ (value >> 31)


def hash_of(ngram):
    digests = [blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest() for word in ngram]
    numbers = [int.from_bytes(digest, "little") for digest in digests]
    state = mix(numbers[0])
    for number in numbers[1:]:
        state = mix((state * 0x9E3779B97F4A7C15 + number) & ALL)
    return state


def twin(words, buckets, orders):
    found = []
    for text in words:
        spans = {tuple(text[i : i + n]) for n in orders for i in range(len(text) - n + 1)}
        found.append(sorted({hash_of(span) % buckets for span in spans}))
    return found


def split(indices, offsets):
    return [indices[a:b].tolist() for a, b in pairwise(offsets)]


TEXTS = st.lists(st.lists(st.sampled_from(["a", "b", "film", "né", "", "\ud800", "😀"]), max_size=9), max_size=8)


@given(TEXTS, st.sampled_from([1, 7, 1000, 2**20, 2**31 - 1]), st.sampled_from([(1, 2, 3), (1,), (2,), (3, 1), (5,)]))
def test_equals_the_readable_twin(words, buckets, orders):
    indices, offsets = hashed_ngrams(words, buckets, orders)
    assert split(indices, offsets) == twin(words, buckets, orders)
    assert indices.dtype == np.int32
    assert offsets.dtype == np.int64


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_answer_does_not_depend_on_how_the_work_is_cut(monkeypatch, size):
    words = [["a", "b", "c", "d"], [], ["b", "a"], ["c"] * 5, [], ["a"]]
    whole = split(*hashed_ngrams(words))
    monkeypatch.setattr(ngrams, "TOKENS_AT_ONCE", size)
    assert split(*hashed_ngrams(words)) == whole == twin(words, 2**31 - 1, (1, 2, 3))


def test_hash_is_the_same_for_ever():
    # Stored models hold these numbers: a change of them is a change of format.
    indices, _ = hashed_ngrams([["not", "good"]], 2**31 - 1)
    assert indices.tolist() == ([14379829, 608458883, 839435657])


def test_order_of_words_and_borders_of_texts_matter():
    ab, ba = split(*hashed_ngrams([["a", "b"], ["b", "a"]]))
    assert len(set(ab) & set(ba)) == 2
    assert len(hashed_ngrams([["a"], ["b"]])[0]) == 2


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_buckets_are_hit_evenly(seed):
    names = [[f"{seed}-{number}"] for number in range(2000)]
    indices, _ = hashed_ngrams(names, 10)
    # 200 each expected, standard deviation 13; 6 of them would be a one in a hundred million chance.
    assert np.abs(np.bincount(indices, minlength=10) - 200).max() < 85


def test_no_text_at_all():
    indices, offsets = hashed_ngrams([])
    assert indices.tolist() == []
    assert offsets.tolist() == [0]


@pytest.mark.parametrize(
    ("buckets", "orders"), [(0, (1,)), (2**31, (1,)), (1.5, (1,)), (True, (1,)), (9, ()), (9, (0, 1))]
)
def test_impossible_arguments_are_refused(buckets, orders):
    with pytest.raises(ParameterError, match=r"buckets=|orders="):
        hashed_ngrams([["a"]], buckets, orders)
