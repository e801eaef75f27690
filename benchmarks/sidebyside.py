"""What benchmarks of two sides share: turns, thread settings, medians, and the lines that say under which conditions.

Every side is measured in every round, one after the other, so that whatever else the machine does falls on all alike.
OpenMP's own settings (``OMP_WAIT_POLICY`` and so on) are taken from the environment and recorded.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from gatewise.ops import native
from record import spread, write

# A short step is repeated within its turn for so long: one alone would mostly measure the change of sides.
TURN_SECONDS = 0.2
# Idle OpenMP threads go on spinning for some milliseconds; the other side must not pay for them.
PAUSE_SECONDS = 0.03
# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4

Figures = dict[str, Any]
Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class Way:
    """One side with one number of threads.

    Attributes:
        side: Name of the side, as ``torch`` or ``ours``.
        threads: Threads it may use.
        run: One step, converting data included.
        detail: Anything else that was tried, as a size of batch.
    """

    side: str
    threads: int
    run: Callable[[], object]
    detail: str = ""

    @property
    def name(self) -> str:
        """Side and setting, as the results name it."""
        threads = f"{self.threads} thread{'s' if self.threads > 1 else ''}"
        return ", ".join(part for part in (self.side, self.detail, threads) if part)


@dataclass
class Measured:
    """Seconds of every step of every way.

    Attributes:
        sides: Name of each way's side.
        seconds: Seconds of each step, by name of the way.
        rounds: Median of each turn, by name of the way: one figure a round.
    """

    sides: dict[str, str]
    seconds: dict[str, list[float]] = field(default_factory=dict)
    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, other: Measured) -> None:
        """Take over the ways of another measurement."""
        self.sides |= other.sides
        self.seconds |= other.seconds
        self.rounds |= other.rounds

    def best(self, side: str) -> str:
        """Name of the side's fastest way, by median."""
        names = [name for name, own in self.sides.items() if own == side]
        return min(names, key=lambda name: statistics.median(self.seconds[name]))

    def table(self, *, steps_of: float = 1.0, unit: str = "seconds") -> Figures:
        """Spread of every way, each step divided by `steps_of` (tokens or texts in it)."""
        return {name: {"unit": unit, **spread([s / steps_of for s in own])} for name, own in self.seconds.items()}

    def ratio(self, rival: str, ours: str) -> Figures:
        """How many times as long as `ours` the `rival` takes, each with its best setting."""
        slow, fast = self.best(rival), self.best(ours)
        pairs = zip(self.rounds[slow], self.rounds[fast], strict=False)  # A way may have had fewer rounds.
        return {
            "rival": slow,
            "ours": fast,
            "ratio_of_medians": statistics.median(self.seconds[slow]) / statistics.median(self.seconds[fast]),
            "ratio_of_minima": min(self.seconds[slow]) / min(self.seconds[fast]),
            "ratio_by_round": spread([a / b for a, b in pairs]),
        }

    def ratios(self, rivals: Sequence[str], ours: Sequence[str]) -> Figures:
        """All ratios of sides that were measured."""
        have = set(self.sides.values())
        pairs = [(rival, our) for rival in rivals for our in ours if {rival, our} <= have]
        return {f"{rival} / {our}": self.ratio(rival, our) for rival, our in pairs}


def take_turns(ways: Sequence[Way], rounds: int, *, warm_up: bool = True) -> Measured:
    """Run every way `rounds` times in turn, and print a line for each.

    Args:
        ways: What to run.
        rounds: Turns of each.
        warm_up: First run each twice, and by that see how often a short step must be repeated to fill a turn; without
            it, a turn is one step. For steps of many seconds, warmed up by other means.
    """
    measured = Measured({way.name: way.side for way in ways})
    repeats = {way.name: math.ceil(TURN_SECONDS / min(_turn(way, 2))) if warm_up else 1 for way in ways}
    for _ in range(rounds):
        for way in ways:
            # The first step after a change of sides finds cold caches and sleeping threads.
            own = _turn(way, repeats[way.name] + 1)[1:] if repeats[way.name] > 1 else _turn(way, 1)
            measured.seconds.setdefault(way.name, []).extend(own)
            measured.rounds.setdefault(way.name, []).append(statistics.median(own))
    for name, own in measured.seconds.items():
        print(f"  {name:40} median {1e3 * statistics.median(own):10.3f} ms   min {1e3 * min(own):10.3f}", flush=True)
    return measured


def _turn(way: Way, repeats: int) -> list[float]:
    use_threads(way.threads)
    time.sleep(PAUSE_SECONDS)
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        way.run()
        seconds.append(time.perf_counter() - began)
    return seconds


def use_threads(threads: int) -> None:
    """Threads of torch, where it is loaded, and of our own pool."""
    native.use_threads(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


def our_sides(options: argparse.Namespace) -> dict[str, Precision]:
    """Our sides that this machine can run, with the precision of their products."""
    if options.rivals_only:
        return {}
    return {"ours": "fp32", "ours bf16": "bf16"} if native.has_bf16() else {"ours": "fp32"}


def keep_memory() -> bool:
    """Ask glibc to keep freed memory for both sides, as `gatewise train` does; it cannot be taken back.

    Torch takes every large block anew, and the system zeroes it anew; our side has an arena of its own.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_MMAP_MAX, 0)) and bool(mallopt(_M_TRIM_THRESHOLD, 2**31 - 1))


def parser(description: str, *, rounds: int) -> argparse.ArgumentParser:
    """The options every such benchmark has."""
    made = argparse.ArgumentParser(description=description.splitlines()[0])
    made.add_argument("--rounds", type=int, default=rounds, help="times that every side has its turn")
    made.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="settings tried for every side")
    made.add_argument("--rivals-only", action="store_true", help="leave our side out; nothing is recorded")
    made.add_argument("--dry", action="store_true", help="print the result and record nothing")
    made.add_argument("--keep-memory", action="store_true", help="have the C library keep freed memory, for all sides")
    return made


def conditions(options: argparse.Namespace) -> Figures:
    """How the run was asked for and what it found; take it before measuring, as it holds the load from before."""
    if options.keep_memory:
        options.keep_memory = keep_memory()
    return {
        "command": " ".join(["python", f"benchmarks/{os.path.basename(sys.argv[0])}", *sys.argv[1:]]),
        "load_before": [round(value, 2) for value in os.getloadavg()],
        "rounds": options.rounds,
        "threads_tried": options.threads,
        "freed_memory_kept": options.keep_memory,
        "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "native": native_state(),
        "versions": versions("onnx", "onnxruntime", "tensorflow-cpu", "tensorflow", "keras", "threadpoolctl"),
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(
                ("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "ONEDNN_", "GATEWISE_ISA", "GATEWISE_THR")
            )
        },
    }


def native_state() -> Figures:
    """Which kernels of ours are in use, and why none are where the core is missing."""
    if native.is_available():
        return {"isa": native.isa(), "bf16": native.has_bf16(), "threads_at_first": native.threads()}
    return {"isa": None, "why": native.reason()}


def versions(*names: str) -> dict[str, str]:
    """Versions of those packages that are installed, beside the ones `record.machine` gives."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def finish(name: str, options: argparse.Namespace, figures: Mapping[str, Any]) -> None:
    """Write the result, or only print it where it is not a whole measurement."""
    if options.dry or options.rivals_only:
        print(json.dumps(figures, indent=1))
    else:
        write(name, dict(figures))


def lstm_training_flops(tokens: int, inputs: int, hidden: int) -> int:
    """Operations of forward and backward products: each weight is met three times a token, two operations each."""
    return 6 * tokens * 4 * hidden * (inputs + hidden)
