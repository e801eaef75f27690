"""Requests a second: our service beside FastAPI with torch and with ONNX Runtime, the same weights behind each.

IMDB train reviews with lengths as they are, on loopback, asked by a process of its own. For single texts the figure is
the most requests a second at which the 99th percentile of the latency is 50 ms or less, over several numbers of
connections; for 64 texts a request, the most there are, and there each of the others in two ways: plain, the texts
padded to the longest and read as one batch, and sorted, in batches of 16 texts of similar length. All sides are up at
the same time and take turns. The packaged model takes part without its bag-of-words rival, so that all sides compute
the same; the answers are compared first. Uvicorn runs every side, with httptools and uvloop.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from gatewise.data.names import load_named
from gatewise.store.folder import read_model, write_model
from gatewise.store.locate import find_model
from http_load import HERE, Figures, ask, bodies, start, summary
from record import spread
from sidebyside import conditions, finish, parser, versions

CONNECTIONS = (1, 2, 4, 8, 12, 16, 24)
MOST_MS = 50.0
TEXTS = 2_048
# Name, texts a request, limit of the latency, ways of the others to make batches: one text cannot be sorted.
KINDS = (("single", 1, MOST_MS, ("plain",)), ("sixty_four", 64, None, ("plain", "sorted")))
TOLERANCE = 1e-5


def servers(folder: str, threads: list[int], ways: tuple[str, ...]) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Command and environment of every side, by name; of the others one for each way to make batches."""
    most = max(threads)
    ours = [sys.executable, "-m", "gatewise", "serve", folder, "--port", "0", "--quiet"]
    found = {"ours": ([*ours, "--max-wait", "60", "--threads", str(most)], {})}
    for side in ("torch", "onnxruntime"):
        for (endpoint, count), way in product((("async", most), ("def", 1)), ways):
            command = [sys.executable, str(HERE / "serving_rivals.py"), side, folder, str(count), endpoint, way]
            found[f"{side} {way}, {endpoint}, {count} threads"] = (command, {"OMP_NUM_THREADS": str(count)})
    return found


@contextmanager
def all_running(commands: dict[str, tuple[list[str], dict[str, str]]]) -> Iterator[dict[str, int]]:
    """All sides; their ports by name."""
    processes, ports = [], {}
    try:
        for name, (command, environment) in commands.items():
            process, ports[name] = start(command, environment)
            processes.append(process)
        yield ports
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def network_alone(folder: Path) -> str:
    """A copy of the packaged model without the rival's part."""
    stored = read_model(find_model("imdb"), parts=())
    config = replace(stored.config, blend=None)
    write_model(folder, replace(stored, config=config, baseline=None), "The packaged model without its rival.")
    return str(folder)


def check_alike(ports: dict[str, int], body: bytes) -> float:
    """Largest difference of a probability between the sides."""
    found = []
    for port in ports.values():
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/predict", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as reply:
            answers = json.loads(reply.read())["predictions"]
        found.append([answer["probabilities"]["pos"] for answer in answers])
    off = max(abs(a - b) for other in found for a, b in zip(found[0], other, strict=True))
    assert off < TOLERANCE, f"the sides differ by {off}"
    return off


def measure(
    ports: dict[str, int], requests: list[bytes], connections: list[int], options: argparse.Namespace
) -> dict[str, dict[int, list[Figures]]]:
    """Every side with every number of connections, in turns; by name and number of connections, one entry a round."""
    found: dict[str, dict[int, list[Figures]]] = {name: {} for name in ports}
    for turn in range(options.rounds + 1):
        for name, port in ports.items():
            for count in connections:
                seconds = options.seconds if turn else 0.5
                figures = summary(ask(port, requests, connections=count, seconds=seconds), seconds)
                if turn:  # The first turn warms up.
                    found[name].setdefault(count, []).append(figures)
                    print(f"  {name:28} {count:3} {figures['requests_per_second']:8.1f}/s p99 {figures['p99_ms']:.1f}")
    return found


def best(rounds: dict[int, list[Figures]], most_ms: float | None) -> Figures:
    """The number of connections with most requests a second, among those within the latency."""
    rows = []
    for count, own in rounds.items():
        rate = [figures["requests_per_second"] for figures in own]
        p99 = statistics.median(figures["p99_ms"] for figures in own)
        failed = sum(figures["failed"] + figures["refused"] for figures in own)
        rows.append({"connections": count, "requests_per_second": spread(rate), "p99_ms": p99, "failed": failed})
    within = [row for row in rows if most_ms is None or row["p99_ms"] <= most_ms]
    chosen: Any = max(within, key=lambda row: row["requests_per_second"]["median"], default=None)
    return {"best": chosen, "all": rows}


def judged(found: dict[str, dict[int, list[Figures]]], most_ms: float | None, ways: tuple[str, ...]) -> Figures:
    """The best setting of each side, and how many times as many requests ours answers."""
    sides = {name: best(rounds, most_ms) for name, rounds in found.items()}

    def rate(name: str) -> float:
        chosen = sides[name]["best"]
        return float(chosen["requests_per_second"]["median"]) if chosen else 0.0

    ratios = {}
    for rival in (f"{side} {way}" for side, way in product(("torch", "onnxruntime"), ways)):
        fastest = max((name for name in sides if name.startswith(rival)), key=rate)
        ratios[f"ours / {rival}"] = {"rival": fastest, "ratio": rate("ours") / rate(fastest) if rate(fastest) else None}
    return {"sides": sides, "ratios": ratios}


def main() -> None:
    """Measure and record."""
    made = parser(__doc__ or "", rounds=3)
    made.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    made.add_argument("--connections", type=int, nargs="+", default=list(CONNECTIONS))
    options = made.parse_args()
    figures: Figures = {"conditions": conditions(options), "packages": versions("fastapi", "uvicorn", "pydantic")}
    texts = load_named("imdb:train").texts[:: 25_000 // TEXTS][:TEXTS]
    with tempfile.TemporaryDirectory() as folder:
        model = network_alone(Path(folder) / "imdb")
        for name, size, most_ms, ways in KINDS:
            print(f"requests of {size}")
            connections = options.connections if size == 1 else [1, 2, 4]
            with all_running(servers(model, options.threads, ways)) as ports:
                figures[f"largest_difference_{name}"] = check_alike(ports, bodies(texts[:16], 16)[0])
                found = measure(ports, bodies(texts, size), connections, options)
            figures[name] = judged(found, most_ms, ways)
    finish("serving", options, figures)


if __name__ == "__main__":
    main()
