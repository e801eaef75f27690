"""Sentences whose words say nothing unless they are read in order: pairs of the same words with opposite meanings.

Two kinds. *Near*: "the book was good , not bad ." against "the book was bad , not good ."; a few words side by side
tell them apart. *Far*: "at first the film seemed to me quite really good , later it seemed to me truly very bad ."
against the same with good and bad exchanged: what counts is which comes last, and no three words in a row tell. Behind
either stand sentences that say nothing, more or fewer, so that what counts may be long ago.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

GOOD = ("good", "great", "clever", "funny", "fresh", "honest", "warm", "lovely", "gripping", "superb")
BAD = ("bad", "awful", "stupid", "dull", "stale", "fake", "cold", "ugly", "tedious", "poor")
THINGS = ("film", "book", "play", "song", "story", "picture")
ADVERBS = ("quite", "really", "truly", "very", "rather", "so")
FILLERS = (
    "we went there on a monday .",
    "my sister paid for both of us .",
    "it was raining when we came out .",
    "the bus home was late again .",
    "somebody had left an umbrella on a seat .",
    "there were about forty people in the room .",
    "we had tea before it began .",
    "the lights went on after two hours .",
)
KINDS = ("near", "far")
MOST_FILLERS = 20
_ADVERBS_EACH = 2


@dataclass(frozen=True)
class Text:
    """Words, and whether they praise.

    Attributes:
        kind: One of `KINDS`.
        words: Lower-cased.
        is_good: The meaning.
    """

    kind: str
    words: tuple[str, ...]
    is_good: bool


def draw_pairs(count: int, random: np.random.Generator) -> list[Text]:
    """`count` pairs of texts, one after the other: each has the words of its neighbour and the opposite meaning.

    Example:
        >>> first, second = draw_pairs(1, np.random.default_rng(0))
        >>> sorted(first.words) == sorted(second.words), first.is_good == second.is_good
        (True, False)
    """
    return [text for _ in range(count) for text in _pair(random)]


def vocabulary() -> tuple[str, ...]:
    """All words, in alphabetical order."""
    open_words = (*GOOD, *BAD, *THINGS, *ADVERBS)
    fillers = [word for filler in FILLERS for word in filler.split()]
    return tuple(sorted({*_near(*open_words[:3], ADVERBS), *_far(*open_words[:3], ADVERBS), *fillers, *open_words}))


def _pair(random: np.random.Generator) -> tuple[Text, Text]:
    kind = KINDS[random.integers(len(KINDS))]
    frame = _FRAMES[kind]
    adverbs = tuple(_one(random, ADVERBS) for _ in range(2 * _ADVERBS_EACH))
    thing, good, bad = _one(random, THINGS), _one(random, GOOD), _one(random, BAD)
    count = int(random.integers(MOST_FILLERS + 1))
    tail = tuple(" ".join(_one(random, FILLERS) for _ in range(count)).split())
    praise = Text(kind, (*frame(thing, good, bad, adverbs), *tail), is_good=True)
    blame = Text(kind, (*frame(thing, bad, good, adverbs), *tail), is_good=False)
    return praise, blame


def _near(thing: str, meant: str, other: str, adverbs: tuple[str, ...]) -> list[str]:
    return ["the", thing, "was", meant, ",", "not", other, "."]


def _far(thing: str, meant: str, other: str, adverbs: tuple[str, ...]) -> list[str]:
    first, second = adverbs[:_ADVERBS_EACH], adverbs[_ADVERBS_EACH : 2 * _ADVERBS_EACH]
    begin = ["at", "first", "the", thing, "seemed", "to", "me", *first, other, "and", "we", "talked", ","]
    return [*begin, "later", "it", "seemed", "to", "me", *second, meant, "and", "we", "talked", "."]


def _one(random: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[random.integers(len(words))]


_FRAMES: dict[str, Callable[[str, str, str, tuple[str, ...]], list[str]]] = {"near": _near, "far": _far}
