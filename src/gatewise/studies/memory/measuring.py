"""The lines of the plan, measured: numbers for the JSON, the tables and the findings."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from gatewise.studies.memory.plan import Line
from gatewise.studies.memory.tasks import TASKS
from gatewise.studies.memory.training import Outcome, train

Cell = dict[str, Any]


def measure(line: Line, *, seed: int = 0) -> list[Cell]:
    """One cell for each lag of a line: the learning rate that does best over all seeds, and what came of it.

    Args:
        line: What to measure.
        seed: Of the first training; the others take those that follow.
    """
    return [_cell(line, lag, range(seed, seed + line.seeds)) for lag in line.lags]


def _cell(line: Line, lag: int, seeds: Iterable[int]) -> Cell:
    tried = {rate: [_trained(line, lag, rate, seed) for seed in seeds] for rate in line.rates}
    best = max(tried, key=lambda rate: _goodness(tried[rate]))
    outcomes = tried[best]
    return {
        "task": line.task,
        "network": line.network,
        "start": line.start,
        "label": line.label,
        "lag": lag,
        "budget": {**asdict(line.budget), "rate": best},
        "rates_tried": list(line.rates),
        "right": [one.right for one in outcomes],
        "likeliest": None if outcomes[0].likeliest is None else [one.likeliest for one in outcomes],
        "steps": [one.steps for one in outcomes],
        "solved": [one.solved for one in outcomes],
        "parameters": outcomes[0].parameters,
        "multiplications": outcomes[0].multiplications,
    }


def _trained(line: Line, lag: int, rate: float, seed: int) -> Outcome:
    return train(TASKS[line.task], line.network, lag, replace(line.budget, rate=rate), start=line.start, seed=seed)


def _goodness(outcomes: list[Outcome]) -> tuple[float, float, float]:
    """More right; of equals, more likeliest classes right; of equals, fewer steps."""
    return (
        statistics.fmean(one.right for one in outcomes),
        statistics.fmean(one.likeliest or 0.0 for one in outcomes),
        -statistics.fmean(one.steps for one in outcomes),
    )


def cells_of(cells: list[Cell], label: str, task: str) -> dict[int, Cell]:
    """The cells of one network on one task, by lag."""
    return {cell["lag"]: cell for cell in cells if cell["label"] == label and cell["task"] == task}


def mean(cell: Cell) -> float:
    """Mean share right of the seeds."""
    return statistics.fmean(cell["right"])


def guessed(cell: Cell) -> float | None:
    """Mean share whose likeliest classes are right."""
    return None if cell["likeliest"] is None else statistics.fmean(cell["likeliest"])
