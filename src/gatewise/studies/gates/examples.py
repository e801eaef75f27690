"""The course documents' examples, read by a stored model, by the same untrained, and by small language models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatewise.studies.gates.examples_plots import draw_examples
from gatewise.studies.gates.findings import findings
from gatewise.studies.gates.guesser import HIDDEN, WIDTH, train_guesser
from gatewise.studies.gates.guessing import measure
from gatewise.studies.gates.many import GATES
from gatewise.studies.gates.measuring import measure_reader
from gatewise.studies.gates.pairs import measure_pairs
from gatewise.studies.gates.reader import TextReader
from gatewise.studies.gates.texts import many_texts
from gatewise.studies.report import Report, Table

SEEDS = 3
_PAIRS = 300
_SENTENCES = 200

_QUESTION = (
    "What do input, forget and output gate do in the sentences by which the courses explain them, and is it as they "
    "say?"
)


def study_examples(reader: TextReader, *, steps: int, texts: int, seed: int) -> Report:
    """Every example of the course documents about gates, with a verdict on what is claimed of it."""
    reviews, source = many_texts(texts, seed)
    readers = [reader, reader.untrained(seed)]
    guessers = [train_guesser(seed=seed + place, steps=steps) for place in range(SEEDS)]
    readings = [one.read_many(reviews) for one in readers]
    looked_at = [*(one.reader for one in readers), *(one.reader for one in guessers)]
    pairs = [measure_pairs(one, count=_PAIRS, seed=seed) for one in looked_at]
    own, before = (
        measure_reader(one, reviews, done, known, seed)
        for one, done, known in zip(readers, readings, pairs, strict=False)
    )
    small = [
        {"seed": seed + place, "pairs": known.numbers(), **measure(one, sentences=_SENTENCES)}
        for place, (one, known) in enumerate(zip(guessers, pairs[len(readers) :], strict=True))
    ]
    return Report(
        name="gates",
        title="Gates at work: the courses' examples",
        question=_QUESTION,
        method=_method(reader, steps, source),
        settings={
            "model": reader.name,
            "layer": len(reader.reader.layers),
            "steps": steps,
            "texts": texts,
            "seed": seed,
        },
        numbers={"texts": source, "reader": own, "untrained": before, "language_models": small},
        findings=findings(own, before, small),
        tables=_tables(own, before, small),
        plots=draw_examples(
            readers, guessers[0], f"language model, seed {seed}", readings, [pairs[0], pairs[len(readers)]]
        ),
        advice=_advice(own, small),
    )


def _method(reader: TextReader, steps: int, source: str) -> tuple[str, ...]:
    return (
        f"{reader.name} is a sentiment classifier: it was never asked for a next word, and can only show what it does "
        "when it reads the examples. The untrained network has its sizes and the weights it could have begun with. "
        f"Many texts are {source}; the packaged model was trained on nine in ten of IMDB's.",
        "What needs a next word is asked of small language models trained here: an LSTM of "
        f"{HIDDEN} units over {WIDTH} numbers a word, {steps} batches of 32 sentences from a grammar that repeats the "
        "examples with words exchanged (countries, people, services) and sentences that say nothing in between; the "
        "loss is the mean over all words plus the mean over last words, Adam from 0.01 falling to zero, gradients cut "
        f"at 1, forget gates open at first. {SEEDS} seeds. The grammar is ours and its words are few: it shows what "
        "gates can learn to do, not what English is like.",
        "The trace of a word is the distance between the cells after the sentence and after the same with another word "
        "of its kind, mean over those words. What is left of what a word wrote is the product of the forget gates "
        "since. The two differ where the network writes something again.",
    )


def _tables(own: dict[str, Any], before: dict[str, Any], small: Sequence[dict[str, Any]]) -> tuple[Table, ...]:
    named = [
        (own["name"], own),
        ("untrained", before),
        *((f"language model, seed {one['seed']}", one) for one in small),
    ]
    return (
        Table(
            "Gates over many texts: mean, and share of values within 0.05 of 0 and of 1; words until half of what a "
            "unit wrote is gone, median and longest of the units.",
            (
                "network",
                *(f"{gate} {what}" for gate in GATES for what in ("mean", "near 0", "near 1")),
                "median",
                "longest",
            ),
            tuple(
                (
                    name,
                    *(one["near_the_ends"][gate][key] for gate in GATES for key in ("mean", "near_0", "near_1")),
                    one["half_lives"]["median"],
                    one["half_lives"]["longest"],
                )
                for name, one in named
            ),
        ),
        Table(
            "Share of last words guessed by the language models; the longest gap of France is longer than in training.",
            (
                "seed",
                *small[0]["accuracy"],
                *(f"france, {count} sentences" for count in small[0]["accuracy_by_fillers"]),
            ),
            tuple((str(one["seed"]), *one["accuracy"].values(), *one["accuracy_by_fillers"].values()) for one in small),
        ),
    )


def _advice(own: dict[str, Any], small: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    halves = [one["half_lives"]["median"] for one in small]
    return (
        "Do not read a story from the mean of a gate: in the networks here it moves by some hundredths where the story "
        "says that it opens or shuts. To see what is remembered, exchange the word and compare the cells.",
        "Nor is the product of the forget gates the memory. Half of what "
        f"{own['name']} writes is gone after {own['half_lives']['median']:.1f} words, half of what the language models "
        f"write after {min(halves):.1f} to {max(halves):.1f} (medians over units); what matters lasts longer, because "
        "the recurrence writes it again.",
        "Gates become decided where there is something to remember, and stay near where they began where the mean of "
        "all hidden states answers the question.",
    )
