"""The scores of a set of answers, as functions of the rows looked at, so that rows can be drawn again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.evaluate.comparison import Measure
from gatewise.metrics import agreement, scores
from gatewise.metrics.calibration import expected_calibration_error

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def class_means(truth: Labels) -> Measure:
    """Measure of macro F1 and ROC-AUC (macro, each class against the rest, for more than two classes).

    Args:
        truth: ``[n]`` int64, the true class of each example.
    """

    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        y, p = truth[rows], probabilities[rows]
        _, macro = scores.precision_recall_f1(y, p.argmax(axis=1), p.shape[1])
        return {"macro_f1": macro.f1, "roc_auc": scores.roc_auc_macro(y, p)}

    return measure


def probability_scores(truth: Labels) -> Measure:
    """Measure of log loss, Brier score and expected calibration error.

    Args:
        truth: ``[n]`` int64, the true class of each example.
    """

    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        y, p = truth[rows], probabilities[rows]
        return {
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
        score = probabilities[rows, 1]
        label = agreement.agreement(score, truth[rows])
        found = {
            "pearson_label": label.pearson,
            "spearman_label": label.spearman,
            "deviation_mean": label.deviation_mean,
            "deviation_sd": label.deviation_sd,
        }
        if stars is None:
            return found
        known = ~np.isnan(stars[rows])
        score, given = score[known], stars[rows][known]
        return {
            **found,
            "pearson_stars": agreement.pearson(score, given),
            "spearman_stars": agreement.spearman(score, given),
        }

    return measure


def by_class(truth: Labels, model: Floats, rival: Floats | None, classes: Sequence[str | int]) -> dict[str, Any]:
    """Precision, recall, F1 and support of each class (``classes``) and the means (``macro``), with the rival's F1.

    Returns:
        ``{"classes": [{"label", "precision", "recall", "f1", "support", "rival_f1"}], "macro": {the same}}``.
    """
    names = [*classes, None]
    ours = _scored(truth, model)
    theirs = [None] * len(names) if rival is None else [row["f1"] for row in _scored(truth, rival)]
    rows = [{"label": name, **row, "rival_f1": other} for name, row, other in zip(names, ours, theirs, strict=True)]
    return {"classes": rows[:-1], "macro": rows[-1]}


def _scored(truth: Labels, probabilities: Floats) -> list[dict[str, Any]]:
    each, macro = scores.precision_recall_f1(truth, probabilities.argmax(axis=1), probabilities.shape[1])
    return [asdict(row) for row in (*each, macro)]
