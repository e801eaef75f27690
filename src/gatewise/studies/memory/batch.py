"""What every task of the study draws, and how an answer is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Sequences and what is wanted of them.

    Attributes:
        rows: ``[N, I]`` float32: all sequences, one after another.
        offsets: ``[B + 1]``: sequence b is the rows from ``offsets[b]`` up to ``offsets[b + 1]``.
        at: ``[M]``: the rows after which an answer is wanted, in rising order.
        answers: What is wanted there: ``[M]`` int64 classes, or ``[M, K]`` float32 values.
        legal: ``[M, K]``: of the Reber grammar, the symbols that may come next; None elsewhere.
    """

    rows: Rows
    offsets: Places
    at: Places
    answers: NDArray[Any]
    legal: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of_sequences(self, is_right: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """From ``[M]`` answers to ``[B]`` sequences: right is one of which every answer is right."""
        wrong = np.bincount(np.searchsorted(self.offsets, self.at[~is_right], side="right") - 1, minlength=len(self))
        is_right_all: NDArray[np.bool_] = wrong == 0
        return is_right_all


Draw = Callable[[np.random.Generator, int, int], Batch]
Judge = Callable[[NDArray[np.float64], Batch], NDArray[np.bool_]]


@dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        name: As in tables and in the JSON.
        source: Paper and section.
        inputs, outputs: Widths I and K.
        kind: ``classes``: K outputs through a softmax, cross entropy. ``values``: K outputs, squared error.
        lag: What its lag is, in words.
        criterion: When a sequence counts as right, in words.
        draw: ``draw(generator, count, lag)`` gives a `Batch` of that many fresh sequences.
        judge: ``judge(outputs [M, K], batch)`` gives ``[B]``; of classes, the outputs are probabilities.
        practise: Draws what the network is trained on, where that differs.
    """

    name: str
    source: str
    inputs: int
    outputs: int
    kind: Literal["classes", "values"]
    lag: str
    criterion: str
    draw: Draw
    judge: Judge
    practise: Draw | None = None

    def practice(self, generator: np.random.Generator, count: int, lag: int) -> Batch:
        """Sequences to train on."""
        return (self.practise or self.draw)(generator, count, lag)


def classes_within(error: float) -> Judge:
    """Right: every output differs from its target (1 for the class, 0 for the others) by less than `error`."""

    def judge(outputs: NDArray[np.float64], batch: Batch) -> NDArray[np.bool_]:
        targets = np.eye(outputs.shape[1])[batch.answers]
        return batch.of_sequences((np.abs(outputs - targets) < error).all(1))

    return judge


def values_within(error: float) -> Judge:
    """Right: every output differs from its target by less than `error`."""

    def judge(outputs: NDArray[np.float64], batch: Batch) -> NDArray[np.bool_]:
        return batch.of_sequences((np.abs(outputs - batch.answers) < error).all(1))

    return judge


def likeliest(outputs: NDArray[np.float64], batch: Batch) -> NDArray[np.bool_]:
    """Right: the likeliest class is the wanted one, at every place."""
    return batch.of_sequences(outputs.argmax(1) == batch.answers)


def all_legal_first(outputs: NDArray[np.float64], batch: Batch) -> NDArray[np.bool_]:
    """Right: at every place each symbol that may come next has a higher output than each that may not."""
    assert batch.legal is not None
    least = np.where(batch.legal, outputs, np.inf).min(1)
    most = np.where(batch.legal, -np.inf, outputs).max(1)
    return batch.of_sequences(least > most)


def ragged(lengths: Places) -> Places:
    """Lengths to offsets.

    Example:
        >>> ragged(np.array([2, 0, 3])).tolist()
        [0, 2, 2, 5]
    """
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def one_hot(symbols: Places, width: int) -> Rows:
    """``[N]`` symbols to ``[N, width]``."""
    rows = np.zeros((len(symbols), width), np.float32)
    rows[np.arange(len(symbols)), symbols] = 1
    return rows
