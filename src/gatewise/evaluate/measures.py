"""The scores of a set of answers, as functions of the rows looked at, so that rows can be drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.evaluate.comparison import Measure
from gatewise.metrics import scores
from gatewise.metrics.calibration import expected_calibration_error

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def score_measures(truth: Labels) -> Measure:
    """Measure of macro F1, ROC-AUC, log loss, Brier score and calibration error.

    Args:
        truth: ``[n]`` int64, the true class of each example.
    """

    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        y, p = truth[rows], probabilities[rows]
        return {
            "macro_f1": scores.precision_recall_f1(y, p.argmax(axis=1), range(p.shape[1]))["macro"]["f1"],
            "roc_auc": scores.roc_auc(y, p[:, 1]) if p.shape[1] == 2 else scores.macro_roc_auc(y, p),
            "log_loss": scores.log_loss(y, p),
            "brier": scores.brier(y, p),
            "ece": expected_calibration_error(y, p),
        }

    return measure


def correlations(truth: Labels, stars: Floats | None) -> Measure:
    """Measure of how the score, the probability of the second of two classes, goes with the label and the stars.

    Args:
        truth: ``[n]`` int64 in {0, 1}.
        stars: ``[n]`` float64, NaN where unknown; None when there are none.
    """

    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        score, label = probabilities[rows, 1], truth[rows].astype(np.float64)
        mean, deviation = scores.deviation(score, label)
        found = {
            "pearson_label": scores.pearson(score, label),
            "spearman_label": scores.spearman(score, label),
            "deviation_mean": mean,
            "deviation_sd": deviation,
        }
        if stars is None or np.isnan(stars).all():
            return found
        known = ~np.isnan(stars[rows])
        score, given = score[known], stars[rows][known]
        return {**found, "pearson_stars": scores.pearson(score, given), "spearman_stars": scores.spearman(score, given)}

    return measure


def class_measures(
    truth: Labels, model: Floats, rival: Floats | None, classes: Sequence[str | int]
) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each class, and of their plain mean under the label None, with the rival's F1."""
    ours = _by_class(truth, model, classes)
    theirs = None if rival is None else _by_class(truth, rival, classes)
    return [{**row, "rival_f1": None if theirs is None else theirs[index]["f1"]} for index, row in enumerate(ours)]


def _by_class(truth: Labels, probabilities: Floats, classes: Sequence[str | int]) -> list[dict[str, Any]]:
    found = scores.precision_recall_f1(truth, probabilities.argmax(axis=1), range(len(classes)))
    return [dict(row) for row in found]
