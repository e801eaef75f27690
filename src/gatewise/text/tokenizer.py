"""Texts to word ids with character offsets, by the `tokenizers` library and the rules in `gatewise.text.rules`."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import tokenizers

from gatewise.errors import ModelError, ParameterError
from gatewise.text.encoding import Encoding, clean, clean_all
from gatewise.text.hashed import HASHED_FORMAT, HashedTokenizer
from gatewise.text.keras import KerasTokenizer
from gatewise.text.ragged import Ragged
from gatewise.text.rules import UNKNOWN, tokenizer_document
from gatewise.text.vocabulary import MAX_JSON_CHARACTERS, MAX_WORDS, by_number, check_range, check_words, most_frequent

_CHUNK = 1000  # texts handed to the library at once: its encodings take some 150 bytes a token


class WordTokenizer:
    """Words of natural text, lower-cased: contractions, punctuation, numbers, emoji and emoticons are tokens.

    Id 0 is ``<unk>``, for every word outside the vocabulary and the only special token; the others are numbered by
    falling frequency. Any str can be encoded; the empty one gives no tokens.

    Args:
        vocabulary: The words by id, ``"<unk>"`` first.

    Raises:
        ParameterError: `vocabulary` does not begin with ``"<unk>"`` or holds a word twice or an impossible one.

    Notes:
        Immutable and thread-safe. Time is linear in the characters of the text, whatever they are.

    Example:
        >>> tokenizer = WordTokenizer.train(["A good film.", "Not a good film!"], min_count=2)
        >>> tokenizer.vocabulary
        ['<unk>', 'a', 'film', 'good']
        >>> encoding = tokenizer.encode("Isn't it GOOD?")
        >>> encoding.words, encoding.ids.tolist()
        (['is', "n't", 'it', 'good', '?'], [0, 0, 0, 3, 0])
        >>> encoding.offsets.tolist()
        [[0, 2], [2, 5], [6, 8], [9, 13], [13, 14]]
    """

    kind = "words"
    unknown_id = 0

    def __init__(self, vocabulary: Sequence[str], *, _document: str | None = None) -> None:
        if not vocabulary or vocabulary[0] != UNKNOWN:
            raise ParameterError(f"the first word of a vocabulary must be {UNKNOWN}")
        check_words(vocabulary)
        self._vocabulary = list(vocabulary)
        self._ids = {word: number for number, word in enumerate(self._vocabulary)}
        self._library = tokenizers.Tokenizer.from_str(_document or json.dumps(tokenizer_document(self._vocabulary)))

    @classmethod
    def train(cls, texts: Iterable[str], *, max_words: int = 20_000, min_count: int = 2) -> WordTokenizer:
        """Build a vocabulary from texts: the most frequent words, equally frequent ones in order of code points.

        Args:
            texts: Any number of str; read once, so a generator will do.
            max_words: Most words to keep, ``<unk>`` not counted; 1 to 1,000,000.
            min_count: Words that occur less often are left out; at least 1.

        Raises:
            ParameterError: A bound is out of range, or a text is not a str.
            DataError: No word occurs `min_count` times.

        Notes:
            The same texts, in any order, give the same vocabulary everywhere.
        """
        check_range("max_words", max_words, 1, MAX_WORDS)
        check_range("min_count", min_count, 1, 2**31 - 1)
        splitter = cls([UNKNOWN])
        counts: Counter[str] = Counter()
        for text in clean_all(texts):
            counts.update(splitter._split(text))
        return cls([UNKNOWN, *most_frequent(counts, max_words=max_words, min_count=min_count)])

    def encode(self, text: str) -> Encoding:
        """One text as ids, words and offsets into the original characters.

        Args:
            text: Any str. A lone surrogate counts as U+FFFD.

        Raises:
            ParameterError: `text` is not a str.
        """
        text = clean(text)
        pieces = tokenizers.PreTokenizedString(text)
        pieces.normalize(self._library.normalizer.normalize)
        self._library.pre_tokenizer.pre_tokenize(pieces)
        found = [(word, span) for word, span, _ in pieces.get_splits("original", "char")]
        words = [word for word, _ in found]
        ids = np.array([self._ids.get(word, self.unknown_id) for word in words], dtype=np.int32)
        offsets = np.array([span for _, span in found], dtype=np.int64).reshape(len(words), 2)
        if not text.isascii() and not unicodedata.is_normalized("NFC", text):
            _cover_composed(text, offsets)
        return Encoding(ids, words, offsets)

    def encode_batch(self, texts: Sequence[str]) -> Ragged:
        """The ids of many texts, equal to those of `encode`, without words and offsets and much faster.

        Raises:
            ParameterError: `texts` is one str, or holds something else than str (its number is named).
        """
        cleaned = clean_all(texts)
        sequences: list[np.ndarray[tuple[int], np.dtype[np.int32]]] = []
        while chunk := list(islice(cleaned, _CHUNK)):
            encodings = self._library.encode_batch_fast(chunk, add_special_tokens=False)
            sequences.extend(np.array(encoding.ids, dtype=np.int32) for encoding in encodings)
        return Ragged.from_lists(sequences)

    def words(self, text: str) -> list[str]:
        """The words of a text as strings, known or not.

        Example:
            >>> WordTokenizer(["<unk>"]).words("8/10, would watch again :-)")
            ['8/10', ',', 'would', 'watch', 'again', ':-)']
        """
        return self._split(clean(text))

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of many texts as strings, known or not."""
        return [self._split(text) for text in clean_all(texts)]

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, ``<unk>`` included."""
        return len(self._vocabulary)

    @property
    def vocabulary(self) -> list[str]:
        """The words by id, ``<unk>`` first; a copy."""
        return list(self._vocabulary)

    def word(self, id: int) -> str:
        """The word with this id.

        Raises:
            ParameterError: No word has it.
        """
        check_range("id", int(id), 0, len(self._vocabulary) - 1)
        return self._vocabulary[id]

    def id_of(self, word: str) -> int:
        """The id of a word as `words` gives it (lower-cased), 0 for an unknown one."""
        return self._ids.get(word, self.unknown_id)

    def to_json(self) -> str:
        """The content of tokenizer.json, which the `tokenizers` library reads too."""
        return json.dumps(tokenizer_document(self._vocabulary), ensure_ascii=False, indent=1)

    def __reduce__(self) -> tuple[type[WordTokenizer], tuple[list[str]]]:
        return WordTokenizer, (self._vocabulary,)

    def _split(self, text: str) -> list[str]:
        normal = self._library.normalizer.normalize_str(text)
        return [word for word, _ in self._library.pre_tokenizer.pre_tokenize_str(normal)]


def tokenizer_from_json(
    content: str, where: str = "tokenizer.json"
) -> WordTokenizer | KerasTokenizer | HashedTokenizer:
    """Check and read the content of a tokenizer.json, of any kind.

    Only the vocabulary is taken from it: the rules must be those of this version, since a pattern from a stranger's
    file could run for hours.

    Args:
        content: What `to_json` gave.
        where: Name of the file, for messages.

    Raises:
        ModelError: It is damaged, too large, or made by other rules.

    Example:
        >>> tokenizer_from_json(WordTokenizer(["<unk>", "good"]).to_json()).id_of("good")
        1
    """
    document = _parse(content, where)
    try:
        if document.get("format") == HASHED_FORMAT:
            return HashedTokenizer.from_document(document)
        if "model" not in document:
            return KerasTokenizer.from_document(document)
        return _from_library_document(document, content)
    except ParameterError as problem:
        raise ModelError(f"the tokenizer cannot be used: {problem}", where=where) from problem


def _parse(content: str, where: str) -> dict[str, Any]:
    if len(content) > MAX_JSON_CHARACTERS:
        raise ModelError(f"it has more than {MAX_JSON_CHARACTERS} characters", where=where)
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise ModelError(f"the tokenizer is damaged: {problem}", where=where) from problem
    if not isinstance(document, dict):
        raise ModelError("the tokenizer is damaged: it is not a JSON object", where=where)
    return document


def _from_library_document(document: dict[str, Any], content: str) -> WordTokenizer:
    model = document["model"]
    vocabulary = by_number(model.get("vocab") if isinstance(model, dict) else None, first=0)
    if document != tokenizer_document(vocabulary):
        raise ParameterError("its rules are not those of this version", hint="pip install -U gatewise")
    return WordTokenizer(vocabulary, _document=content)  # the same document: there is no need to write it anew


def _cover_composed(text: str, offsets: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    """Let each word end after the marks composed into its last character: NFC reports only the first one's place."""
    limits = [*offsets[1:, 0].tolist(), len(text)] if len(offsets) else []
    for row, limit in enumerate(limits):
        end = int(offsets[row, 1])
        while end < limit and _is_composable(text[end]):
            end += 1
        offsets[row, 1] = end


def _is_composable(character: str) -> bool:
    """Whether NFC can merge `character` into the one before it: a mark, or a Hangul vowel or final consonant."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
