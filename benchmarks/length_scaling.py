"""Our LSTM from 100 to 10,000 tokens a sequence: training tokens a second, and peak memory a token. Draws both.

Speed is measured at equal total tokens, so that longer sequences mean fewer of them. Memory is measured at an equal
number of sequences, so that longer ones mean more tokens; a straight line through it is the bytes a token costs. Each
figure of memory is a process of its own: the most it held in a step less what it held before.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from gatewise.nn import LSTM
from sidebyside import Figures, Way, conditions, finish, lstm_training_flops, parser, take_turns

LENGTHS = (100, 200, 500, 1000, 2000, 5000, 10_000)
INPUTS, HIDDEN = 96, 128
TOKENS, SEQUENCES = 320_000, 32
IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


def our_step(sequences: int, length: int) -> Callable[[], None]:
    """Forward and backward of our layer over that many equal sequences."""
    lstm = LSTM(INPUTS, HIDDEN)
    x = torch.randn(sequences * length, INPUTS).requires_grad_()
    offsets = torch.arange(sequences + 1) * length
    numbers = torch.randn(sequences * length, HIDDEN)

    def step() -> None:
        lstm.zero_grad(set_to_none=True)
        x.grad = None
        lstm(x, offsets=offsets)[0].backward(numbers)

    return step


def torch_step(sequences: int, length: int) -> Callable[[], None]:
    """The same in torch, for the plots."""
    lstm = nn.LSTM(INPUTS, HIDDEN)
    x = torch.randn(length, sequences, INPUTS).requires_grad_()
    numbers = torch.randn(length, sequences, HIDDEN)

    def step() -> None:
        lstm.zero_grad(set_to_none=True)
        x.grad = None
        lstm(x)[0].backward(numbers)

    return step


SIDES = {"ours": our_step, "torch": torch_step}


def speeds(sides: list[str], options: argparse.Namespace) -> Figures:
    """Tokens a second of each side at each length, with its best number of threads."""
    found: Figures = {side: {} for side in sides}
    for length in options.lengths:
        sequences = max(1, options.tokens // length)
        print(f"{sequences} sequences of {length}", flush=True)
        steps = {side: SIDES[side](sequences, length) for side in sides}
        ways = [Way(side, threads, step) for threads in options.threads for side, step in steps.items()]
        measured = take_turns(ways, options.rounds)
        tokens = sequences * length
        for side in sides:
            seconds = statistics.median(measured.seconds[measured.best(side)])
            found[side][length] = {
                "sequences": sequences,
                "way": measured.best(side),
                "tokens_per_second": tokens / seconds,
                "gigaflops_per_second": lstm_training_flops(tokens, INPUTS, HIDDEN) / seconds / 1e9,
            }
    return found


def memory(sides: list[str], options: argparse.Namespace) -> Figures:
    """Bytes held at most in a step, by side and length, and the straight line through them."""
    found: Figures = {}
    for side in sides:
        peaks = {}
        for length in options.lengths:
            command = [sys.executable, __file__, "--worker", side, str(options.sequences), str(length)]
            answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            peaks[length] = json.loads(answer)["bytes"]
        tokens = np.array([options.sequences * length for length in peaks])
        slope, start = np.polyfit(tokens, np.array(list(peaks.values())), 1)
        print(f"  {side}: {slope:.0f} bytes a token", flush=True)
        found[side] = {
            "sequences": options.sequences,
            "peak_bytes": peaks,
            "bytes_per_token": slope,
            "bytes_at_no_token": start,
        }
    return found


def worker(side: str, sequences: int, length: int) -> None:
    """Print how much more memory a first step takes than the process had with its input, weights and gradients."""
    SIDES[side](1, 1)()
    step = SIDES[side](sequences, length)
    status = Path("/proc/self/status")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _kilobytes(status, "VmRSS")
    step()
    print(json.dumps({"bytes": 1024 * (_kilobytes(status, "VmHWM") - before)}))


def _kilobytes(status: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(name))


def draw(speed: Figures, peaks: Figures) -> None:
    """Two plots into docs/images."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gatewise"
    from matplotlib import pyplot

    IMAGES.mkdir(parents=True, exist_ok=True)
    plots: tuple[tuple[str, str, dict[str, dict[int, float]]], ...] = (
        (
            "length-speed",
            "training tokens a second, thousands",
            {side: {n: own["tokens_per_second"] / 1e3 for n, own in by.items()} for side, by in speed.items()},
        ),
        (
            "length-memory",
            f"peak memory of a step of {SEQUENCES} sequences, MB",
            {side: {n: peak / 1e6 for n, peak in own["peak_bytes"].items()} for side, own in peaks.items()},
        ),
    )
    for name, label, lines in plots:
        figure, axes = pyplot.subplots(figsize=(6, 3.6), layout="constrained")
        for side, points in lines.items():
            axes.plot(list(points), list(points.values()), marker="o", label=side)
        axes.set(xscale="log", xlabel="tokens a sequence", ylabel=label, ylim=(0, None))
        if name == "length-memory":
            axes.set(yscale="log", ylim=(None, None))
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
        pyplot.close(figure)


def main() -> None:
    """Speed, then memory, then the plots."""
    own = parser(__doc__, rounds=3)
    own.add_argument("--lengths", type=int, nargs="+", default=list(LENGTHS))
    own.add_argument("--tokens", type=int, default=TOKENS, help="of a step when speed is measured")
    own.add_argument("--sequences", type=int, default=SEQUENCES, help="in a step when memory is measured")
    own.add_argument("--worker", nargs=3, metavar=("SIDE", "SEQUENCES", "LENGTH"), help=argparse.SUPPRESS)
    options = own.parse_args()
    if options.worker:
        worker(options.worker[0], *map(int, options.worker[1:]))
        return
    sides = ["torch"] if options.rivals_only else list(SIDES)
    figures: dict[str, Any] = conditions(options)
    figures |= {"E": INPUTS, "H": HIDDEN, "speed": speeds(sides, options), "memory": memory(sides, options)}
    for side, by in figures["speed"].items():
        rates = [own["tokens_per_second"] for own in by.values()]
        figures[f"slowest_over_fastest_{side}"] = min(rates) / max(rates)
    if not (options.dry or options.rivals_only):
        draw(figures["speed"], figures["memory"])
    finish("length_scaling", options, figures)


if __name__ == "__main__":
    main()
