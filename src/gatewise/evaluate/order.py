"""Expected value against label, where the classes of a model are numbers in an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.evaluate.comparison import Measure, compare
from gatewise.evaluate.subset import PUBLISHED, PUBLISHED_NOTE, published_subset
from gatewise.metrics.agreement import agreement
from gatewise.metrics.ordered import expected_values

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

_SCALE_NOTE = "Score and label are put on a scale from 0, the lowest class, to 1, the highest."


def order_measure(truth: Labels, values: Sequence[float]) -> Measure:
    """Measure of how the expected value goes with the label.

    ``mean_absolute_error`` is in units of the label; ``pearson_label`` and ``spearman_label`` are correlations;
    ``deviation_mean`` and ``deviation_sd`` are of abs(expected value - label) with both put on 0 to 1.

    Args:
        truth: ``[n]`` int64, the true class of each example.
        values: K numbers, one a class, rising.

    Example:
        >>> measure = order_measure(np.array([0, 1]), [1.0, 5.0])
        >>> measure(np.array([[0.5, 0.5], [0.0, 1.0]]), np.arange(2))["mean_absolute_error"]
        1.0
    """
    low, width = values[0], values[-1] - values[0]
    labels = (np.asarray(values)[truth] - low) / width

    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        found = agreement((expected_values(probabilities[rows], values) - low) / width, labels[rows])
        return {
            "mean_absolute_error": None if found.deviation_mean is None else width * found.deviation_mean,
            "pearson_label": found.pearson,
            "spearman_label": found.spearman,
            "deviation_mean": found.deviation_mean,
            "deviation_sd": found.deviation_sd,
        }

    return measure


def order_on_subset(
    ids: Sequence[str], truth: Labels, model: Floats, rival: Floats | None, values: Sequence[float]
) -> dict[str, Any]:
    """The same on the fixed 4,500 documents, beside the published figures."""
    rows = published_subset(ids)
    scores = compare(order_measure(truth[rows], values), model[rows], None if rival is None else rival[rows])
    note = f"{PUBLISHED_NOTE} {_SCALE_NOTE}"
    return {"n": len(rows), "scores": scores, "published": dict(PUBLISHED), "note": note}
