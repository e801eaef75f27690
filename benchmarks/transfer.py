"""What the packaged model's words are worth on 340 labelled texts of other kinds: ``--from imdb`` against the rival.

Film sentences (Pang & Lee 2005) and product reviews of many kinds (Blitzer et al. 2007); three draws of 340 texts to
train on and 1,000 others to test on. The sets are not shipped: GATEWISE_DATA names the folder that holds them.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import torch

from gatewise.data.given import examples_of
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import read_model
from gatewise.store.locate import find_model
from gatewise.train.fit import fit
from gatewise.train.recipe import Recipe
from record import write

SETS = {
    "film sentences": "rotten_tomatoes_mr/rt_polarity.parquet",
    "product reviews": "amazon_multidomain/reviews.parquet",
}
TRAIN, TEST, DRAWS = 340, 1000, 3


def draws(path: Path) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Random training and test rows, one pair a seed."""
    rows = parquet.read_table(path, columns=["text", "label"]).to_pylist()
    for seed in range(DRAWS):
        order = np.random.default_rng(seed).permutation(len(rows))[: TRAIN + TEST]
        chosen = [rows[index] for index in order]
        yield chosen[:TRAIN], chosen[TRAIN:]


def measure(path: Path) -> dict[str, Any]:
    """Accuracy of network and rival on every draw, and their means."""
    source = read_model(find_model("imdb"))
    found: dict[str, list[float]] = {"from_imdb": [], "rival": []}
    for seed, (train, test) in enumerate(draws(path)):
        examples = examples_of([row["text"] for row in train], [str(row["label"]) for row in train])
        predictor = Predictor(fit(examples, Recipe(seed=seed), source=source))
        texts, truth = [row["text"] for row in test], np.array([str(row["label"]) for row in test])
        classes = np.array(predictor.classes_)
        rival = predictor.baseline_proba(texts)
        assert rival is not None
        found["from_imdb"].append(float((classes[predictor.predict_proba(texts).argmax(1)] == truth).mean()))
        found["rival"].append(float((classes[rival.argmax(1)] == truth).mean()))
    return {name: {"mean": statistics.fmean(scores), "draws": scores} for name, scores in found.items()}


def main() -> None:
    """Measure both sets with one thread."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(1)
    folder = Path(os.environ["GATEWISE_DATA"])
    results = {name: measure(folder / path) for name, path in SETS.items()}
    write(
        "transfer", {"command": "GATEWISE_DATA=FOLDER python benchmarks/transfer.py", "train": TRAIN, "sets": results}
    )


if __name__ == "__main__":
    main()
