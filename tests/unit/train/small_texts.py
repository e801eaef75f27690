"""Documents that a small language model learns in a second, and a recipe for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np

from gatewise.data.documents import Documents
from gatewise.store.encoder import StoredEncoder
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.pretrain.run import pretrain
from gatewise.train.progress import PerplexityReport, QuietReporter, StepReport

SUBJECTS, VERBS, OBJECTS = ["cat", "dog", "bird"], ["sees", "hears"], ["mouse", "tree", "house"]

# All kinds of noise, two layers, and fewer samples than words: whatever a resumed run could get wrong.
TINY = PretrainRecipe(
    embedding_size=6,
    hidden_size=8,
    layers=2,
    min_count=1,
    held_out=0.1,
    epochs=2,
    streams=3,
    steps=5,
    samples=6,
    learning_rate=0.03,
    word_dropout=0.05,
    embedding_dropout=0.05,
    precision="fp32",
)
QUIET = dict.fromkeys([f"{name}_dropout" for name in ("word", "embedding", "input", "hidden", "weight", "output")], 0.0)


def write_documents(path: Path, count: int = 50, seed: int = 0) -> list[Documents]:
    """Documents of one to four sentences, in a file."""
    random = np.random.default_rng(seed)
    documents = []
    for _ in range(count):
        sentences = [
            f"The {random.choice(SUBJECTS)} {random.choice(VERBS)} a {random.choice(OBJECTS)}."
            for _ in range(random.integers(1, 5))
        ]
        documents.append("\n".join(sentences))
    path.write_text("\n\n".join(documents), encoding="utf-8")
    return [Documents(str(path))]


class Recorder(QuietReporter):
    """Keeps all it hears; runs `act` at one step of one reader."""

    def __init__(self, at: tuple[str, int] | None = None, act=None) -> None:
        self.steps, self.epochs, self.messages, self.at, self.act = [], [], [], at, act

    def step(self, report: StepReport) -> None:
        self.steps.append(report)
        if (report.part, report.step) == self.at:
            self.act()

    def epoch(self, report: PerplexityReport) -> None:
        self.epochs.append(report)

    def message(self, text: str) -> None:
        self.messages.append(text)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def run(folder: Path, out: str = "out", recipe: PretrainRecipe = TINY, **options) -> StoredEncoder:
    """Pre-train on the documents in a folder, which are written there when missing."""
    path = folder / "documents.txt"
    sources = [Documents(str(path))] if path.exists() else write_documents(path)
    return pretrain(sources, recipe, folder / out, **options)


def assert_same_encoder(one: StoredEncoder, other: StoredEncoder) -> None:
    assert one.config == other.config
    assert one.tokenizer == other.tokenizer
    assert one.tensors.keys() == other.tensors.keys()
    for name in one.tensors:
        np.testing.assert_array_equal(one.tensors[name], other.tensors[name], err_msg=name)
