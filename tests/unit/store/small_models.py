"""A small model, whole: every optional part is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel


def make_model(seed: int = 0, **network: Any) -> StoredModel:
    """A model whose every file depends on `seed`, so that a mixture of two is noticed (see `seeds_of`)."""
    known: dict[str, Any] = {"vocabulary_size": 7, "classes": 2, "embedding_size": 3, "hidden_size": 4, **network}
    shape = NetworkConfig(**known)
    random = np.random.default_rng(seed)
    tensors = {name: random.normal(size=at).astype(np.float32) for name, at in shape.tensor_shapes().items()}
    tensors["head.bias"][:] = seed
    return StoredModel(
        config=ModelConfig(shape, TextConfig(50, "head"), tuple("abcdefg"[: shape.classes]), 1.0 + seed),
        tensors=tensors,
        tokenizer=f'{{"seed": {seed}}}',
        baseline={"weights": random.normal(size=(1, 8)).astype(np.float16), "seed": np.array([seed])},
        metrics={"seed": seed, "accuracy": 0.5},
        training_rows=np.array([seed, seed + 1, 2**64 - 1], np.uint64),
    )


def seeds_of(model: StoredModel) -> set[int]:
    """The seeds that the files of a model came from: one, unless it is a mixture."""
    assert model.baseline is not None
    assert model.training_rows is not None
    return {
        int(model.config.temperature) - 1,
        int(model.tensors["head.bias"][0]),
        int(model.tokenizer.removeprefix('{"seed": ').removesuffix("}")),
        int(model.baseline["seed"][0]),
        model.metrics["seed"],
        int(model.training_rows[0]),
    }
