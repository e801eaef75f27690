"""WordTokenizer: vocabulary, ids, offsets, JSON."""

from __future__ import annotations

import copy
import json
import pickle
import random
import unicodedata

import numpy as np
import pytest
import tokenizers
from hypothesis import example, given
from hypothesis import strategies as st

from gatewise.errors import DataError, ModelError, ParameterError
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json

TEXTS = ["A good film.", "Not a good film!", "Good? No: bad, bad, bad.", "Isn't it bad?<br />It is."]
TOKENIZER = WordTokenizer.train(TEXTS, min_count=1)
ANY_TEXT = st.text(st.characters(categories=None), max_size=80)  # categories=None: lone surrogates too


def test_vocabulary_is_by_frequency_then_by_word() -> None:
    # bad occurs 4 times, "." and good 3 times, all others of the list twice
    tokenizer = WordTokenizer.train(TEXTS, min_count=2)
    assert tokenizer.vocabulary == ["<unk>", "bad", ".", "good", ",", "?", "a", "film", "is", "it"]


def test_vocabulary_does_not_depend_on_the_order_of_the_texts() -> None:
    shuffled = TEXTS * 3
    random.Random(5).shuffle(shuffled)
    assert WordTokenizer.train(iter(shuffled), min_count=1).vocabulary == TOKENIZER.vocabulary


def test_max_words_keeps_the_most_frequent_besides_unknown() -> None:
    assert WordTokenizer.train(TEXTS, max_words=3, min_count=1).vocabulary == ["<unk>", "bad", ".", "good"]


def test_word_of_more_than_100_characters_stays_unknown() -> None:
    longest = "x" * 100
    vocabulary = WordTokenizer.train([f"{longest} {longest}y"], min_count=1).vocabulary
    assert vocabulary == ["<unk>", longest]


def test_no_frequent_word_is_an_error_that_says_so() -> None:
    with pytest.raises(DataError, match="no word occurs 2 times or more"):
        WordTokenizer.train(["each word once"])


@pytest.mark.parametrize("bounds", [{"max_words": 0}, {"max_words": 2.5}, {"min_count": 0}, {"max_words": 10**7}])
def test_impossible_bounds_are_refused_before_any_text_is_read(bounds: dict[str, int]) -> None:
    def texts() -> object:
        raise AssertionError("a text was asked for")
        yield

    with pytest.raises(ParameterError, match=next(iter(bounds))):
        WordTokenizer.train(texts(), **bounds)  # type: ignore[arg-type]


def test_one_str_instead_of_a_list_is_refused() -> None:
    with pytest.raises(ParameterError, match="list"):
        TOKENIZER.encode_batch("a good film")
    with pytest.raises(ParameterError, match="list"):
        WordTokenizer.train("a good film")


@pytest.mark.parametrize("value", [None, 3, b"bytes", float("nan")])
def test_what_is_no_str_is_refused_with_its_number(value: object) -> None:
    with pytest.raises(ParameterError, match=r"text 1: .*" + type(value).__name__):
        TOKENIZER.encode_batch(["fine", value])  # type: ignore[list-item]
    with pytest.raises(ParameterError, match=type(value).__name__):
        TOKENIZER.encode(value)  # type: ignore[arg-type]


def test_ids_words_and_numbers_agree() -> None:
    assert [TOKENIZER.id_of(TOKENIZER.word(id)) for id in range(TOKENIZER.vocabulary_size)] == list(
        range(TOKENIZER.vocabulary_size)
    )
    assert TOKENIZER.id_of("unheard") == TOKENIZER.unknown_id == 0
    for outside in (-1, TOKENIZER.vocabulary_size):
        with pytest.raises(ParameterError, match="id="):
            TOKENIZER.word(outside)


def test_offsets_give_back_the_original_writing() -> None:
    text = "I DIDN’T like “Amélie”, cafe\u0301!<br />7.5/10 👍🏽 \ud800 :-)"
    encoding = TOKENIZER.encode(text)
    assert [text[start:end] for start, end in encoding.offsets.tolist()] == [
        *["I", "DID", "N’T", "like", "“", "Amélie", "”", ",", "cafe\u0301", "!", "7.5/10", "👍🏽", "\ud800", ":-)"]
    ]


def test_offsets_cover_composed_hangul() -> None:
    text = "\u1112\u1161\u11ab \u1100\u1161"  # conjoining letters that NFC merges into two syllables
    assert TOKENIZER.encode(text).offsets.tolist() == [[0, 3], [4, 6]]


@given(ANY_TEXT)
@example("a\u0301\u0323b\u0345")
@example("İI\u0307 ẞ ŉ \u0958")
def test_any_text_has_ids_words_and_rising_offsets(text: str) -> None:
    encoding = TOKENIZER.encode(text)
    assert encoding.words == TOKENIZER.words(text) == TOKENIZER.words_batch([text])[0]
    assert encoding.ids.tolist() == [TOKENIZER.id_of(word) for word in encoding.words]
    assert TOKENIZER.encode_batch([text])[0].tolist() == encoding.ids.tolist()
    assert encoding.offsets.shape == (len(encoding), 2)
    starts, ends = encoding.offsets[:, 0], encoding.offsets[:, 1]
    assert np.all(starts < ends)
    assert np.all(starts[1:] >= ends[:-1])
    assert ends.max(initial=0) <= len(text)


