"""What a stored text classifier does with the course documents' examples and with many texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.studies.gates.few import heaviest, measure_few
from gatewise.studies.gates.grammar import LANGUAGES
from gatewise.studies.gates.many import at_full_stops, half_lives, near_the_ends
from gatewise.studies.gates.pairs import Pairs, two_words
from gatewise.studies.gates.reader import TextReader
from gatewise.studies.gates.reading import Reading
from gatewise.studies.gates.texts import CEREAL, FRANCE, NAVY
from gatewise.studies.gates.traces import Numbers, trace

_WORDS = 200  # Read of each text where the score after every word is wanted.
_NAMED = 5


def measure_reader(
    reader: TextReader, texts: Sequence[str], readings: Sequence[Reading], pairs: Pairs, seed: int
) -> dict[str, Any]:
    """Everything that `gatewise.studies.gates.findings` asks of a stored model; None for words it does not know.

    Args:
        reader: The model.
        texts: Many texts.
        readings: What it did in them.
        pairs: What it did with pairs of words.
        seed: Of words drawn by chance.
    """
    return {
        "name": reader.name,
        "pairs": pairs.numbers(),
        "king": _king(reader),
        "france": _france(reader),
        "navy": _navy(reader),
        "full_stops": at_full_stops(readings),
        "near_the_ends": near_the_ends(readings),
        "half_lives": half_lives(readings),
        "few": measure_few(reader, texts, words=_WORDS, seed=seed),
        "cereal": _cereal(reader),
    }


def country_trace(reader: TextReader) -> Numbers | None:
    """Trace of France in the cell, relative to what it is when read; None for a model that does not know countries."""
    tokenizer = reader.predictor.tokenizer
    ids, words = reader.encode(FRANCE)
    numbers = [tokenizer.id_of(country) for country in LANGUAGES]
    known = [number for number in numbers if number != tokenizer.unknown_id]
    if "france" not in words or len(known) < 2 or numbers[0] not in known:
        return None
    found = trace(reader.reader, [int(id) for id in ids], words.index("france"), known).cell
    relative: Numbers = found / found[0]
    return relative


def _france(reader: TextReader) -> dict[str, float] | None:
    found = country_trace(reader)
    if found is None:
        return None
    reading = reader.read(FRANCE)
    place, left = reading.words.index("france"), reading.left(len(reading) - 1)
    return {
        "left": float(left[place]),
        "left_of_neighbours": float((left[place - 1] + left[place + 1]) / 2),
        "trace_left": float(found[-1]),
    }


def _king(reader: TextReader) -> dict[str, Any] | None:
    vocabulary = reader.reader.vocabulary
    if "queen" not in vocabulary or "king" not in vocabulary:
        return None
    return two_words(reader.reader, "queen", "king")


def _navy(reader: TextReader) -> dict[str, float] | None:
    reading = reader.read(NAVY)
    words = ("navy", "phone")
    if any(word not in reading.words or not reading.is_known[reading.words.index(word)] for word in words):
        return None
    return {f"input_at_{word}": float(reading.input[reading.words.index(word)].mean()) for word in words}


def _cereal(reader: TextReader) -> list[str]:
    """The words that move the cereal review's running score most, the heaviest first, with how far."""
    ids, words = reader.encode(CEREAL)
    moved = np.diff(reader.scores(ids)[1])
    places = heaviest(moved)
    ordered = places[np.argsort(-np.abs(moved[places]), kind="stable")][:_NAMED]
    return [f"{words[place]} ({moved[place]:+.2f})" for place in ordered]
