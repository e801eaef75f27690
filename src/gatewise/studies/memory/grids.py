"""The two tasks of the Grid LSTM within the study of memory: measured, told and judged."""

from __future__ import annotations

from typing import Any

from gatewise.studies.memory.grid_tasks import grid_addition, grid_parity
from gatewise.studies.report import Finding, Table

Result = dict[str, Any]


def measure_grids(*, seed: int = 0, seeds: int = 1) -> list[Result]:
    """20-bit parity by a 1-D grid and by its rival without gates, and 5-digit addition by a 2-D grid, seed by seed."""
    found: list[Result] = []
    for each in range(seed, seed + seeds):
        found.append({**_named("20-bit parity at once", "grid_lstm, 1-D", each), **grid_parity(seed=each)})
        rival = grid_parity(seed=each, network="tanh")
        found.append({**_named("20-bit parity at once", "tanh layers, tied", each), **rival})
        found.append({**_named("5-digit addition", "grid_lstm, 2-D", each), **grid_addition(seed=each)})
    return found


def _named(task: str, network: str, seed: int) -> Result:
    return {"task": task, "network": network, "seed": seed}


def grid_table(found: list[Result]) -> Table:
    """One row a result."""
    rows = tuple(
        (
            one["task"],
            one["network"],
            one["seed"],
            "yes" if one["solved"] else "no",
            f"{one['accuracy']:.2%}",
            one["steps"],
            one["samples"],
            one["parameters"],
        )
        for one in found
    )
    names = ("task", "network", "seed", "solved", "fresh right", "steps", "examples seen", "parameters")
    return Table("Grid LSTM: tasks of its paper, at 20 bits (there 250) and 5 digits (there 15)", names, rows)


def grid_finding(found: list[Result]) -> Finding | None:
    """Whether Grid LSTMs learn parity and addition."""
    grids = [one for one in found if one["network"].startswith("grid")]
    if not grids:
        return None
    told = "; ".join(
        f"{one['task']}, seed {one['seed']}: {one['accuracy']:.2%} of fresh ones right, {one['samples']:,} seen"
        for one in grids
    )
    rivals = [f"{one['accuracy']:.2%}" for one in found if one not in grids]
    other = f" Tied tanh layers of the same width and depth, without gates, on parity: {', '.join(rivals)}."
    solved = [one["solved"] for one in grids]
    return Finding(
        "A Grid LSTM learns parity and addition",
        "G",
        "true" if all(solved) else "partly" if any(solved) else "false",
        f"{told}.{other if rivals else ''} Trained on easier examples too, see below.",
    )


GRID_METHOD = (
    "Grid LSTM (Kalchbrenner et al. 2015). Parity: all bits at once as one vector through the depth of a tied 1-D "
    "grid; half of the strings trained on have each a share of ones of its own, from none to a half; the others, and "
    "those of the test, a half. Addition: first digits first, as in the paper; sums of fewer digits are trained on "
    "too. Solved is a task of which 99.9 % of 10,000 new strings are right, or 99 % of 10,000 new sums with every "
    "symbol.",
)
