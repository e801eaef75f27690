"""How long a word is remembered: exchange it for others of its kind and see how far the states differ afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.studies.gates.reader import Reader
from gatewise.studies.gates.reading import Reading

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """What a network's states know of one word, at each word from that one on.

    Attributes:
        cell: ``[T - place]`` Euclidean distance between the cells with the word and with another, mean over the others.
        hidden: The same of the hidden states.
        shown: Mean output gate of the units, each weighted by the distance it holds in tanh(c): how open the door is
            for what is known of the word.
    """

    cell: Numbers
    hidden: Numbers
    shown: Numbers


def trace(reader: Reader, ids: Sequence[int], place: int, others: Sequence[int]) -> Trace:
    """Trace of the word at `place` of a text, against the words `others` in its stead.

    Args:
        reader: Who reads.
        ids: ``[T]`` the text.
        place: Of the word.
        others: Ids of words of its kind; the word itself is passed over.
    """
    base, readings = _exchanged(reader, ids, place, others)
    cells = np.stack([reading.cell[place:] - base.cell[place:] for reading in readings])
    hidden = np.stack([reading.hidden[place:] - base.hidden[place:] for reading in readings])
    held = np.abs(np.stack([np.tanh(reading.cell[place:]) - np.tanh(base.cell[place:]) for reading in readings]))
    shown = (held * base.output[place:]).sum((0, 2)) / held.sum((0, 2))
    return Trace(_distance(cells), _distance(hidden), shown.astype(np.float64))


@dataclass(frozen=True)
class Entry:
    """How a word came into the cell, against other words of its kind, mean over them.

    Attributes:
        candidate: Euclidean distance between the candidates g.
        let_in: Mean input gate of the units, each weighted by the distance of its candidate: how open the door is for
            what is particular to the word.
    """

    candidate: float
    let_in: float


def entry(reader: Reader, ids: Sequence[int], place: int, others: Sequence[int]) -> Entry:
    """What is particular to the word at `place`, and how open the input gate is for it; arguments as for `trace`."""
    base, readings = _exchanged(reader, ids, place, others)
    differences = np.stack([reading.candidate[place] - base.candidate[place] for reading in readings])
    weights = np.abs(differences)
    return Entry(
        candidate=float(np.linalg.norm(differences.astype(np.float64), axis=1).mean()),
        let_in=float((weights * base.input[place]).sum() / weights.sum()),
    )


def _exchanged(reader: Reader, ids: Sequence[int], place: int, others: Sequence[int]) -> tuple[Reading, list[Reading]]:
    """The text as it is, and with each of the others in the word's stead."""
    changed = [[*ids[:place], other, *ids[place + 1 :]] for other in others if other != ids[place]]
    base, *readings = reader.read_many([ids, *changed], [()] * (1 + len(changed)))
    return base, readings


def _distance(differences: npt.NDArray[np.floating]) -> Numbers:
    distance: Numbers = np.linalg.norm(differences.astype(np.float64), axis=2).mean(0)
    return distance
