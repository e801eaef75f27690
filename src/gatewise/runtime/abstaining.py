"""From the error that may be borne to the threshold below which a model abstains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.errors import ModelError, ParameterError
from gatewise.metrics.selective import OperatingPoint, RiskCoverage, check_share, curve_from_json

_HINT = "give a threshold instead (abstain 0.8), or train the model again"


def operating_point(metrics: Mapping[str, Any], risk: float) -> OperatingPoint:
    """The lowest threshold that keeps the error among the answered development examples at or below `risk`.

    Args:
        metrics: Content of metrics.json; ``development.risk_coverage`` is what training noted there.
        risk: Share of wrong answers among those given, 0 to 1.

    Returns:
        Its `threshold`, and how many development examples it answers, how many of them wrongly.

    Raises:
        ParameterError: `risk` is no share, or no threshold keeps it.
        ModelError: The model keeps no curve, or a damaged one.

    Notes:
        The development error is an estimate. It is a little too good, because the same examples chose the epoch, the
        temperature and the threshold; and the fewer there are, the further off it may be.

    Reference:
        Geifman & El-Yaniv 2017, arXiv 1705.08500, section 3, whose algorithm asks for a bound where this takes the
        error itself.

    Example:
        >>> curve = {"thresholds": [0.9, 0.7, 0.5], "answered": [20, 40, 50], "errors": [0, 2, 7]}
        >>> operating_point({"development": {"risk_coverage": curve}}, 0.05).threshold
        0.7
    """
    check_share("risk", risk)
    curve = _curve(metrics)
    found = curve.within_risk(risk)
    if found is None:
        raise ParameterError(
            f"risk={risk:g} is less than any threshold kept on the development split, at least {curve.risk.min():.4f}",
            hint="allow more, or give a threshold (abstain 0.9)",
        )
    return found


def _curve(metrics: Mapping[str, Any]) -> RiskCoverage:
    development = metrics.get("development")
    stored = development.get("risk_coverage") if isinstance(development, Mapping) else None
    if stored is None:
        raise ModelError("this model keeps no risk-coverage curve of a development split", hint=_HINT)
    try:
        return curve_from_json(stored)
    except ParameterError as problem:
        raise ModelError(f"the risk-coverage curve is damaged: {problem}", where="metrics.json", hint=_HINT) from None
