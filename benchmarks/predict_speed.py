"""Texts a second of the packaged model in NumPy on one core, beside the same network in torch, in turn.

The texts are the example reviews, repeated; tokenizing is inside both timings. Torch pads within length-sorted batches.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import numpy as np
import torch

from gatewise import load
from gatewise.models.classifier import Classifier
from gatewise.train.answers import predict_logits
from record import spread, write

ROUNDS = 5
REVIEWS = Path(__file__).resolve().parent.parent / "examples" / "reviews.csv"


def main() -> None:
    """Interleave both, after a warm-up, and compare what they say."""
    torch.set_num_threads(1)
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)] * 2
    predictor = load("imdb").predictor
    twin = Classifier(predictor.config.network)
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in tensors().items()})
    ways: dict[str, Callable[[], np.ndarray]] = {
        "numpy": lambda: predictor.logits(texts),
        "torch": lambda: predict_logits(twin, predictor.tokenizer.encode_batch(texts)).numpy(),
    }
    answers = {name: way() for name, way in ways.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    write(
        "predict_speed",
        {
            "command": "python benchmarks/predict_speed.py",
            "texts": len(texts),
            "tokens": int(predictor.tokenizer.encode_batch(texts).offsets[-1]),
            "threads": 1,
            "seconds": {name: spread(values) for name, values in seconds.items()},
            "ratio_torch_over_numpy": spread([t / n for n, t in zip(seconds["numpy"], seconds["torch"], strict=True)]),
            "largest_difference_of_logits": float(np.abs(answers["numpy"] - answers["torch"]).max()),
        },
    )


def tensors() -> dict[str, np.ndarray]:
    """Weights of the packaged model by name."""
    from gatewise.store.folder import read_model
    from gatewise.store.locate import find_model

    return read_model(find_model("imdb"), parts=()).tensors


if __name__ == "__main__":
    main()
