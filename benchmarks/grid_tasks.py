"""A Grid LSTM on the two tasks of its paper that `gatewise study memory` has: 20-bit parity and 5-digit addition.

The functions are the study's own, with their defaults; every seed is trained to its end and tested on 10,000 fresh
examples. Reference: Kalchbrenner, Danihelka and Graves (2015), arXiv:1507.01526, sections 4.1 and 4.2.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch

from gatewise.nn import use_threads
from gatewise.studies.memory.grid_tasks import grid_addition, grid_parity
from record import write

TASKS = {"20-bit parity": grid_parity, "5-digit addition": grid_addition}


def measure(task: str, seed: int) -> dict[str, Any]:
    """Train with one seed to the end and test."""
    began = time.monotonic()
    found = TASKS[task](seed=seed)
    return {
        "task": task,
        "seed": seed,
        "seconds": time.monotonic() - began,
        "threads": torch.get_num_threads(),
        **found,
    }


def main() -> None:
    """Measure what is not measured yet; the file of runs makes an interrupted benchmark go on."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    options.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--runs", type=Path, default=Path("runs/grid_tasks.jsonl"))
    chosen = options.parse_args()
    use_threads(chosen.threads)
    chosen.runs.parent.mkdir(parents=True, exist_ok=True)
    chosen.runs.touch()
    done = {(run["task"], run["seed"]) for run in map(json.loads, chosen.runs.read_text().splitlines())}
    for task in chosen.tasks:
        for seed in chosen.seeds:
            if (task, seed) not in done:
                run = measure(task, seed)
                print(json.dumps({key: value for key, value in run.items() if key != "curve"}), flush=True)
                with chosen.runs.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(run) + "\n")
    write("grid_tasks", {"runs": [json.loads(line) for line in chosen.runs.read_text().splitlines()]})


if __name__ == "__main__":
    main()
