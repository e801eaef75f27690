"""What a model is worth if it may abstain, beside its rival: curves, areas, a few points, and a band asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.evaluate.comparison import Measure, accuracy_score, compare
from gatewise.metrics.selective import OperatingPoint, RiskCoverage, aurc, excess_aurc, is_answered, risk_coverage

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

RISKS = (0.01, 0.02, 0.05)
COVERAGES = (1.0, 0.9, 0.8, 0.5)


def selective(truth: Labels, model: Floats, rival: Floats | None, abstain: float | None) -> dict[str, Any]:
    """Risk and coverage of the model and of its rival.

    Args:
        truth: ``[n]`` int64, n > 0.
        model: ``[n, K]`` float64.
        rival: ``[n, K]`` float64, or None.
        abstain: A threshold on the model's highest probability to look at besides, or None.

    Returns:
        - ``scores``: ``aurc`` and ``excess_aurc``, each with the rival's and the difference
        - ``curve``: ``model`` and ``rival``, each ``thresholds``, ``answered``, ``errors``, at most one point a percent
        - ``at_coverage``: for each `COVERAGES` the points of ``model`` and ``rival``
        - ``at_risk``: for each `RISKS` the points of ``model`` and ``rival``, None where no coverage is so right
        - ``band``: with `abstain`, how many are ``answered`` and the accuracies on those ``answered_accuracy`` and on
          the others ``abstained_accuracy``, the rival's on the same texts beside them; None where there are none

        A point is an `OperatingPoint`.
    """
    curves = {"model": _curve(truth, model), "rival": None if rival is None else _curve(truth, rival)}
    return {
        "scores": compare(_areas(truth), model, rival),
        "curve": {name: None if curve is None else curve.thinned().to_json() for name, curve in curves.items()},
        "at_coverage": [_points(curves, RiskCoverage.at_coverage, share) for share in COVERAGES],
        "at_risk": [_points(curves, RiskCoverage.within_risk, share) for share in RISKS],
        "band": None if abstain is None else _band(truth, model, rival, abstain),
    }


def _curve(truth: Labels, probabilities: Floats) -> RiskCoverage:
    return risk_coverage(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth)


def _areas(truth: Labels) -> Measure:
    def measure(probabilities: Floats, rows: Labels) -> dict[str, float | None]:
        curve = _curve(truth[rows], probabilities[rows])
        return {"aurc": aurc(curve), "excess_aurc": excess_aurc(curve)}

    return measure


def _points(
    curves: Mapping[str, RiskCoverage | None], choose: Callable[[RiskCoverage, float], OperatingPoint | None], at: float
) -> dict[str, Any]:
    """The value asked for, and the point that each curve has for it."""
    found = {name: None if curve is None else choose(curve, at) for name, curve in curves.items()}
    return {"wanted": at, **{name: None if point is None else asdict(point) for name, point in found.items()}}


def _band(truth: Labels, model: Floats, rival: Floats | None, abstain: float) -> dict[str, Any]:
    answered = is_answered(model, abstain)
    right = model.argmax(axis=1) == truth
    rival_right = None if rival is None else rival.argmax(axis=1) == truth

    def on(mask: npt.NDArray[np.bool_]) -> dict[str, Any] | None:
        if not mask.any():
            return None
        return accuracy_score(right[mask], None if rival_right is None else rival_right[mask])

    return {
        "threshold": abstain,
        "answered": int(answered.sum()),
        "coverage": float(answered.mean()),
        "answered_accuracy": on(answered),
        "abstained_accuracy": on(~answered),
    }
