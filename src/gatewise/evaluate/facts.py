"""What a stored model tells of itself and of its training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gatewise.store.config import NetworkConfig
from gatewise.store.networks import describe

HISTORY_ENTRIES = ("epoch", "step", "train_loss", "dev_loss", "dev_accuracy", "seconds", "tokens_per_second")


def model_facts(network: NetworkConfig) -> dict[str, Any]:
    """What the model is: its network, its size, the limit on its texts."""
    return {
        "network": network.network,
        "description": describe(network),
        "bidirectional": network.bidirectional,
        "reads": network.reads,
        "embedding_size": network.embedding_size,
        "hidden_size": network.hidden_size,
        "layers": network.layers,
        "pooling": network.pooling,
        "vocabulary_size": network.vocabulary_size,
        "parameters": sum(math.prod(shape) for shape in network.tensor_shapes().values()),
    }


def training_facts(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What metrics.json tells of the training: seed, source, development accuracy of model and rival, history.

    What it does not tell is None, or an empty history. Entries that are no finite number become None.
    """
    development, training = _mapping(metrics.get("development")), _mapping(metrics.get("training"))
    history = metrics.get("history")
    return {
        "seed": _number(metrics.get("seed")),
        "learnt_beside": _learnt_beside(training),
        "source": training.get("source") if isinstance(training.get("source"), str) else None,
        "examples": _number(training.get("examples")),
        "seconds": _number(training.get("seconds")),
        # Models of before there was a choice tell the best epoch alone, and it is the one they kept.
        "kept_epoch": _number(training.get("kept_epoch", training.get("best_epoch"))),
        "development_examples": _number(development.get("examples")),
        "development_accuracy": _number(development.get("accuracy")),
        "development_rival_accuracy": _number(development.get("baseline_accuracy")),
        "history": [
            {name: _number(epoch.get(name)) for name in HISTORY_ENTRIES}
            for epoch in (history if isinstance(history, list) else [])
            if isinstance(epoch, dict)
        ],
    }


def _learnt_beside(training: Mapping[str, Any]) -> str | None:
    """What the training loss holds beside that of the labels, so that it is no loss of the development split's kind."""
    if training.get("teachers"):
        return "the teachers' answers"
    return "the further terms of its objective" if training.get("further_terms") else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None
