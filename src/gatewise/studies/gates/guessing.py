"""What the guesser of one seed does with the course documents' examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.studies.gates.grammar import KINDS, LANGUAGES, MEANS, PEOPLE, SERVICES, Sentence
from gatewise.studies.gates.guesser import Guesser, held_out
from gatewise.studies.gates.many import STOP, at_full_stops, half_lives, near_the_ends
from gatewise.studies.gates.spread import mean_interval
from gatewise.studies.gates.traces import Trace, entry, trace

_MOST_TRAINED_FILLERS = 5
FILLERS_TESTED = (0, _MOST_TRAINED_FILLERS, 8)
# Where the two open words of every sentence of the kind "navy" stand.
_MEANS, _SERVICE = 9, 15


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FRANCE = Sentence(
    "france",
    _words("i grew up in france . we had a small house and a garden . my uncle lived in spain . i speak fluent french"),
    source=4,
)
BOB_AND_DAN = Sentence(
    "bob and dan", _words("bob is a nice person . dan on the other hand is evil . people fear dan"), source=6
)
NAVY = Sentence(
    "navy",
    _words(
        "bob knows swimming . he told me over the phone that he had served the navy for four long years . he is proud "
        "of the navy"
    ),
    source=15,
)
BRAVE = Sentence(
    "brave",
    _words("bob single - handedly fought the enemy and died for his country . for his contributions , brave bob"),
    source=0,
)


def trace_of(guesser: Guesser, sentence: Sentence, word: str, kind: Sequence[str]) -> Trace:
    """Trace of the first `word` of a sentence against the other words of its kind that the sentence does not hold."""
    return trace(guesser.reader, *_exchange(guesser, sentence, word, kind))


def _exchange(guesser: Guesser, sentence: Sentence, word: str, kind: Sequence[str]) -> tuple[list[int], int, list[int]]:
    number = guesser.reader.vocabulary.index
    others = [number(other) for other in kind if other not in sentence.words]
    return [number(w) for w in sentence.words[:-1]], sentence.words.index(word), others


def measure(guesser: Guesser, *, sentences: int) -> dict[str, Any]:
    """Accuracy, traces and gates, see the keys."""
    drawn = held_out(sentences)
    readings = guesser.read_many(drawn)
    return {
        "accuracy": {kind: _accuracy(guesser, held_out(sentences, kind)) for kind in KINDS},
        "accuracy_by_fillers": {
            str(count): _accuracy(guesser, held_out(sentences, "france", count)) for count in FILLERS_TESTED
        },
        "france": _france(guesser),
        "full_stops": {**at_full_stops(readings), **_bob(guesser)},
        "input_gate": _navy(guesser, held_out(sentences, "navy")),
        "output_gate": _brave(guesser),
        "near_the_ends": near_the_ends(readings),
        "half_lives": half_lives(readings),
    }


def _accuracy(guesser: Guesser, sentences: list[Sentence]) -> float:
    return float(np.mean(guesser.is_right(sentences)))


def _france(guesser: Guesser) -> dict[str, float]:
    """The country that counts, the uncle's country, and what is left of what each wrote; all at the guess."""
    reading, place = guesser.read(FRANCE), FRANCE.source
    left = reading.left(len(reading) - 1)
    country, uncle = (trace_of(guesser, FRANCE, word, tuple(LANGUAGES)).cell for word in ("france", "spain"))
    return {
        "trace_then": float(country[0]),
        "trace_now": float(country[-1]),
        "uncle_trace_then": float(uncle[0]),
        "uncle_trace_now": float(uncle[-1]),
        "left": float(left[place]),
        "left_of_neighbours": float((left[place - 1] + left[place + 1]) / 2),
    }


def _bob(guesser: Guesser) -> dict[str, float]:
    """Share of Bob's trace that passes the full stop, and Dan's name; and Dan's at the guess."""
    bob, dan = (trace_of(guesser, BOB_AND_DAN, word, PEOPLE) for word in ("bob", "dan"))
    stop = BOB_AND_DAN.words.index(STOP)
    return {
        "bob_through_the_stop": float(bob.cell[stop] / bob.cell[stop - 1]),
        "bob_then": float(bob.cell[0]),
        "bob_at_the_guess": float(bob.cell[-1]),
        "dan_at_the_guess": float(dan.cell[-1]),
    }


def _navy(guesser: Guesser, sentences: list[Sentence]) -> dict[str, float]:
    """The input gate at the service and at the means over sentences of the kind; traces of navy and phone in one."""
    readings = guesser.read_many(sentences)
    service, means = (np.array([r.input[place].mean() for r in readings]) for place in (_SERVICE, _MEANS))
    difference, half_width = mean_interval(service - means)
    phone, navy = trace_of(guesser, NAVY, "phone", MEANS), trace_of(guesser, NAVY, "navy", SERVICES)
    entries = {
        word: entry(guesser.reader, *_exchange(guesser, NAVY, word, kind))
        for word, kind in (("phone", MEANS), ("navy", SERVICES))
    }
    return {
        "input_at_service": float(service.mean()),
        "input_at_means": float(means.mean()),
        "difference": difference,
        "difference_half_width": half_width,
        **{f"candidate_{word}": one.candidate for word, one in entries.items()},
        **{f"let_in_{word}": one.let_in for word, one in entries.items()},
        "phone_then": float(phone.cell[0]),
        "navy_then": float(navy.cell[0]),
        "phone_at_the_guess": float(phone.cell[-1]),
        "navy_at_the_guess": float(navy.cell[-1]),
    }


def _brave(guesser: Guesser) -> dict[str, float]:
    """How open the output gate is for the name at "brave", and how open at the words between."""
    name = trace_of(guesser, BRAVE, "bob", PEOPLE)
    return {
        "shown_at_brave": float(name.shown[-1]),
        "shown_between": float(name.shown[1:-1].mean()),
        "hidden_at_brave": float(name.hidden[-1]),
        "hidden_at_the_stop": float(name.hidden[BRAVE.words.index(STOP)]),
        "cell_at_brave": float(name.cell[-1]),
        "cell_at_the_stop": float(name.cell[BRAVE.words.index(STOP)]),
    }
