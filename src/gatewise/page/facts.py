"""What a model knows of its own quality: measured figures from its folder, and None for what was not measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gatewise.evaluate.facts import model_facts, training_facts
from gatewise.metrics.scores import wilson_interval
from gatewise.runtime.predictor import Predictor

# An error above this probability is a confident one.
CONFIDENT = 0.99


def facts_of(predictor: Predictor) -> dict[str, Any]:
    """Figures of a model, for people who want to know how far to trust it.

    Args:
        predictor: The model.

    Returns:
        JSON values: ``model`` and ``training`` as in an evaluation; ``test`` and ``development``, each None or
        ``examples, accuracy, low, high, rival, ece`` (shares from 0 to 1; the ends are those of the 95 % Wilson
        interval; what was not measured is None); ``confident``, None or how many texts of the development split got
        an answer of at least 0.99, and how many of those answers are wrong.
    """
    metrics = predictor.metrics
    return {
        "model": model_facts(predictor.config.network),
        "training": training_facts(metrics),
        "test": _scores(metrics.get("test")),
        "development": _scores(metrics.get("development")),
        "confident": _confident(metrics.get("development")),
    }


def _scores(part: Any) -> dict[str, Any] | None:
    entries = part if isinstance(part, Mapping) else {}
    count, accuracy = _number(entries.get("examples")), _number(entries.get("accuracy"))
    if not count or accuracy is None:
        return None
    interval = wilson_interval(round(accuracy * count), round(count))
    low, high = interval or (None, None)
    rival, ece = _number(entries.get("baseline_accuracy")), _number(entries.get("ece"))
    return {"examples": count, "accuracy": accuracy, "low": low, "high": high, "rival": rival, "ece": ece}


def _confident(development: Any) -> dict[str, Any] | None:
    curve = development.get("risk_coverage") if isinstance(development, Mapping) else None
    if not isinstance(curve, Mapping):
        return None
    columns = [curve.get(name) for name in ("thresholds", "answered", "errors")]
    if not all(isinstance(column, list) for column in columns):
        return None
    rows = [row for row in zip(*columns, strict=False) if all(_number(entry) is not None for entry in row)]
    sure = [row for row in rows if row[0] >= CONFIDENT]
    if not sure:
        return None
    _, answered, errors = max(sure, key=lambda row: row[1])
    return {"threshold": CONFIDENT, "answered": answered, "errors": errors}


def _number(value: Any) -> float | int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) else None
