"""A predictor without a network: its answers are given, so that every score can be checked by other means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.text.tokenizer import WordTokenizer

Floats = npt.NDArray[np.float64]

OPENINGS = (
    "A film that",
    "I did not think it",
    "Nobody told me this",
    "The third act",
    "My sister says it",
    "Frankly it",
)
MIDDLES = (
    "wanders about",
    "never bores",
    "is hardly worth the ticket",
    "sings from start to end",
    "could not be worse",
)


class FakePredictor:
    """Gives the logits it was made with, text by text."""

    def __init__(
        self,
        logits: Floats,
        rival_logits: Floats | None,
        labels: Sequence[str | int],
        *,
        temperature: float = 1.0,
        cut: TextConfig | None = None,
        metrics: dict[str, Any] | None = None,
        training_rows: npt.NDArray[np.uint64] | None = None,
    ) -> None:
        self._logits, self._rival = logits, rival_logits
        self.tokenizer = WordTokenizer.train(["a film of great length"], min_count=1)
        network = NetworkConfig(self.tokenizer.vocabulary_size, len(labels), embedding_size=4, hidden_size=3)
        self.config = ModelConfig(network, cut or TextConfig(), tuple(labels), temperature)
        self.metrics = metrics or {}
        self.training_rows = training_rows

    def logits(self, texts: Sequence[str]) -> Floats:
        return self._logits

    def baseline_proba(self, texts: Sequence[str]) -> Floats | None:
        return None if self._rival is None else probabilities_from_logits(self._rival)


def noisy_logits(truth: npt.NDArray[np.int64], classes: int, strength: float, seed: int) -> Floats:
    """Logits that lean towards the truth; ``[n, 1]`` for two classes."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 1.5, size=(len(truth), 1 if classes == 2 else classes))
    lean = (2.0 * truth[:, None] - 1) if classes == 2 else np.eye(classes)[truth]
    return strength * lean + noise


def invented_texts(count: int, seed: int = 0) -> list[str]:
    """Different short texts, some of them long."""
    generator = np.random.default_rng(seed)
    texts = []
    for index in range(count):
        times = int(generator.integers(1, 60))
        parts = [f"{generator.choice(OPENINGS)} {generator.choice(MIDDLES)}." for _ in range(times)]
        texts.append(f"Number {index}. " + " ".join(parts))
    return texts


def invented(count: int, classes: int = 2, *, seed: int = 0, with_stars: bool = True) -> tuple[Examples, Any]:
    """Examples and their truth; for two classes labels ``neg`` and ``pos`` and stars that mostly agree."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, size=count)
    names = ["neg", "pos"] if classes == 2 else [f"class {index}" for index in range(classes)]
    stars = np.where(truth == 1, generator.integers(7, 11, count), generator.integers(1, 5, count)).astype(np.float64)
    examples = Examples(
        texts=invented_texts(count, seed),
        labels=[names[index] for index in truth],
        stars=stars if with_stars else None,
        ids=[f"test/{names[index]}/{row}" for row, index in enumerate(truth)],
        source="invented",
    )
    return examples, truth


def history(epochs: int) -> list[dict[str, float]]:
    """A plausible record of training."""
    return [
        {
            "epoch": epoch + 1,
            "step": 300 * (epoch + 1),
            "train_loss": 0.62 * 0.72**epoch + 0.05,
            "train_accuracy": 0.97 - 0.3 * 0.6**epoch,
            "dev_loss": 0.55 * 0.7**epoch + 0.24 + 0.012 * epoch,
            "dev_accuracy": 0.9 - 0.25 * 0.5**epoch,
            "seconds": 31.0 * (epoch + 1),
            "tokens_per_second": 61_000.0,
        }
        for epoch in range(epochs)
    ]
