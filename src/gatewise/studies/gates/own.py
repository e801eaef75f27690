"""The study of one sentence of the user's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.studies.gates.drawing import draw_score, draw_sentence, draw_units
from gatewise.studies.gates.many import GATES
from gatewise.studies.gates.reader import TextReader
from gatewise.studies.gates.reading import Reading
from gatewise.studies.report import Plot, Report, Table

# A plot of more words cannot be read; the others are read, and in result.json.
MOST_DRAWN = 60
_LISTED = 5


def study_sentence(reader: TextReader, sentence: str, seed: int) -> Report:
    """What the gates and the cell did at each word of `sentence`.

    Raises:
        ParameterError: It has no words, or none that the model reads.
    """
    ids, _ = reader.encode(sentence)
    if not len(ids):
        raise ParameterError(f"the sentence {sentence!r} has no word to read", hint="give some words")
    reading = reader.read(sentence)
    label, scores = reader.scores(ids)
    unknown, drawn = reader.unknown(sentence), reading.cut(MOST_DRAWN)
    return Report(
        name="gates",
        title="Gates and cell, word by word",
        question=f"What does {reader.name} do at each word of: {sentence}",
        method=_method(reader, len(reading)),
        settings={"sentence": sentence, "model": reader.name, "layer": len(reader.reader.layers), "seed": seed},
        numbers={"unknown_words": unknown, "scored_class": label, "words": _per_word(reading, scores)},
        tables=(_table(drawn, scores, label), _movers(drawn)),
        plots=(
            Plot(
                "gates",
                "Mean over the units (line) and quartiles (band) of the gates, of candidate and cell, and how much "
                "each word wrote into the cell and erased from it. * marks words outside the vocabulary.",
                draw_sentence(drawn),
            ),
            Plot(
                "units",
                "The units whose cell moved most, word by word; their numbers count from 0.",
                draw_units(drawn),
            ),
            Plot(
                "score",
                f"Running log odds of {label} as if the text ended at each word, and how far each word moved them."
                + _alone(reader),
                draw_score(drawn, scores, label),
            ),
        ),
        advice=_advice(reading, drawn, unknown),
    )


def _method(reader: TextReader, words: int) -> tuple[str, ...]:
    shape = reader.stored.config.network
    return (
        f"{reader.name} is an LSTM classifier of {shape.layers} layer(s) of {shape.hidden_size} units; seen is layer "
        f"{len(reader.reader.layers)}. It read {words} words. Gates are those of the equations in gatewise.ops.lstm; "
        "the running score is what the model would answer if the text ended there, before its temperature.",
        "Written is the mean over units of |i∘g|, what the word adds to the cell; erased that of |(1-f)∘c|, what it "
        "takes from the cell that was there; left is the share of what the word wrote that is in the cell at the end: "
        "the product of the forget gates since, weighted by what was written.",
    )


def _alone(reader: TextReader) -> str:
    """What a blend's page has to say about its scores."""
    if reader.stored.config.blend is None:
        return ""
    return " They are those of the network alone; the model's answer also weighs in its bag-of-words rival."


def _per_word(reading: Reading, scores: npt.NDArray[np.float64]) -> list[dict[str, Any]]:
    left, moved = reading.left(len(reading) - 1), np.diff(scores)
    written, erased = np.abs(reading.written).mean(1), np.abs(reading.erased).mean(1)
    return [
        {
            "word": word,
            "is_known": bool(reading.is_known[place]),
            **{gate: float(getattr(reading, gate)[place].mean()) for gate in GATES},
            "candidate": float(reading.candidate[place].mean()),
            "cell": float(reading.cell[place].mean()),
            "written": float(written[place]),
            "erased": float(erased[place]),
            "left": float(left[place]),
            "score": float(scores[place + 1]),
            "moved": float(moved[place]),
        }
        for place, word in enumerate(reading.words)
    ]


def _table(reading: Reading, scores: npt.NDArray[np.float64], label: str) -> Table:
    rows = _per_word(reading, scores[-len(reading) - 1 :])
    keys = ("input", "forget", "output", "written", "erased", "left", "score")
    return Table(
        f"Means over the units; score: log odds of {label} so far; * marks words outside the vocabulary.",
        ("word", *keys),
        tuple((row["word"] if row["is_known"] else f"{row['word']}*", *(row[key] for key in keys)) for row in rows),
    )


def _movers(reading: Reading) -> Table:
    """The words that wrote most and those that erased most, side by side."""
    sides = [_most(reading, np.abs(amounts).mean(1)) for amounts in (reading.written, reading.erased)]
    return Table(
        "Words that wrote most into the cell, and words that erased most from it.",
        ("wrote most", "written", "erased most", "erased"),
        tuple((*a, *b) for a, b in zip(*sides, strict=True)),
    )


def _most(reading: Reading, amounts: npt.NDArray[np.floating[Any]]) -> list[tuple[str, float]]:
    places = np.argsort(-amounts, kind="stable")[:_LISTED]
    return [(reading.words[place], float(amounts[place])) for place in places]


def _advice(reading: Reading, drawn: Reading, unknown: list[str]) -> tuple[str, ...]:
    said = []
    if unknown:
        said.append(f"Not in the vocabulary, so that the model cannot tell them from each other: {', '.join(unknown)}.")
    if len(drawn) < len(reading):
        said.append(f"Shown are the last {len(drawn)} of {len(reading)} words; result.json has all.")
    said.append(
        "A gate's mean says little by itself: see which units moved, and what is left of a word's writing at the end."
    )
    return tuple(said)
