"""What is noted of a model's answers on the development split."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.metrics.scores import log_loss
from gatewise.metrics.selective import risk_coverage_of


def judged(logits: npt.NDArray[np.float64], temperature: float, targets: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Scores of the answers, as they go into metrics.json.

    Example:
        >>> judged(np.array([[2.0], [-1.0], [0.5]]), 1.0, np.array([1, 0, 0]))["accuracy"]
        0.6666666666666666
    """
    probabilities = probabilities_from_logits(logits, temperature)
    return {
        "examples": len(targets),
        "accuracy": float((probabilities.argmax(1) == targets).mean()),
        "log_loss": log_loss(targets, probabilities),
        "temperature": temperature,
        # What --risk chooses a threshold by.
        "risk_coverage": risk_coverage_of(targets, probabilities).thinned().to_json(),
    }
