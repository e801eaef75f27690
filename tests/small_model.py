"""A model folder of any kind, with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.store.config import BlendConfig, ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel, write_model
from gatewise.text.tokenizer import WordTokenizer

WORDS = ["<unk>", ",", ".", "!", "a", "bad", "boring", "film", "good", "great", "is", "it", "not", "the", "this", "was"]


def make_folder(
    folder: Path,
    labels: tuple[str | int, ...] = ("neg", "pos"),
    text: TextConfig | None = None,
    *,
    is_blend: bool = False,
    **network: Any,
) -> Path:
    """A model folder with random weights."""
    shape = NetworkConfig(len(WORDS), len(labels), embedding_size=5, hidden_size=6, **network)
    random = np.random.default_rng(1)
    rival = None
    if is_blend:
        counted = [random.choice(WORDS[1:], 9).tolist() for _ in range(90)]
        rival = NBSVM.fit(counted, np.arange(90) % len(labels), len(labels)).to_tensors()
    write_model(
        folder,
        StoredModel(
            config=ModelConfig(
                shape,
                text or TextConfig(),
                labels,
                temperature=1.5,
                blend=BlendConfig(0.4, 2.0, 2.0) if is_blend else None,
            ),
            tensors={name: (random.normal(size=at) * 0.3).astype("f4") for name, at in shape.tensor_shapes().items()},
            tokenizer=WordTokenizer(WORDS).to_json(),
            baseline=rival,
            metrics={"accuracy": 0.5},
        ),
        "card",
    )
    return folder
