"""One epoch of two published IMDB settings: ours, pads as tokens and ragged, beside Keras 3 on TensorFlow and on torch.

Every run is a process of its own. Compared are the seconds of the training loop alone, for Keras without its first
step, in which it compiles; the seconds of the whole process stand beside them. Keras reads pads as tokens, as both
sources do. On torch it takes so long that it is given a small part of an epoch, and its seconds are scaled up from
that. Keras may live in other environments:

    python benchmarks/epoch_keras.py --tensorflow PYTHON --torch PYTHON [--torch-path FOLDER_WITH_KERAS]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from record import spread
from reviews import Reviews, padded_in_front, reviews_of
from sidebyside import Figures, conditions, finish, our_sides, parser

HERE = Path(__file__).parent
# Share of the reviews that (a) holds out.
HELD_OUT = {"a": 0.2, "b": 0.0}
# What is run of each setting: name, whether pads are tokens, precision.
OURS = {
    "a": (("ours", True, "fp32"),),
    "b": (("ours", True, "fp32"), ("ours ragged", False, "fp32"), ("ours ragged bf16", False, "bf16")),
}


@dataclass(frozen=True)
class Job:
    """One process: who trains what, with how many threads."""

    setting: str
    side: str
    threads: int
    fraction: float
    command: tuple[str, ...]
    path: str = ""

    @property
    def name(self) -> str:
        """As the results name it."""
        return f"({self.setting}) {self.side}, {self.threads} thread{'s' if self.threads > 1 else ''}"


def run(job: Job) -> Figures:
    """Start the process, wait for it, and add its wall seconds to what it says."""
    environment = {**os.environ, **({"PYTHONPATH": job.path} if job.path else {})}
    began = time.perf_counter()
    answer = subprocess.run(job.command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
    seconds = time.perf_counter() - began
    figures: Figures = {**json.loads(answer.strip().splitlines()[-1]), "seconds_of_process": seconds}
    print(f"  {job.name:40} loop {figures['seconds_without_compiling']:8.1f} s   process {seconds:8.1f}", flush=True)
    return figures


def write_data(folder: Path, setting: str, fraction: float) -> Reviews:
    """The token ids of an epoch, once ragged and once padded, as files."""
    reviews = reviews_of(f"reproduce-{setting}")
    reviews = reviews.first(round(len(reviews.tokens) * (1 - HELD_OUT[setting]) * fraction))
    length = reviews.recipe.max_tokens
    padded = padded_in_front(reviews.tokens, length)
    np.savez(folder / f"{setting}-padded.npz", ids=padded.ids.reshape(-1, length), targets=reviews.targets)
    np.savez(
        folder / f"{setting}-ragged.npz",
        ids=reviews.tokens.ids,
        offsets=reviews.tokens.offsets,
        targets=reviews.targets,
    )
    return reviews


def jobs(folder: Path, setting: str, options: argparse.Namespace) -> Iterator[Job]:
    """All processes of one round of a setting."""
    reviews = write_data(folder, setting, options.fraction)
    recipe = reviews.recipe
    shape = ["--words", reviews.vocabulary, "--embedding", recipe.embedding_size, "--hidden", recipe.hidden_size]
    shape += ["--batch", recipe.batch_texts]
    rivals = (("tensorflow", options.tensorflow, ""), ("torch", options.torch, options.torch_path))
    for threads in options.threads:
        for backend, python, path in rivals:
            if python:
                share = options.torch_fraction if backend == "torch" else 1.0
                command = [python, HERE / "keras_epoch.py", folder / f"{setting}-padded.npz", "--backend", backend]
                command += ["--threads", threads, "--texts", round(share * len(reviews.tokens)), *shape]
                fraction = share * options.fraction
                yield Job(setting, f"keras on {backend}", threads, fraction, tuple(map(str, command)), path)
        for side, pads, precision in OURS[setting]:
            if precision not in our_sides(options).values():
                continue
            file = folder / f"{setting}-{'padded' if pads else 'ragged'}.npz"
            command = [sys.executable, HERE / "our_epoch.py", file, f"reproduce-{setting}", precision, threads]
            yield Job(setting, side, threads, options.fraction, tuple(map(str, command)))


def summary(jobs: list[Job], runs: dict[str, list[Figures]]) -> Figures:
    """Every job's seconds, and how many times as long each Keras takes as each of ours, best threads each."""
    best: dict[str, float] = {}
    table: Figures = {}
    for job in jobs:
        own = runs[job.name]
        loop = [figures["seconds_without_compiling"] / job.fraction for figures in own]
        table[job.name] = {
            "part_of_epoch_run": job.fraction,
            "seconds_of_loop": spread(loop),
            "seconds_of_process": spread([figures["seconds_of_process"] for figures in own]),
            "runs": own,
        }
        best[job.side] = min(best.get(job.side, float("inf")), statistics.median(loop))
    keras = [side for side in best if side.startswith("keras")]
    ours = [side for side in best if side.startswith("ours")]
    ratios = {f"{rival} / {our}": best[rival] / best[our] for rival in keras for our in ours}
    return {"settings": table, "ratios_of_loops": ratios}


def main() -> None:
    """Rounds of all processes of (a), then of (b)."""
    own = parser(__doc__, rounds=2)
    own.add_argument("--tensorflow", metavar="PYTHON", help="a Python that has keras and tensorflow")
    own.add_argument("--torch", metavar="PYTHON", help="a Python that has torch, and keras unless --torch-path has it")
    own.add_argument("--torch-path", metavar="FOLDER", default="", help="put before that Python's own packages")
    own.add_argument("--torch-fraction", type=float, default=0.01, help="part of an epoch that Keras on torch is given")
    own.add_argument("--setting", nargs="+", choices=list(OURS), default=list(OURS))
    own.add_argument("--fraction", type=float, default=1.0, help="of the reviews; below 1 nothing is recorded")
    options = own.parse_args()
    options.dry |= options.fraction < 1
    # Where somebody keeps their environments says nothing about the figures.
    figures = {**conditions(options), "command": "see the script"}
    with tempfile.TemporaryDirectory() as folder:
        for setting in options.setting:
            todo = list(jobs(Path(folder), setting, options))
            runs: dict[str, list[Figures]] = {job.name: [] for job in todo}
            for _ in range(options.rounds):
                for job in todo:
                    runs[job.name].append(run(job))
            figures[f"({setting})"] = summary(todo, runs)
    finish("epoch_keras", options, figures)


if __name__ == "__main__":
    main()
