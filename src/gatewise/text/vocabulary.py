"""What a vocabulary may be, whether it was counted from texts or read from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gatewise.errors import DataError, ParameterError
from gatewise.text.encoding import clean

MAX_WORDS = 1_000_000
"""Largest vocabulary allowed; the embedding of one would already take 500 MB."""
MAX_WORD_CHARACTERS = 100
"""Longer words never enter a vocabulary: they are addresses and noise."""
MAX_JSON_CHARACTERS = 64 * 2**20
"""Longest tokenizer.json that is read; a million words of usual length take a third of it."""


def check_range(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise `ParameterError` unless `value` is an int from `lowest` to `highest`."""
    if type(value) is not int or not lowest <= value <= highest:
        raise ParameterError(f"{name}={value!r} is not a whole number from {lowest} to {highest}")


def check_words(words: Sequence[str]) -> None:
    """Raise `ParameterError` unless `words` are different words that UTF-8 can write, not too many.

    Example:
        >>> check_words(["good", "good"])
        Traceback (most recent call last):
            ...
        gatewise.errors.ParameterError: the vocabulary holds 'good' twice
    """
    if len(words) > MAX_WORDS + 1:
        raise ParameterError(f"a vocabulary of {len(words)} words is larger than the {MAX_WORDS} allowed")
    if not _are_words(words):
        number, word = next((n, w) for n, w in enumerate(words) if not _are_words([w]))
        raise ParameterError(f"entry {number} of the vocabulary is not a word: {word!r:.120}")
    if len(set(words)) != len(words):
        twice = Counter(words).most_common(1)[0][0]
        raise ParameterError(f"the vocabulary holds {twice!r} twice")


def _are_words(words: Sequence[object]) -> bool:
    # All at once: a loop over 20,000 words would be a tenth of the time in which a prediction must answer.
    if not all(isinstance(word, str) and 0 < len(word) <= MAX_WORD_CHARACTERS for word in words):
        return False
    joined = " ".join(str(word) for word in words)
    return clean(joined) == joined


def most_frequent(counts: Counter[str], *, max_words: int, min_count: int) -> list[str]:
    """The words that occur `min_count` times or more, by falling count, equal counts in order of code points.

    Args:
        counts: How often each word occurs. Words of more than `MAX_WORD_CHARACTERS` are left out.
        max_words: Most words to keep, at least 1.
        min_count: At least 1.

    Raises:
        DataError: No word is left.

    Example:
        >>> most_frequent(Counter("abracadabra"), max_words=3, min_count=2)
        ['a', 'b', 'r']
    """
    frequent = (item for item in counts.items() if item[1] >= min_count and len(item[0]) <= MAX_WORD_CHARACTERS)
    ranked = sorted(frequent, key=lambda item: (-item[1], item[0]))
    if not ranked:
        raise DataError(f"no word occurs {min_count} times or more", hint="lower min_count, or give more text")
    return [word for word, _ in ranked[:max_words]]


def by_number(numbers: Any, *, first: int) -> list[str]:
    """The words of a word-to-number table in the order of their numbers, which must be `first`, `first` + 1, ...

    Raises:
        ParameterError: `numbers` is no such table.

    Example:
        >>> by_number({"b": 2, "a": 1}, first=1)
        ['a', 'b']
    """
    if not isinstance(numbers, dict) or not all(type(number) is int for number in numbers.values()):
        raise ParameterError("the vocabulary is not a table of words and whole numbers")
    words = sorted(numbers, key=lambda word: numbers[word])
    for wanted, word in enumerate(words, first):
        if numbers[word] != wanted:
            raise ParameterError(f"the vocabulary has no word with the number {wanted}, or two with one number")
    return words
