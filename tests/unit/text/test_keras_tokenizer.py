"""KerasTokenizer on small texts; test_keras_imdb.py has the comparison with the real data set."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import DataError, ModelError, ParameterError
from gatewise.text.keras import KerasTokenizer
from gatewise.text.tokenizer import tokenizer_from_json

TOKENIZER = KerasTokenizer(["the", "film", "don't", "é"], num_words=7)
ANY_TEXT = st.text(st.characters(categories=None), max_size=60)


def test_ids_are_start_then_rank_plus_three() -> None:
    assert TOKENIZER.encode("The FILM... don't").ids.tolist() == [1, 4, 5, 6]


def test_word_past_num_words_is_2_and_word_outside_the_index_is_dropped() -> None:
    assert TOKENIZER.encode("film unheard é").ids.tolist() == [1, 5, 2]


def test_only_ascii_letters_are_lowered() -> None:
    assert TOKENIZER.words("FILM É Don't") == ["film", "É", "don't"]


@pytest.mark.parametrize("character", '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n ')
def test_character_of_the_filter_separates(character: str) -> None:
    assert TOKENIZER.words(f"a{character}b") == ["a", "b"]


@pytest.mark.parametrize("character", "'\r\u0085\u00a0’")
def test_other_white_space_and_apostrophes_are_letters(character: str) -> None:
    assert TOKENIZER.words(f"a{character}b") == [f"a{character}b"]


def test_maxlen_pads_before_and_cuts_the_front() -> None:
    tokenizer = KerasTokenizer(["a", "b", "c"], num_words=9, maxlen=3)
    assert tokenizer.encode_batch(["a", "a b", "a b c", "a b c a", ""]).ids.reshape(5, 3).tolist() == [
        *[[0, 1, 4], [1, 4, 5], [4, 5, 6], [5, 6, 4], [0, 0, 1]]
    ]


def test_offsets_and_words_are_those_of_the_ids_left() -> None:
    tokenizer = KerasTokenizer(["a", "b", "c"], num_words=6, maxlen=3)
    short, long = tokenizer.encode("x B!"), tokenizer.encode("a, x B <br />C")
    assert (short.words, short.offsets.tolist()) == (["<pad>", "<start>", "b"], [[0, 0], [0, 0], [2, 3]])
    assert (long.words, long.offsets.tolist()) == (["a", "b", "c"], [[0, 1], [5, 6], [13, 14]])
    assert long.ids.tolist() == [4, 5, 2]


@given(ANY_TEXT, st.none() | st.integers(1, 9))
def test_any_text_has_equal_ids_alone_and_in_a_batch(text: str, maxlen: int | None) -> None:
    tokenizer = KerasTokenizer(["a", "b", "\ufffd", "0"], num_words=7, maxlen=maxlen)
    encoding = tokenizer.encode(text)
    assert tokenizer.encode_batch([text]).ids.tolist() == encoding.ids.tolist()
    assert maxlen is None or len(encoding) == maxlen
    assert len(encoding.words) == len(encoding.offsets) == len(encoding)
    for id, word, (start, end) in zip(encoding.ids.tolist(), encoding.words, encoding.offsets.tolist(), strict=True):
        if id > 1:
            assert tokenizer.words(text[start:end]) == [word]
            assert tokenizer.id_of(word) == id


def test_training_ranks_by_count_then_by_first_occurrence() -> None:
    tokenizer = KerasTokenizer.train(["z b a", "A b c"], num_words=20, maxlen=None)
    assert tokenizer.vocabulary[4:8] == ["b", "a", "z", "c"]
    assert tokenizer.vocabulary[8:] == ["<unused>"] * 12
    assert tokenizer.vocabulary_size == len(tokenizer.vocabulary) == 20


def test_vocabulary_and_word_agree() -> None:
    assert [TOKENIZER.word(id) for id in range(7)] == TOKENIZER.vocabulary
    assert TOKENIZER.vocabulary == ["<pad>", "<start>", "<unk>", "<unused>", "the", "film", "don't"]
    with pytest.raises(ParameterError, match="id=7"):
        TOKENIZER.word(7)


def test_index_must_count_from_one() -> None:
    assert KerasTokenizer.from_index({"b": 2, "a": 1}).vocabulary[4:6] == ["a", "b"]
    for index in ({"a": 0}, {"a": 1, "b": 1}, {"a": 1, "b": 3}, {"a": 1.0}):
        with pytest.raises(ParameterError, match="number"):
            KerasTokenizer.from_index(index)


def test_texts_without_words_are_refused() -> None:
    with pytest.raises(DataError, match="no word"):
        KerasTokenizer.train(["...", ""])


@pytest.mark.parametrize("bounds", [{"num_words": 4}, {"num_words": 5.0}, {"maxlen": 0}, {"maxlen": 10**9}])
def test_impossible_bounds_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ParameterError, match=next(iter(bounds))):
        KerasTokenizer(["a"], **bounds)


def test_json_gives_the_same_tokenizer_back() -> None:
    tokenizer = KerasTokenizer(["a", "it\u0085", "é'"], num_words=6, maxlen=4)
    again = tokenizer_from_json(tokenizer.to_json())
    assert isinstance(again, KerasTokenizer)
    assert (again.vocabulary, again.num_words, again.maxlen) == (tokenizer.vocabulary, 6, 4)
    assert again.to_json() == tokenizer.to_json()


@pytest.mark.parametrize(
    "change",
    [
        *[{"format": "x"}, {"format_version": 2}, {"extra": 1}, {"words": {"a": 1}}, {"words": ["a", "a"]}],
        *[{"words": [["a"]]}, {"words": ["\ud800"]}, {"num_words": True}, {"maxlen": "3"}, {"maxlen": 10**7}],
    ],
)
def test_damaged_json_is_refused_naming_the_file(change: dict[str, object]) -> None:
    content = json.dumps({**json.loads(TOKENIZER.to_json()), **change})
    with pytest.raises(ModelError) as caught:
        tokenizer_from_json(content, where="t.json")
    assert caught.value.where == "t.json"
