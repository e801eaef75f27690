"""HashedTokenizer: what Keras's `one_hot` does with MD5 in the place of Python's salted hash."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ModelError, ParameterError
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.tokenizer import tokenizer_from_json

ANY_TEXT = st.text(st.characters(categories=None), max_size=60)
FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'


def keras_one_hot(text: str, n: int) -> list[int]:
    """Written after the definition of Keras: lower, put a space for each character of the filter, split at spaces."""
    text = text.lower().translate({ord(character): " " for character in FILTERS})
    words = [word for word in text.split(" ") if word]
    return [int(hashlib.md5(word.encode()).hexdigest(), 16) % (n - 1) + 1 for word in words]


@given(ANY_TEXT.filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)), st.integers(2, 5000))
def test_ids_are_those_of_keras(text: str, n: int) -> None:
    assert HashedTokenizer(n).encode(text).ids.tolist() == keras_one_hot(text, n)


def test_whole_text_is_lowered_before_it_is_split() -> None:
    # Python writes the sigma at the end of a word otherwise than before a letter, and a full stop is not an end to it.
    text = "ΑΣ.Α"
    assert HashedTokenizer(9).words(text) == ["ασ", "α"]
    assert HashedTokenizer(5000).encode(text).ids.tolist() == keras_one_hot(text, 5000)


@given(ANY_TEXT, st.none() | st.integers(1, 9))
def test_any_text_has_equal_ids_alone_and_in_a_batch(text: str, maxlen: int | None) -> None:
    tokenizer = HashedTokenizer(7, maxlen=maxlen)
    encoding = tokenizer.encode(text)
    assert tokenizer.encode_batch([text]).ids.tolist() == encoding.ids.tolist()
    assert len(encoding.ids) == len(encoding.words) == len(encoding.offsets)
    assert maxlen is None or len(encoding.ids) == maxlen


@given(ANY_TEXT, st.integers(1, 9))
def test_maxlen_keeps_the_end_and_pads_before(text: str, maxlen: int) -> None:
    whole = HashedTokenizer(50).encode(text).ids.tolist()
    wanted = [0] * (maxlen - len(whole)) + whole[-maxlen:]
    assert HashedTokenizer(50, maxlen=maxlen).encode(text).ids.tolist() == wanted


@given(st.text(st.characters(codec="ascii"), max_size=60), st.none() | st.integers(1, 9))
def test_offsets_are_those_of_the_words(text: str, maxlen: int | None) -> None:
    encoding = HashedTokenizer(50, maxlen=maxlen).encode(text)
    for word, (start, end) in zip(encoding.words, encoding.offsets.tolist(), strict=True):
        assert word == (text[start:end].lower() if end else "<pad>")


@given(ANY_TEXT, st.integers(2, 50), st.none() | st.integers(1, 9))
def test_what_is_stored_reads_the_same(text: str, n: int, maxlen: int | None) -> None:
    tokenizer = HashedTokenizer(n, maxlen=maxlen)
    again = tokenizer_from_json(tokenizer.to_json())
    assert isinstance(again, HashedTokenizer)
    assert (again.vocabulary_size, again.kind, again.maxlen) == (n, "hashed", maxlen)
    assert again.encode(text).ids.tolist() == tokenizer.encode(text).ids.tolist()


def test_ids_are_the_same_in_another_process() -> None:
    code = "from gatewise.text.hashed import HashedTokenizer as T; print(T(5000).encode('a good film').ids.tolist())"
    command = [sys.executable, "-c", code]
    # Python's own hash of a str would differ between these two.
    found = {
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    }
    assert found == {f"{HashedTokenizer(5000).encode('a good film').ids.tolist()}\n"}


def test_padding_and_numbers_have_names() -> None:
    tokenizer = HashedTokenizer(3, maxlen=2)
    assert tokenizer.vocabulary == ["<pad>", "<hash 1>", "<hash 2>"]
    assert tokenizer.encode("good").words == ["<pad>", "good"]
    with pytest.raises(ParameterError, match="id=3"):
        tokenizer.word(3)


@pytest.mark.parametrize(
    "options", [{"num_words": 1}, {"num_words": 5, "maxlen": 0}, {"num_words": True}, {"num_words": 5, "maxlen": 10**9}]
)
def test_impossible_bound_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(ParameterError, match="whole number"):
        HashedTokenizer(**options)


@pytest.mark.parametrize(
    "change", [{"format_version": 2}, {"num_words": "9"}, {"num_words": 1}, {"maxlen": -1}, {"more": 1}]
)
def test_damaged_document_is_refused(change: dict[str, object]) -> None:
    document = json.loads(HashedTokenizer(9).to_json()) | change
    with pytest.raises(ModelError, match="cannot be used"):
        tokenizer_from_json(json.dumps(document))
