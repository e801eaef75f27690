"""A small language in which the course documents' examples have an answer: sentences whose last word is to be guessed.

Each kind of sentence is one of their examples with its words exchanged; what decides the last word stands as far before
it as in the example, or farther, behind sentences that say nothing about it. Words of the wrong kind stand in between
(an uncle's country, a second person), so that remembering everything is no help.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

KINDS = ("clouds", "france", "bob and dan", "navy", "brave")

PLACES = {
    "clouds": "sky",
    "fish": "sea",
    "cars": "street",
    "ships": "harbour",
}
LANGUAGES = {
    "france": "french",
    "spain": "spanish",
    "germany": "german",
    "italy": "italian",
    "japan": "japanese",
    "turkey": "turkish",
}
PEOPLE = ("bob", "dan", "tom", "sue", "ann", "eva")
SERVICES = ("navy", "army", "police", "church")
MEANS = ("phone", "radio", "fence", "river")
FILLERS = (
    "the weather was mild there .",
    "we had a small house and a garden .",
    "my father worked in a bank .",
    "on sundays we went for long walks .",
    "my sister liked to sing .",
    "the winters were cold and the summers were dry .",
    "i read many books .",
    "we had two dogs .",
)
_MOST_FILLERS = {"clouds": 0, "france": 5, "bob and dan": 0, "navy": 1, "brave": 2}


@dataclass(frozen=True)
class Sentence:
    """Words of which the last is to be guessed.

    Attributes:
        kind: One of `KINDS`.
        words: All of them.
        source: Place of the word that decides the last one.
    """

    kind: str
    words: tuple[str, ...]
    source: int

    @property
    def gap(self) -> int:
        """Words between the one that decides and the guess."""
        return len(self.words) - self.source - 2

    def exchanged(self, place: int, word: str) -> Sentence:
        """The same with another word at `place`."""
        return Sentence(self.kind, (*self.words[:place], word, *self.words[place + 1 :]), self.source)


def draw(random: np.random.Generator, kind: str | None = None, fillers: int | None = None) -> Sentence:
    """A sentence: of a random kind unless given, with a random number of fillers unless given.

    Example:
        >>> " ".join(draw(np.random.default_rng(0), "bob and dan").words)
        'sue is a nice person . tom on the other hand is evil . people fear tom'
    """
    kind = kind or KINDS[random.integers(len(KINDS))]
    count = int(random.integers(_MOST_FILLERS[kind] + 1)) if fillers is None else fillers
    between = [FILLERS[place] for place in random.integers(len(FILLERS), size=count)]
    text, source = _KINDS[kind](random, between)
    words = tuple(text.split())
    return Sentence(kind, words, words.index(source) if kind != "bob and dan" else 6)


def vocabulary() -> tuple[str, ...]:
    """All words of the language, in alphabetical order."""
    random = np.random.default_rng(0)
    fixed = {word for kind in KINDS for word in draw(random, kind).words} | {
        word for f in FILLERS for word in f.split()
    }
    uncle = ["my", "uncle", "lived", "in", "spain", "."]
    open_words = (*PLACES, *PLACES.values(), *LANGUAGES, *LANGUAGES.values(), *PEOPLE, *SERVICES, *MEANS)
    return tuple(sorted({*fixed, *uncle, *open_words}))


def _one(random: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[random.integers(len(words))]


def _clouds(random: np.random.Generator, between: list[str]) -> tuple[str, str]:
    thing = _one(random, tuple(PLACES))
    return f"the {thing} are in the {PLACES[thing]}", thing


def _france(random: np.random.Generator, between: list[str]) -> tuple[str, str]:
    country, other = random.permutation(list(LANGUAGES))[:2].tolist()
    if random.random() < 0.5:
        between.insert(int(random.integers(len(between) + 1)), f"my uncle lived in {other} .")
    return " ".join([f"i grew up in {country} .", *between, f"i speak fluent {LANGUAGES[country]}"]), country


def _bob_and_dan(random: np.random.Generator, between: list[str]) -> tuple[str, str]:
    first, second = random.permutation(PEOPLE)[:2].tolist()
    return f"{first} is a nice person . {second} on the other hand is evil . people fear {second}", second


def _navy(random: np.random.Generator, between: list[str]) -> tuple[str, str]:
    person, means, service = _one(random, PEOPLE), _one(random, MEANS), _one(random, SERVICES)
    told = f"he told me over the {means} that he had served the {service} for four long years ."
    return " ".join([f"{person} knows swimming .", told, *between, f"he is proud of the {service}"]), service


def _brave(random: np.random.Generator, between: list[str]) -> tuple[str, str]:
    person = _one(random, PEOPLE)
    fought = f"{person} single - handedly fought the enemy and died for his country ."
    return " ".join([fought, *between, f"for his contributions , brave {person}"]), person


_KINDS: dict[str, Callable[[np.random.Generator, list[str]], tuple[str, str]]] = {
    "clouds": _clouds,
    "france": _france,
    "bob and dan": _bob_and_dan,
    "navy": _navy,
    "brave": _brave,
}
