"""What every benchmark shares: run interleaved, take medians, and say on which machine and code it was measured."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gatewise.settings import code_version

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Processor, cores, versions and current load: what a figure is worth nothing without."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "torch", "tokenizers", "scikit-learn")},
    }


def spread(values: list[float]) -> dict[str, float]:
    """Minimum, median and maximum."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values), "n": len(values)}


def mean_sd(values: list[float]) -> dict[str, Any]:
    """Mean and standard deviation, None for that of a single value; and the values."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {"mean": statistics.fmean(values), "sd": deviation, "values": values}


def percent(found: dict[str, Any]) -> str:
    """What `mean_sd` gave, for a table: ``89.59 ± 0.13``."""
    spread = "" if found["sd"] is None else f" ± {100 * found['sd']:.2f}"
    return f"{100 * found['mean']:.2f}{spread}"


def points(difference: float, interval: list[float] | None = None) -> str:
    """A difference of shares in points, with its 95 % interval: ``+1.2 (+0.4 to +2.0)``."""
    within = "" if interval is None else f" ({100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"
    return f"{100 * difference:+.1f}{within}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table as RESULTS.md has them."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(name: str, figures: dict[str, Any], *, keep: bool = True) -> None:
    """Print one result as JSON, and write it into ``results/`` unless it is but a trial."""
    result = {
        "benchmark": name,
        "date": datetime.date.today().isoformat(),
        "commit": code_version(),
        "machine": machine(),
        **figures,
    }
    text = json.dumps(result, indent=1)
    if keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(text)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
