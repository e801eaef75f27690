"""``--abstain`` and ``--risk``: the threshold below which a verb gives no class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gatewise.errors import ParameterError

if TYPE_CHECKING:
    from gatewise.runtime.predictor import Predictor


def check_abstaining(abstain: float | None, risk: float | None) -> None:
    """Refuse values that can be none, or both at once, before anything is read.

    Raises:
        ParameterError: See above.
    """
    from gatewise.metrics.selective import check_share

    if abstain is not None and risk is not None:
        raise ParameterError("--abstain is a threshold and --risk chooses one", hint="give one of them")
    for name, value in (("--abstain", abstain), ("--risk", risk)):
        if value is not None:
            check_share(name, value)


def threshold_of(predictor: Predictor, abstain: float | None, risk: float | None) -> float | None:
    """The threshold given, or the one that `risk` chooses, which is then told with what it did; None without either.

    Raises:
        ParameterError: No threshold keeps the risk.
        ModelError: The model keeps no record to choose by.
    """
    if risk is None:
        return abstain
    from gatewise.metrics.scores import wilson_interval

    point = predictor.operating_point(risk)
    low, high = wilson_interval(point.errors, point.answered) or (0.0, 1.0)
    typer.echo(
        f"abstaining below {point.threshold:.4f}: on the development split it answers {point.coverage:.1%}, "
        f"{point.errors:,} of {point.answered:,} wrongly ({point.risk:.1%}, 95 % interval {low:.1%} to {high:.1%})",
        err=True,
    )
    return point.threshold
