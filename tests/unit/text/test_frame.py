"""Words around every text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.text.frame import Frame
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer

ids = st.lists(st.integers(0, 99), max_size=5)


@given(st.lists(ids, max_size=6), ids, ids)
def test_a_text_is_before_then_itself_then_after(texts: list[list[int]], before: list[int], after: list[int]) -> None:
    framed = Frame(np.array(before, np.int32), np.array(after, np.int32))(Ragged.from_lists(texts))
    assert [framed[b].tolist() for b in range(len(framed))] == [before + text + after for text in texts]
    assert framed.ids.dtype == np.int32


def test_its_words_are_those_a_tokenizer_gives_for_the_whole() -> None:
    tokenizer = WordTokenizer.train(["overall , a dull film .", "it was not good !"], min_count=1)
    frame = Frame.of(tokenizer, "it was", ". overall , a")
    whole = tokenizer.encode_batch(["it was not good ! . overall , a"])
    assert frame(tokenizer.encode_batch(["not good !"])).ids.tolist() == whole.ids.tolist()


def test_a_word_outside_the_vocabulary_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="'overall'"):
        Frame.of(WordTokenizer.train(["a film"], min_count=1), "", "overall a")


def test_nothing_around_a_text_leaves_the_batch_as_it_is() -> None:
    batch = Ragged.from_lists([[1, 2]])
    assert Frame.of(WordTokenizer.train(["a"], min_count=1), "", "")(batch) is batch
