"""The rival word by word answers as it does for the text so far."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.baseline.nbsvm import NBSVM
from gatewise.baseline.ngrams import RunningNgrams, hashed_ngrams
from gatewise.baseline.running import RunningRival

WORDS = ["good", "bad", "film", "the", "not", "\ud800", ""]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30)


def fitted(classes: int) -> NBSVM:
    random = np.random.default_rng(0)
    texts = [random.choice(WORDS[:5], random.integers(1, 12)).tolist() for _ in range(80)]
    return NBSVM.fit(texts, np.arange(80) % classes, classes)


RIVALS = {classes: fitted(classes) for classes in (2, 3)}


@given(words=TEXTS)
@settings(deadline=None)
def test_the_ngrams_of_a_text_word_by_word_are_its_ngrams(words):
    running = RunningNgrams()
    found = {int(bucket) for word in words for bucket in running.push(word)}
    assert found == set(hashed_ngrams([words])[0].tolist())


@pytest.mark.parametrize("classes", RIVALS)
@given(words=TEXTS.filter(bool))
@settings(deadline=None)
def test_after_every_word_the_answer_is_that_for_the_text_so_far(classes, words):
    rival = RIVALS[classes]
    running = RunningRival(rival)
    for count, word in enumerate(words, 1):
        # The same bits: float16 weights are summed in float64 without any rounding.
        np.testing.assert_array_equal(running.push(word), np.atleast_1d(rival.logits([words[:count]])[0]))
