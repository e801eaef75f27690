"""The one pass over the texts: words become numbers in a file, documents become lengths and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gatewise.data.leaks import Keys, text_keys
from gatewise.text.ragged import Ragged
from gatewise.text.rules import UNKNOWN
from gatewise.text.tokenizer import WordTokenizer

Ids = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

# Characters numbered at a time; words handed out at a time; words between two lines of progress.
_CHARACTERS, _WORDS, _TOLD = 500_000, 1 << 22, 5_000_000
# 2^64 over the golden ratio: added to a key it gives another one, which again can be any with equal probability.
_NEXT_KEY = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class NumberedTexts:
    """Documents as numbers of words.

    Attributes:
        path: File of int32, the words of all documents.
        lengths: ``[D]`` int64, words of each document, 2 or more.
        keys: ``[D]`` uint64, equal for equal documents, see `gatewise.data.leaks.text_keys`.
        words: The words by number; empty where the numbers are the ids of a tokenizer that was there before.
    """

    path: Path
    lengths: Numbers
    keys: Keys
    words: list[str]

    def blocks(self) -> Iterator[tuple[slice, Ids]]:
        """The documents in their order, some million words at a time: which ones, and the numbers of their words."""
        ends = self.lengths.cumsum()
        begin, start = 0, 0
        while begin < len(ends):
            end = max(begin + 1, int(np.searchsorted(ends, start + _WORDS, "right")))
            count = int(ends[end - 1]) - start
            yield slice(begin, end), np.fromfile(self.path, "<i4", count, offset=start * 4)
            begin, start = end, start + count


class GrowingVocabulary:
    """Numbers words in the order of their first occurrence.

    Example:
        >>> growing = GrowingVocabulary()
        >>> growing(["a film", "not a film"]).ids.tolist(), growing.words
        ([0, 1, 2, 0, 1], ['a', 'film', 'not'])
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._splitter = WordTokenizer([UNKNOWN])

    @property
    def words(self) -> list[str]:
        """The words by number."""
        return list(self._numbers)

    def __call__(self, texts: list[str]) -> Ragged:
        """The words of some texts as numbers."""
        number, known = self._numbers.setdefault, self._numbers
        return Ragged.from_lists(
            [[number(word, len(known)) for word in words] for words in self._splitter.words_batch(texts)]
        )


def number_texts(
    documents: Iterable[str],
    path: Path,
    *,
    longest: int,
    tokenizer: WordTokenizer | None = None,
    tell: Callable[[str], None],
) -> NumberedTexts:
    """Write the words of all documents to a file.

    Args:
        documents: Texts, read once.
        path: File to write.
        longest: Words; a longer document becomes several of about equal length.
        tokenizer: Gives the numbers; without one they are given in the order of the words' first occurrence.
        tell: Hears how far it is.
    """
    growing = GrowingVocabulary()
    read, told = 0, _TOLD
    lengths, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    with path.open("wb") as file:
        for texts in _batches(documents):
            numbered = tokenizer.encode_batch(texts) if tokenizer else growing(texts)
            # One word alone tells nothing of what follows.
            kept = np.flatnonzero(numbered.lengths > 1)
            numbered = numbered.select(kept)
            file.write(numbered.ids.astype("<i4").tobytes())
            own_lengths, own_keys = _pieces(numbered.lengths, text_keys(texts)[kept], longest)
            lengths.append(own_lengths)
            keys.append(own_keys)
            read += len(numbered.ids)
            if read >= told:
                tell(f"{read:,} words read")
                told = read + _TOLD
    return NumberedTexts(path, np.concatenate(lengths), np.concatenate(keys), growing.words)


def _pieces(lengths: Numbers, keys: Keys, longest: int) -> tuple[Numbers, Keys]:
    """Lengths and keys once documents of more than `longest` words are cut; the first piece keeps the key."""
    parts = -(-lengths // longest)
    place = np.arange(parts.sum()) - np.repeat(parts.cumsum() - parts, parts)
    cut = np.repeat(lengths // parts, parts) + (place < np.repeat(lengths % parts, parts))
    return cut, np.repeat(keys, parts) + place.astype(np.uint64) * _NEXT_KEY


def _batches(documents: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document)
        if characters >= _CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