@given(ANY_TEXT.map(lambda text: unicodedata.normalize("NFC", text)))
def test_slice_of_composed_text_is_the_word_itself(text: str) -> None:
    for word, (start, end) in zip(*_words_and_offsets(text), strict=True):
        assert "".join(TOKENIZER.words(text[start:end])) == word


def _words_and_offsets(text: str) -> tuple[list[str], list[list[int]]]:
    encoding = TOKENIZER.encode(text)
    return encoding.words, encoding.offsets.tolist()


@given(st.lists(ANY_TEXT, max_size=6))
def test_batch_is_its_texts_one_after_the_other(texts: list[str]) -> None:
    batch = TOKENIZER.encode_batch(texts)
    assert [batch[place].tolist() for place in range(len(batch))] == [TOKENIZER.encode(t).ids.tolist() for t in texts]
    assert batch.ids.dtype == np.int32


def test_more_texts_than_one_chunk_keep_their_order() -> None:
    batch = TOKENIZER.encode_batch(["bad " * (number % 3) for number in range(2500)])
    assert batch.lengths.tolist() == [number % 3 for number in range(2500)]


@pytest.mark.parametrize("piece", ["good film ", "x", "\u0301", "don't"])
def test_text_of_a_million_characters(piece: str) -> None:
    text = (piece * (10**6 // len(piece) + 1))[: 10**6]
    assert TOKENIZER.encode_batch([text]).ids.tolist() == [TOKENIZER.id_of(word) for word in TOKENIZER.words(text)]


def test_json_gives_the_same_tokenizer_back() -> None:
    tokenizer = WordTokenizer.train(['Café ❤️ "q" \\o/ </3 \'x'], min_count=1)
    again = tokenizer_from_json(tokenizer.to_json())
    assert isinstance(again, WordTokenizer)
    assert again.vocabulary == tokenizer.vocabulary
    assert again.to_json() == tokenizer.to_json()


def test_json_is_read_by_the_tokenizers_library_alone() -> None:
    library = tokenizers.Tokenizer.from_str(TOKENIZER.to_json())
    text = "Isn't it a GOOD film?! 8/10"
    assert library.encode(text).ids == TOKENIZER.encode(text).ids.tolist()


def test_copies_and_pickles_encode_alike() -> None:
    for other in (copy.deepcopy(TOKENIZER), pickle.loads(pickle.dumps(TOKENIZER))):
        assert other.encode("a bad film").ids.tolist() == TOKENIZER.encode("a bad film").ids.tolist()


def _changed(*path: object, value: object) -> str:
    document = json.loads(TOKENIZER.to_json())
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "damaged"),
        (TOKENIZER.to_json()[:-20], "damaged"),
        ("[" * 100_000, "damaged"),
        ("[1]", "not a JSON object"),
        ("{}", "not a tokenizer"),
        ('{"model": 3}', "table of words"),
        (_changed("model", "vocab", value=["<unk>"]), "table of words"),
        (_changed("model", "vocab", value={"<unk>": True}), "table of words"),
        (_changed("model", "vocab", value={"<unk>": 0, "a": 2}), "number 1"),
        (_changed("model", "vocab", value={"<unk>": 0, "a": 1, "b": 1}), "number 2"),
        (_changed("model", "vocab", value={"good": 0}), "must be <unk>"),
        (_changed("model", "vocab", value={}), "must be <unk>"),
        (_changed("model", "vocab", value={"<unk>": 0, "\ud800": 1}), "entry 1"),
        (_changed("model", "vocab", value={"<unk>": 0, "": 1}), "entry 1"),
        (_changed("model", "vocab", value={"<unk>": 0, "x" * 101: 1}), "entry 1"),
        (_changed("model", "type", value="BPE"), "rules"),
        (_changed("pre_tokenizer", "pattern", value={"Regex": "(a+)+$"}), "rules"),
        (_changed("normalizer", value=None), "rules"),
        (_changed("added_tokens", value=[{"id": 0}]), "rules"),
        (_changed("extra", value=1), "rules"),
    ],
)
def test_damaged_or_foreign_json_is_refused_naming_the_file(content: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault) as caught:
        tokenizer_from_json(content, where="model/tokenizer.json")
    assert caught.value.where == "model/tokenizer.json"


def test_json_over_the_limit_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatewise.text.tokenizer.MAX_JSON_CHARACTERS", 10)
    with pytest.raises(ModelError, match="more than 10 characters"):
        tokenizer_from_json(TOKENIZER.to_json())


@pytest.mark.parametrize("vocabulary", [[], ["a"], ["<unk>", "a", "a"], ["<unk>", "<unk>"], ["<unk>", 3]])
def test_impossible_vocabulary_is_refused(vocabulary: list[str]) -> None:
    with pytest.raises(ParameterError, match="vocabulary"):
        WordTokenizer(vocabulary)
