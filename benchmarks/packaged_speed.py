"""Size of a model, and milliseconds from a review of some 230 words to its probabilities: one thread, one at a time.

Reviews of 220 to 240 words, as the model's tokenizer counts them, from the unlabelled IMDB reviews; without those
the example reviews, strung together to that length. Each is given to `Predictor.predict_proba` by itself, three times;
a review's time is the median of its three, the figure the median over reviews. Tokenizing and calibration are in it. An
absolute time of the machine that is named beside it, at its load.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

# Read when the libraries are loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["GATEWISE_THREADS"] = "1"

from gatewise.data.documents import Documents
from gatewise.data.imdb import is_cached
from gatewise.errors import GatewiseError
from gatewise.ops import native
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import FILES
from gatewise.store.locate import find_model
from record import spread, write

FEWEST, MOST, REVIEWS, ROUNDS = 220, 240, 200, 3
TARGET_MS = 5.0
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "reviews.csv"


def strung_together(texts: Iterable[str], count_words: Any, fewest: int = FEWEST) -> Iterator[str]:
    """Texts of at least `fewest` words, each made of as many of `texts` as it takes."""
    parts: list[str] = []
    for text in texts:
        parts.append(text)
        if count_words(joined := " ".join(parts)) >= fewest:
            yield joined
            parts = []


def reviews(predictor: Predictor, most: int = REVIEWS) -> tuple[str, list[str]]:
    """Where they come from, and the first of the right length."""

    def count(text: str) -> int:
        return len(predictor.tokenizer.encode(text).ids)

    if is_cached():
        source, texts = "imdb:unsup", iter(Documents("imdb:unsup"))
    else:
        source = "examples/reviews.csv, strung together"
        with EXAMPLES.open(encoding="utf-8", newline="") as file:
            texts = strung_together([row["text"] for row in csv.DictReader(file)], count)
    return source, list(islice((text for text in texts if FEWEST <= count(text) <= MOST), most))


def milliseconds(predictor: Predictor, texts: list[str]) -> list[float]:
    """Median time of each text, after one round that does not count."""
    times: list[list[float]] = [[] for _ in texts]
    for number in range(ROUNDS + 1):
        for own, text in zip(times, texts, strict=True):
            began = time.perf_counter()
            predictor.predict_proba([text])
            if number:
                own.append(1000 * (time.perf_counter() - began))
    return [statistics.median(own) for own in times]


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of a model; what else its folder holds, like the log of training, is no part of it."""
    return {name: (folder / name).stat().st_size for name in FILES if (folder / name).is_file()}


def main() -> None:
    """Measure one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", metavar="MODEL", nargs="?", default="imdb", help="name or folder")
    parser.add_argument("--trial", type=int, metavar="REVIEWS", help="few, to see that it runs; results are not kept")
    chosen = parser.parse_args()
    predictor, folder = Predictor.load(chosen.model), find_model(chosen.model)
    source, texts = reviews(predictor, chosen.trial or REVIEWS)
    found, files = milliseconds(predictor, texts), sizes(folder)
    write(
        "packaged_speed",
        {
            "command": f"python benchmarks/packaged_speed.py {folder.name}",
            "model": folder.name,
            "network": predictor.config.network.network,
            "bytes": sum(files.values()),
            "files": files,
            "reviews": len(texts),
            "source": source,
            "words": spread([float(len(predictor.tokenizer.encode(text).ids)) for text in texts]),
            "threads": 1,
            "kernels": native.isa(),
            "milliseconds": spread(found),
            "milliseconds_95th_percentile": statistics.quantiles(found, n=20)[-1],
            "target_milliseconds": TARGET_MS,
            "is_met": statistics.median(found) <= TARGET_MS,
            "note": "an absolute time of this machine at this load; it is compared to nothing",
        },
        keep=not chosen.trial,
    )


if __name__ == "__main__":
    try:
        main()
    except GatewiseError as problem:
        sys.exit(str(problem))
