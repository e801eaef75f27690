"""What every tokenizer gives and takes, and the door through which texts come in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.text.ragged import Ragged

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Encoding:
    """One text as tokens.

    Attributes:
        ids: ``[T]`` int32, the numbers the network reads.
        words: The T words as the tokenizer sees them (lower-cased and so on), also where the id says unknown.
        offsets: ``[T, 2]`` int64, start and end of each word in the characters of the original text.
    """

    ids: npt.NDArray[np.int32]
    words: list[str]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


class Tokenizer(Protocol):
    """What the rest of Gatewise asks of a tokenizer; `WordTokenizer` and `KerasTokenizer` are two."""

    @property
    def kind(self) -> str:
        """Short name of the kind: ``"words"`` or ``"keras"``."""

    @property
    def unknown_id(self) -> int:
        """The id of every word outside the vocabulary."""

    @property
    def vocabulary_size(self) -> int:
        """Number of ids; each id is in ``range(vocabulary_size)``."""

    @property
    def vocabulary(self) -> list[str]:
        """The words by id, special tokens included."""

    def encode(self, text: str) -> Encoding:
        """One text with words and offsets."""

    def encode_batch(self, texts: Sequence[str]) -> Ragged:
        """Many texts, ids only."""

    def words(self, text: str) -> list[str]:
        """The words of a text, known or not."""

    def words_batch(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of many texts, known or not."""

    def word(self, id: int) -> str:
        """The word with this id."""

    def id_of(self, word: str) -> int:
        """The id of this word, `unknown_id` if it has none."""

    def to_json(self) -> str:
        """The content of tokenizer.json."""


def clean(text: str, where: str | None = None) -> str:
    """`text` with each lone surrogate replaced by U+FFFD, which UTF-8 can carry; the length stays the same.

    Raises:
        ParameterError: `text` is not a str.

    Example:
        >>> clean("a\\udc80b") == "a\\ufffdb"
        True
    """
    if not isinstance(text, str):
        raise ParameterError(f"a text must be a str, not {type(text).__name__}", where=where)
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def clean_all(texts: Iterable[str]) -> Iterator[str]:
    """`clean` for each of `texts`; a fault names the number of the text, counted from 0.

    Raises:
        ParameterError: `texts` is one str instead of several, or holds something else than str.
    """
    if isinstance(texts, str):
        raise ParameterError("texts must be a list of str, not one str", hint="put it in a list: [text]")
    return (clean(text, f"text {number}") for number, text in enumerate(texts))
