"""Speed of recurrent layers and of whole classifiers: sides in turns, so that the machine's other work falls on all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from gatewise.nn.encoder import encode
from gatewise.nn.lstm import LSTM
from gatewise.nn.qrnn import QRNN

Step = Callable[[], object]

OURS, TORCH = "LSTM", "torch LSTM"
QRNN_1, QRNN_2 = "QRNN k=1", "QRNN k=2"
LAYERS = (QRNN_1, QRNN_2, OURS, TORCH)


@dataclass(frozen=True)
class Shape:
    """A batch for one layer: `batch` sequences of `length` rows of `size` numbers, and as many units."""

    size: int
    batch: int
    length: int

    @property
    def rows(self) -> int:
        """Rows in the batch."""
        return self.batch * self.length


@dataclass(frozen=True)
class Timing:
    """How long to measure: `rounds` turns for each side, each of one step or more, for `seconds` at least."""

    rounds: int = 5
    seconds: float = 0.15


def in_turns(sides: Mapping[str, Step], timing: Timing) -> dict[str, float]:
    """Median seconds of a step of each side: each round measures all sides, one after the other.

    Example:
        >>> sorted(in_turns({"one": lambda: None, "other": lambda: None}, Timing(rounds=1, seconds=0.0)))
        ['one', 'other']
    """
    for step in sides.values():
        step()  # Memory is fetched, weights are packed.
    turns: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(timing.rounds):
        for name, step in sides.items():
            turns[name].append(_turn(step, timing.seconds))
    return {name: statistics.median(seconds) for name, seconds in turns.items()}


def _turn(step: Step, seconds: float) -> float:
    """Median of the steps of one turn."""
    taken: list[float] = []
    while not taken or sum(taken) < seconds:
        began = time.perf_counter()
        step()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def layer_rates(shape: Shape, timing: Timing, *, training: bool, seed: int = 0) -> dict[str, float]:
    """Rows per second of one layer: each of `LAYERS`, by inference or by a step forwards and back.

    Args:
        shape: All sequences have one length, so that padding costs torch nothing.
        timing: How long to measure.
        training: With the gradients of the weights and of the rows, else without any.
        seed: Of the rows and weights, which do not matter to the speed.
    """
    torch.manual_seed(seed)
    steps = {name: _step(_layer(name, shape.size), shape, training=training) for name in LAYERS}
    return {name: shape.rows / seconds for name, seconds in in_turns(steps, timing).items()}


def _layer(name: str, size: int) -> nn.Module:
    if name == TORCH:
        return nn.LSTM(size, size)
    return LSTM(size, size) if name == OURS else QRNN(size, size, window=1 if name == QRNN_1 else 2)


def _step(layer: nn.Module, shape: Shape, *, training: bool) -> Step:
    rows = torch.randn(shape.rows, shape.size, requires_grad=training)
    offsets = torch.arange(shape.batch + 1) * shape.length
    layer.train(training)

    def hidden() -> torch.Tensor:
        if isinstance(layer, nn.LSTM):
            grid: torch.Tensor = layer(rows.view(shape.length, shape.batch, shape.size))[0]
            return grid
        return encode(layer, rows, offsets)[0]

    def train() -> None:
        found = hidden()
        found.backward(torch.ones_like(found))  # type: ignore[no-untyped-call]
        layer.zero_grad()
        rows.grad = None

    def infer() -> None:
        with torch.no_grad():
            hidden()

    return train if training else infer


def times(rates: Mapping[str, float], sides: Sequence[str], against: Sequence[str]) -> dict[str, float]:
    """How many times as fast each of `sides` is as the fastest of `against`.

    Example:
        >>> times({"a": 8.0, "b": 2.0, "c": 1.0}, ["a"], ["b", "c"])
        {'a': 4.0}
    """
    fastest = max(rates[name] for name in against)
    return {name: rates[name] / fastest for name in sides}
