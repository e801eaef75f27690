"""A prediction from a cold process: seconds and memory of ``gatewise predict "..."`` with the packaged model.

Beside it, in turn, a bare interpreter that imports NumPy: what no program that uses NumPy can go below.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time

from record import spread, write

TEXT = "I expected to hate it, but the ending won me over."
RUNS = 15


def run(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and peak megabytes of one process."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit(f"{arguments} failed")
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def main() -> None:
    """Time both in turn, after one run that does not count."""
    commands = {"predict": ["-m", "gatewise", "predict", TEXT], "import_numpy": ["-c", "import numpy"]}
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(RUNS + 1):
        for name, arguments in commands.items():
            figure = run(arguments)
            if number:
                measured[name].append(figure)
    write(
        "cold_start",
        {
            "command": "python benchmarks/cold_start.py",
            "seconds": {name: spread([s for s, _ in runs]) for name, runs in measured.items()},
            "megabytes": {name: spread([m for _, m in runs]) for name, runs in measured.items()},
            "children_cpu_seconds": resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime,
        },
    )


if __name__ == "__main__":
    main()
