"""Accuracy on IMDB of the default recipe, from scratch on the 25,000 labelled reviews: three seeds, one test read each.

Each seed holds out a tenth of train (whole movies) to select its epoch and fit its temperature; the test split is read
once, after that, and the read is in the ledger. Seeds that are in the folder already are not trained again; an
interrupted one goes on. Needs the reviews: ``gatewise data imdb``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from record import write


def gatewise(*arguments: str) -> str:
    """Run one verb; its progress goes to the terminal, its answer comes back."""
    done = subprocess.run([sys.executable, "-m", "gatewise", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def measure(folder: Path, seed: int, threads: int, extra: list[str]) -> dict[str, Any]:
    """Train one seed if it is not there, and read the test split if that was not done."""
    model, result = folder / f"seed-{seed}", folder / f"seed-{seed}.json"
    if not (model / "config.json").exists():
        resume = ["--resume"] if (model / "checkpoints").is_dir() else []
        options = ["--seed", str(seed), "--threads", str(threads), *resume, *extra]
        gatewise("train", "imdb", "--out", str(model), *options)
    if not result.exists():
        html = ["--html", str(folder / f"seed-{seed}.html")]
        answer = gatewise("evaluate", "imdb:test", "--model", str(model), "--json", *html)
        result.write_text(answer, encoding="utf-8")
    found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    record = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    return {"seed": seed, "development": record["development"], "training": record["training"], "test": found}


def summary(run: dict[str, Any]) -> dict[str, Any]:
    """The figures of one seed that the table needs."""
    test, development = run["test"], run["development"]
    return {
        "seed": run["seed"],
        "development_accuracy": development["accuracy"],
        "accuracy": test["accuracy"]["value"],
        "interval": test["accuracy"]["interval"],
        "rival_accuracy": test["accuracy"]["rival"],
        "scores": test["scores"],
        "calibration": {when: test["calibration"][when]["ece"] for when in ("before", "after")},
        "correlations": test["correlations"],
        "published_subset": test["published_subset"],
        "training_overlap": test["training_overlap"],
        "minutes": run["training"]["seconds"] / 60,
        "ledger_line": test["ledger_line"],
    }


def main() -> None:
    """Measure the seeds asked for and write mean and spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/imdb-default"))
    parser.add_argument("extra", nargs="*", help="further options of gatewise train")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    runs = [summary(measure(chosen.out, seed, chosen.threads, chosen.extra)) for seed in range(chosen.seeds)]
    scores = [run["accuracy"] for run in runs]
    write(
        "imdb_accuracy",
        {
            "command": "python benchmarks/imdb_accuracy.py",
            "accuracy_mean": statistics.fmean(scores),
            "accuracy_sd": statistics.stdev(scores) if len(scores) > 1 else None,
            "rival_mean": statistics.fmean(run["rival_accuracy"] for run in runs),
            "runs": runs,
        },
    )


if __name__ == "__main__":
    main()
