"""The plot of the study of activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.ops.activations import ACTIVATIONS, Activation, sigmoid
from gatewise.ops.checks import Floats
from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot

_EDGE = 4.0


def plot() -> Plot:
    """f and f' of the seven, and in the eighth panel the misprinted sigmoid."""
    z = np.linspace(-_EDGE, _EDGE, 401)
    with look() as pyplot:
        figure, axes = pyplot.subplots(2, 4, figsize=(11, 5.4), sharex=True, layout="constrained")
        *panels, last = axes.flat
        for one, panel in zip(ACTIVATIONS.values(), panels, strict=True):
            _draw(panel, one, z)
        last.plot(z, sigmoid(z), label="σ(z) = 1 / (1 + e^−z)", color=COLOURS[0])
        last.plot(z, sigmoid(-z), label="as printed: 1 / (1 + e^z)", color=COLOURS[6], linestyle=":", linewidth=2.4)
        last.set(title="the misprint", xlabel="z", ylim=(-0.1, 1.6))
        last.legend(loc="upper center", fontsize=9)
        panels[0].legend(loc="upper left")
        drawn = svg(figure)
    caption = (
        "The seven activations f (solid) and their slopes f′ (dashed) over z from −4 to 4. Last panel: the sigmoid "
        "rises, the misprinted one falls."
    )
    return Plot("activations", caption, drawn)


def _draw(panel: Any, one: Activation, z: Floats) -> None:
    values = one.function(z)
    if one.name == "threshold":
        values[np.abs(z).argmin()] = np.nan  # A gap, no line, where it jumps.
    panel.plot(z, values, label="f(z)", color=COLOURS[0])
    panel.plot(z, one.derivative(z), label="f′(z)", color=COLOURS[1], linestyle="--")
    is_bounded = one.name in ("sigmoid", "tanh", "threshold")
    panel.set(title=one.name.replace("_", " "), ylim=(-1.2, 1.2) if is_bounded else (-_EDGE, _EDGE), xlabel="z")
