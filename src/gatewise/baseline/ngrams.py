"""Hashed binary n-grams: the numbered buckets that the 1-, 2- and 3-grams of a text fall into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError

Floats = npt.NDArray[np.float64]
Words = Sequence[Sequence[str]]

Buckets = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

MOST_BUCKETS = 2**31 - 1  # bucket numbers are int32
TOKENS_AT_ONCE = 500_000  # bounds the working memory (about 150 MB); the answer does not depend on it

_LONGEST = 3  # words of an n-gram, of those that a text's are by default

# Weyl step and multipliers of splitmix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def hashed_ngrams(
    words: Sequence[Sequence[str]], buckets: int = MOST_BUCKETS, orders: Sequence[int] = (1, 2, 3)
) -> tuple[Buckets, Offsets]:
    """Buckets hit by the n-grams of each text, each at most once (binary features).

    The hash of a 1-gram is ``mix(h(w))`` and that of an n-gram ``mix(step * hash(first n - 1 words) + h(last word))``
    modulo 2**64, where h is the 8-byte BLAKE2b of the word in UTF-8, read little-endian, and mix is splitmix64's
    finaliser; the bucket is the hash modulo `buckets`. Nothing depends on the machine, on Python's hash seed or on
    other texts.

    Args:
        words: The words of each text, one list a text; texts and words may be empty.
        buckets: Number of buckets, 1 to 2**31 - 1 (so many that few n-grams meet in one).
        orders: Lengths of n-grams, each at least 1.

    Returns:
        ``(indices [N] int32, offsets [B + 1] int64)``: text b hits ``indices[offsets[b]:offsets[b + 1]]``, ascending
        and without repeats.

    Raises:
        ParameterError: `buckets` or `orders` is impossible.

    Example:
        >>> indices, offsets = hashed_ngrams([["good", "film"], [], ["film"]], buckets=1000)
        >>> offsets.tolist()
        [0, 3, 3, 4]
        >>> indices[3] in indices[:3]
        True
    """
    _check(buckets, orders)
    known = _WordHashes()
    parts = [_ngrams_of(chunk, known, buckets, orders) for chunk in _chunks(words)]
    offsets = np.zeros(len(words) + 1, dtype=np.int64)
    if not parts:
        return np.zeros(0, dtype=np.int32), offsets
    np.cumsum(np.concatenate([counts for _, counts in parts]), out=offsets[1:])
    return np.concatenate([indices for indices, _ in parts]), offsets


class _WordHashes(dict[str, int]):
    """64-bit hash of a word, worked out at its first use."""

    def __missing__(self, word: str) -> int:
        self[word] = number = _word_hash(word)
        return number


def _word_hash(word: str) -> int:
    # A lone surrogate can be in a Python string and must not stop the hash.
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _chunks(words: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    """Cut the texts into runs of about TOKENS_AT_ONCE tokens; a longer text is a run alone."""
    start = tokens = 0
    for index, text in enumerate(words):
        if tokens and tokens + len(text) > TOKENS_AT_ONCE:
            yield words[start:index]
            start, tokens = index, 0
        tokens += len(text)
    if start < len(words):
        yield words[start:]


def _ngrams_of(
    words: Sequence[Sequence[str]], known: _WordHashes, buckets: int, orders: Sequence[int]
) -> tuple[Buckets, Offsets]:
    lengths = np.array([len(text) for text in words], dtype=np.int64)
    total = int(lengths.sum())
    hashes = np.fromiter(map(known.__getitem__, chain.from_iterable(words)), dtype=np.uint64, count=total)
    text = np.repeat(np.arange(len(words)), lengths)
    # Words from here to the end of the text: an n-gram must not reach into the next one.
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(total)
    # Text and bucket in one number, so that one sort orders and deduplicates all texts.
    keys = [
        text[left >= order] * buckets + (ngram[left >= order] % np.uint64(buckets)).astype(np.int64)
        for order, ngram in _rolling(hashes, max(orders))
        if order in orders
    ]
    ordered = np.sort(np.concatenate(keys))
    # Sort and compare: np.unique takes twenty times as long here.
    distinct = ordered[np.diff(ordered, prepend=-1) > 0]
    counts = np.bincount(distinct // buckets, minlength=len(words)).astype(np.int64)
    return (distinct % buckets).astype(np.int32), counts


def _rolling(hashes: Hashes, longest: int) -> Iterator[tuple[int, Hashes]]:
    """Hash of the n-gram starting at each word, for n = 1, 2, ...; wraps at the end, where the caller drops it."""
    ngram = _mix(hashes)
    yield 1, ngram
    for order in range(2, longest + 1):
        ngram = _mix(ngram * _STEP + np.roll(hashes, 1 - order))
        yield order, ngram


def _mix(value: Hashes) -> Hashes:
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    mixed: Hashes = value ^ (value >> np.uint64(31))
    return mixed


class RunningNgrams:
    """The buckets of a text's 1-, 2- and 3-grams as its words come: those of `hashed_ngrams`, word by word.

    Example:
        >>> running, words = RunningNgrams(), ["not", "a", "good", "film"]
        >>> found = {int(bucket) for word in words for bucket in running.push(word)}
        >>> found == set(hashed_ngrams([words])[0].tolist())
        True
    """

    def __init__(self) -> None:
        self._count = 0
        self._before = np.zeros(_LONGEST, dtype=np.uint64)  # hashes of the 1-, 2- and 3-gram that end at the last word

    def push(self, word: str) -> Buckets:
        """Buckets of the n-grams that end at this word, the shortest first."""
        shorter = np.concatenate([np.zeros(1, np.uint64), self._before[:-1]])
        self._before = _mix(shorter * _STEP + np.full(_LONGEST, _word_hash(word), np.uint64))
        self._count = min(self._count + 1, _LONGEST)
        buckets: Buckets = (self._before[: self._count] % np.uint64(MOST_BUCKETS)).astype(np.int32)
        return buckets


def _check(buckets: int, orders: Sequence[int]) -> None:
    if type(buckets) is not int or not 1 <= buckets <= MOST_BUCKETS:
        raise ParameterError(f"buckets={buckets!r} is not a whole number from 1 to {MOST_BUCKETS}")
    if not orders or any(type(order) is not int or order < 1 for order in orders):
        raise ParameterError(f"orders={orders!r} are not whole numbers of at least 1")


def find_columns(
    keys: npt.NDArray[np.int32], indices: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Place among the ascending `keys` of each index that is there, and a mask of which are.

    Example:
        >>> columns, is_known = find_columns(np.array([3, 8], np.int32), np.array([8, 5, 3], np.int32))
        >>> columns.tolist(), is_known.tolist()
        ([1, 0], [True, False, True])
    """
    if not len(keys):
        return np.zeros(0, dtype=np.int64), np.zeros(len(indices), dtype=np.bool_)
    columns = np.searchsorted(keys, indices)
    is_known = keys[np.minimum(columns, len(keys) - 1)] == indices
    return columns[is_known], is_known
