"""Texts to ids by hashing their words: what Keras calls ``one_hot``. There is no vocabulary to learn or to store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from gatewise.errors import ParameterError
from gatewise.text.encoding import Encoding, clean, clean_all
from gatewise.text.keras import MAX_LENGTH, PAD, WORD, fitted
from gatewise.text.ragged import Ragged
from gatewise.text.vocabulary import MAX_WORDS, check_range

HASHED_FORMAT = "gatewise-hashed-words"
HASHED_FORMAT_VERSION = 1

# Distinct words whose ids are remembered: the reviews of IMDB have some 90,000.
_REMEMBERED = 200_000


class HashedTokenizer:
    """Words as the Keras Tokenizer splits them, each numbered 1 + h(word) mod (n - 1), as ``one_hot(text, n)`` does.

    Words that hash to one number are one word to the network. Keras's default h is Python's ``hash``, which is another
    in every process; here it is the MD5 sum as one whole number, Keras's own ``hash_function="md5"``, so that a stored
    model reads tomorrow what it was trained on today. Id 0 is padding: with `maxlen`, texts have exactly that many
    ids, zeros before the shorter ones (real tokens, which the network reads), the first ids of the longer ones cut off.

    Args:
        num_words: n, number of ids, at least 2; each id is smaller.
        maxlen: Ids in every text, or None for as many as it has words.

    Raises:
        ParameterError: A bound is out of range.

    Notes:
        Immutable and thread-safe; linear in the characters of the text. The words are lower-cased as Python does.

    Example:
        >>> tokenizer = HashedTokenizer(50, maxlen=4)
        >>> tokenizer.encode("The film, the FILM!").ids.tolist()
        [43, 39, 43, 39]
        >>> tokenizer.encode("Good film").words
        ['<pad>', '<pad>', 'good', 'film']
    """

    kind = "hashed"
    unknown_id = PAD

    def __init__(self, num_words: int = 5000, *, maxlen: int | None = None) -> None:
        check_range("num_words", num_words, 2, MAX_WORDS)
        if maxlen is not None:
            check_range("maxlen", maxlen, 1, MAX_LENGTH)
        self.num_words = num_words
        self.maxlen = maxlen

    def without_maxlen(self) -> HashedTokenizer:
        """The same with neither padding nor cutting."""
        return HashedTokenizer(self.num_words)

    def encode(self, text: str) -> Encoding:
        """One text as ids, words and offsets; padding has the offsets ``[0, 0]``.

        Args:
            text: Any str. A lone surrogate counts as U+FFFD.

        Raises:
            ParameterError: `text` is not a str.
        """
        text = clean(text)
        words = _split(text)
        # Lower-casing changes no separator into a letter or back: the words are as many, in the same order.
        spans = [match.span() for match in WORD.finditer(text)]
        ids = fitted([self.id_of(word) for word in words], self.maxlen)
        padding, cut = max(0, len(ids) - len(words)), max(0, len(words) - len(ids))
        offsets = np.array([(0, 0)] * padding + spans[cut:], dtype=np.int64).reshape(len(ids), 2)
        return Encoding(ids, ["<pad>"] * padding + words[cut:], offsets)

    def encode_batch(self, texts: Iterable[str]) -> Ragged:
        """The ids of many texts, equal to those of `encode`, without words and offsets and faster.

        Raises:
            ParameterError: `texts` is one str, or holds something else than str (its number is named).
        """
        id_of = self.id_of
        return Ragged.from_lists(
            [fitted([id_of(word) for word in _split(text)], self.maxlen) for text in clean_all(texts)]
        )

    def words(self, text: str) -> list[str]:
        """The words of a text, without padding.

        Example:
            >>> HashedTokenizer(9).words("Don't watch this FILM!")
            ["don't", 'watch', 'this', 'film']
        """
        return _split(clean(text))

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of many texts, without padding."""
        return [_split(text) for text in clean_all(texts)]

    @property
    def vocabulary_size(self) -> int:
        """Number of ids."""
        return self.num_words

    @property
    def vocabulary(self) -> list[str]:
        """Names of the ids: ``<pad>``, then ``<hash 1>`` and so on, for many words share one."""
        return [self.word(id) for id in range(self.num_words)]

    def word(self, id: int) -> str:
        """The name of this id.

        Raises:
            ParameterError: `id` is not in ``range(vocabulary_size)``.
        """
        check_range("id", int(id), 0, self.num_words - 1)
        return f"<hash {int(id)}>" if id != PAD else "<pad>"

    def id_of(self, word: str) -> int:
        """The id of a word as `words` gives it."""
        return _hash(word) % (self.num_words - 1) + 1

    def to_json(self) -> str:
        """The content of tokenizer.json; `gatewise.text.tokenizer.tokenizer_from_json` reads it."""
        document = {
            "format": HASHED_FORMAT,
            "format_version": HASHED_FORMAT_VERSION,
            "num_words": self.num_words,
            "maxlen": self.maxlen,
        }
        return json.dumps(document, indent=1)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> HashedTokenizer:
        """Check and take the parsed content of `to_json`.

        Raises:
            ParameterError: It is something else.
        """
        if set(document) != {"format", "format_version", "num_words", "maxlen"}:
            raise ParameterError("it is not a tokenizer this version can read")
        if (document["format"], document["format_version"]) != (HASHED_FORMAT, HASHED_FORMAT_VERSION):
            raise ParameterError("it is not a tokenizer this version can read")
        return cls(document["num_words"], maxlen=document["maxlen"])


@lru_cache(maxsize=_REMEMBERED)
def _hash(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


def _split(text: str) -> list[str]:
    # The whole text is lower-cased, as Keras does: what a Greek sigma becomes depends on the letters around it.
    return WORD.findall(text.lower())
