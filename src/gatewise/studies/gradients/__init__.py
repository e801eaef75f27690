"""Gradients of recurrent networks: how they vanish and explode, and which of the named remedies work."""

from __future__ import annotations

from typing import Any

from gatewise.studies.gradients.curves import losses_plot, networks_plot, remedies_plot
from gatewise.studies.gradients.depth import depth
from gatewise.studies.gradients.exploding import DRAWN_RATE, by_radius, descents
from gatewise.studies.gradients.findings import findings
from gatewise.studies.gradients.models import HIDDEN, SYMBOLS
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.remedies import remedies
from gatewise.studies.gradients.starts import rates, reach, starts
from gatewise.studies.gradients.sweeps import depth_plot, learning_plot, radius_plot, starts_plot
from gatewise.studies.gradients.tables import tables
from gatewise.studies.gradients.vanishing import vanishing
from gatewise.studies.gradients.wording import METHOD, advice
from gatewise.studies.report import Plot, Report


def gradients(*, seed: int = 0, seeds: int = 3, lag: int = 60, steps: int = 600) -> Report:
    """Norms of ∂L/∂h_t and ∂L/∂c_t against distance, at the start and trained; exploding; remedies; claims.

    Args:
        seed: Picks the seeds of the models: seed * seeds and those after it.
        seeds: Models of each setting.
        lag: The longest, from 12 to 250; others are fixed parts of it.
        steps: Batches of a training at most.

    Raises:
        ParameterError: A number is too small, or the lag too large.

    Notes:
        Three minutes of one core at the defaults, most of them in the remedies.
    """
    plan = Plan.of(seed, seeds, lag, steps)
    numbers = measured(plan)
    return Report(
        name="gradients",
        title="Vanishing and exploding gradients",
        question="How large is the gradient many steps before the loss, in which networks and from which starts, and "
        "do the remedies help that the course documents name?",
        method=METHOD,
        settings={
            "seed": seed,
            "seeds": seeds,
            "lag": lag,
            "steps": steps,
            "hidden units": HIDDEN,
            "symbols": SYMBOLS,
        },
        numbers=numbers,
        findings=findings(numbers, plan),
        tables=tables(numbers, plan),
        plots=_plots(numbers, plan),
        advice=advice(numbers, plan),
    )


def measured(plan: Plan) -> dict[str, Any]:
    """All numbers, by part of the study."""
    return {
        "networks": vanishing(plan),
        "radius": by_radius(plan),
        "descents": descents(plan),
        "remedies": remedies(plan),
        "starts": starts(plan),
        "reach": reach(plan),
        "rates": rates(plan),
        "depth": depth(plan),
    }


def _plots(numbers: dict[str, Any], plan: Plan) -> tuple[Plot, ...]:
    return (
        networks_plot(numbers["networks"]),
        radius_plot(numbers["radius"]),
        losses_plot(numbers["descents"], DRAWN_RATE),
        remedies_plot(numbers["remedies"], plan.lag),
        starts_plot(numbers["starts"]),
        learning_plot(numbers["reach"], numbers["rates"], plan),
        depth_plot(numbers["depth"]),
    )
