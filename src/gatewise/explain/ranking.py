"""The words of an explanation that moved the score most, for tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.explain.explanation import Explanation, Words
from gatewise.explain.wording import count_of, label

_LONGEST_WORD = 24


@dataclass(frozen=True)
class Entry:
    """One row.

    Attributes:
        number: Which word of the text, counted from 1; None for several together.
        word: Its characters in the text.
        contribution: Log odds.
        rival: What the bag of words gives it, or None where there is none.
    """

    number: int | None
    word: str
    contribution: float
    rival: float | None


def moved_most(explanation: Explanation, most: int = 10) -> list[Entry]:
    """The `most` words that speak most for the class, the others in one row, and the `most` that speak most against it.

    Args:
        explanation: Of T words.
        most: Rows of each direction, at least 1.

    Returns:
        Rows in falling order of contribution, apart from that of the others, which stands between the directions. The
        contributions of all rows have the sum of those of all words.

    Notes:
        O(T log T). Words without characters (padding) are among the others.
    """
    shares = explanation.contributions
    order = np.argsort(-shares, kind="stable").tolist()
    spans = explanation.words.offsets.tolist()
    shown = [place for place in order if spans[place][0] < spans[place][1]]
    positive = [place for place in shown if shares[place] > 0][:most]
    negative = [place for place in shown if shares[place] < 0][-most:]
    others = sorted(set(order) - {*positive, *negative})
    rows = [_entry(explanation, place) for place in positive]
    if others:
        rest = None if explanation.rival is None else float(explanation.rival[others].sum())
        name = f"({len(others):,} more)" if positive or negative else f"({count_of(len(others))})"
        rows.append(Entry(None, name, float(shares[others].sum()), rest))
    return rows + [_entry(explanation, place) for place in negative]


def word_at(words: Words, place: int) -> str:
    """The characters of a word in the text, as a table or a sentence can hold them."""
    start, end = words.offsets[place].tolist()
    return label(words.text[start:end] or words.words[place], _LONGEST_WORD)


def named(words: Words, place: int) -> str:
    """A word in quotes with its number, counted from 1."""
    return f"“{word_at(words, place)}” ({place + 1:,})"


def _entry(explanation: Explanation, place: int) -> Entry:
    rival = None if explanation.rival is None else float(explanation.rival[place])
    return Entry(place + 1, word_at(explanation.words, place), float(explanation.contributions[place]), rival)
