"""The study of memory: which networks learn which tasks, over how many steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from gatewise.studies.memory.findings import findings
from gatewise.studies.memory.grids import GRID_METHOD, measure_grids
from gatewise.studies.memory.measuring import measure
from gatewise.studies.memory.plan import Line, plan, rate_lines
from gatewise.studies.memory.plots import plots
from gatewise.studies.memory.telling import ADVICE, METHOD, QUESTION, tables
from gatewise.studies.memory.training import CLIP, RECENT, SOLVED, TESTED
from gatewise.studies.report import Report


def memory(*, seed: int = 0, thorough: bool = False, grid: bool = True, lines: Sequence[Line] | None = None) -> Report:
    """Success rate against lag on seven tasks, and the two tasks of the Grid LSTM.

    Args:
        seed: Of the first training of each cell; the others take the seeds that follow.
        thorough: More networks, longer lags, more seeds: hours in the place of minutes.
        grid: Also measure the tasks of the Grid LSTM, which takes half of the time.
        lines: What to measure in the place of the plan; nothing else is measured then.

    Raises:
        ParameterError: A line names a network or a start that there is not.

    Notes:
        The same numbers from the same seed and number of torch threads.

    Reference: Hochreiter and Schmidhuber (1997), Long short-term memory, section 5.

    Example:
        >>> from gatewise.studies.memory.training import Budget
        >>> report = memory(lines=[Line("long-lag noise", "lstm", (5,), budget=Budget(2), seeds=1)])
        >>> report.numbers["cells"][0]["steps"]
        [2]
    """
    chosen = plan(thorough=thorough) if lines is None else tuple(lines)
    numbers = {
        "cells": [cell for line in chosen for cell in measure(line, seed=seed)],
        "rates": [cell for line in rate_lines() for cell in measure(line, seed=seed)] if lines is None else [],
        "grids": measure_grids(seed=seed, seeds=3 if thorough else 1) if lines is None and grid else [],
    }
    return Report(
        name="memory",
        title="How far networks remember",
        question=QUESTION,
        method=METHOD + (GRID_METHOD if numbers["grids"] else ()),
        settings={
            "seed": seed,
            "thorough": thorough,
            "grid": grid,
            "clip": CLIP,
            "tested": TESTED,
            "recent": RECENT,
            "solved": SOLVED,
            "lines": [asdict(line) for line in chosen],
        },
        numbers=numbers,
        findings=findings(numbers),
        tables=tables(numbers),
        plots=plots(numbers["cells"]),
        advice=ADVICE,
    )
