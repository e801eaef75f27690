"""Stars of the IMDB reviews by an ordinal model: expected value against the stars, beside the bag-of-words rival.

Trains on the stars of imdb:train, from an encoder folder with ``--from`` or from scratch, unless ``--model`` names a
model that is trained already; then reads imdb:test once, which the ledger records. The figures are those on all 25,000
reviews, and on the 4,500 that `gatewise.evaluate.subset` fixes, beside what a course document reports on 4,500 of its
own. A model that is in the folder already is not trained again; an interrupted one goes on. Needs the reviews:
``gatewise data imdb``. ``--data`` and ``--test`` take files with a column ``stars`` instead, to try it on few rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from imdb_accuracy import gatewise
from record import write


def trained(chosen: argparse.Namespace) -> Path:
    """The model's folder; trains it unless it is there."""
    if chosen.model is not None:
        return Path(chosen.model)
    folder: Path = chosen.out / f"seed-{chosen.seed}"
    if not (folder / "config.json").exists():
        chosen.out.mkdir(parents=True, exist_ok=True)
        begin = ["--from", chosen.start_from] if chosen.start_from else []
        resume = ["--resume"] if (folder / "checkpoints").is_dir() else []
        options = ["--seed", str(chosen.seed), "--threads", str(chosen.threads), *begin, *resume, *chosen.extra]
        gatewise("train", chosen.data, "--label", "stars", "--objective", "ordinal", "--out", str(folder), *options)
    return folder


def summary(test: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The figures that a table needs, of one evaluation and of the record of the training."""
    return {
        "seed": record["seed"],
        "recipe": record["recipe"],
        "development": record["development"],
        "minutes": record["training"]["seconds"] / 60,
        "network": test["model"]["description"],
        "classes": test["classes"],
        "n": test["n"],
        "accuracy": {name: test["accuracy"][name] for name in ("value", "interval", "rival", "difference_interval")},
        "scores": test["scores"],
        "calibration": {when: test["calibration"][when]["ece"] for when in ("before", "after")},
        "order": test["order"],
        "fixed_documents": test["published_subset"],
        "training_overlap": test["training_overlap"],
        "ledger_line": test.get("ledger_line"),
    }


def main() -> None:
    """Train if need be, judge once, write ``results/stars.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start_from", help="encoder or model folder to begin with")
    parser.add_argument("--model", help="folder of an ordinal model that is trained already")
    parser.add_argument("--out", type=Path, default=Path("runs/stars"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", default="imdb", help="what to train on")
    parser.add_argument("--test", default="imdb:test", help="what to judge on")
    parser.add_argument("extra", nargs="*", help="further options of gatewise train, after --")
    chosen = parser.parse_args()
    model = trained(chosen)
    found = json.loads(gatewise("evaluate", chosen.test, "--label", "stars", "--model", str(model), "--json"))
    if found["order"] is None:
        sys.exit(f"{model} is no ordinal model; train one with --objective ordinal")
    record = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    begun = f" --from {Path(chosen.start_from).name}" if chosen.start_from else ""
    command = f"python benchmarks/stars.py{begun}" if chosen.model is None else "python benchmarks/stars.py --model DIR"
    read = {"data": Path(chosen.data).name, "test": Path(chosen.test).name}
    write("stars", {"command": command, **read, **summary(found, record)})


if __name__ == "__main__":
    main()
