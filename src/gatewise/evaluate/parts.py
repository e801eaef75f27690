"""Parts of an evaluation: slices, calibration, confusion, training rows, histogram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.evaluate.comparison import accuracy_score
from gatewise.evaluate.words import Words
from gatewise.metrics import scores
from gatewise.metrics.calibration import expected_calibration_error, probabilities_from_logits, reliability_bins
from gatewise.metrics.slices import length_slices, star_slices

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HISTOGRAM_BINS = 20


def calibration(truth: Labels, logits: Floats, temperature: float) -> dict[str, Any]:
    """Calibration of the answers at temperature 1 (``before``) and at the model's own (``after``)."""
    both = {"before": 1.0, "after": temperature}
    return {"temperature": temperature, **{name: _calibrated(truth, logits, value) for name, value in both.items()}}


def _calibrated(truth: Labels, logits: Floats, temperature: float) -> dict[str, Any]:
    probabilities = probabilities_from_logits(logits, temperature)
    return {
        "ece": expected_calibration_error(truth, probabilities),
        "log_loss": scores.log_loss(truth, probabilities),
        "brier": scores.brier(truth, probabilities),
        "bins": [asdict(part) for part in reliability_bins(truth, probabilities)],
    }


def blend(weight: float, truth: Labels, network_logits: Floats, right: Mask) -> dict[str, Any]:
    """Of a blend: the rival's weight, and its accuracy beside that of the network alone, which is called its rival."""
    alone = probabilities_from_logits(network_logits).argmax(axis=1) == truth
    return {"weight": weight, "accuracy": accuracy_score(right, alone)}


def confusion_table(truth: Labels, model: Floats) -> list[list[int]]:
    """Counts ``[true class][predicted class]``."""
    table: list[list[int]] = scores.confusion(truth, model.argmax(axis=1), model.shape[1]).tolist()
    return table


def slices(examples: Examples, words: Words, right: Mask, rival_right: Mask | None) -> list[dict[str, Any]]:
    """Accuracy on parts of the examples: by length, by negation, by stars where there are any; empty parts left out."""
    kinds: dict[str, Mapping[str, Mask]] = {
        "length": length_slices(words.lengths),
        "negation": words.negation,
        "stars": {} if examples.stars is None else star_slices(examples.stars),
    }
    return [
        {"kind": kind, "name": name, "n": int(mask.sum()), **_masked(right, rival_right, mask)}
        for kind, masks in kinds.items()
        for name, mask in masks.items()
        if mask.any()
    ]


def _masked(right: Mask, rival_right: Mask | None, mask: Mask) -> dict[str, Any]:
    return accuracy_score(right[mask], None if rival_right is None else rival_right[mask])


def training_overlap(
    training_rows: npt.NDArray[np.uint64] | None, texts: Sequence[str], right: Mask, rival_right: Mask | None
) -> dict[str, Any] | None:
    """How many examples were rows of the training data, and the accuracy on the others; None when that is unknown.

    ``unseen`` is None when no example is left.
    """
    if training_rows is None:
        return None
    unseen = ~np.isin(text_keys(texts), training_rows)
    rest = _masked(right, rival_right, unseen) if unseen.any() else None
    return {"n": int((~unseen).sum()), "unseen": rest, "unseen_n": int(unseen.sum())}


def histogram(truth: Labels, model: Floats) -> dict[str, Any]:
    """Counts of equal bins of a probability from 0 to 1, for each true class.

    With two classes it is the probability of the second; with more, that of the true class.
    """
    classes = model.shape[1]
    shown = model[:, 1] if classes == 2 else model[np.arange(len(truth)), truth]
    edges = np.linspace(0.0, 1.0, HISTOGRAM_BINS + 1)
    counts = [np.histogram(shown[truth == index], bins=edges)[0].tolist() for index in range(classes)]
    return {"of": "second class" if classes == 2 else "true class", "edges": edges.tolist(), "counts": counts}
