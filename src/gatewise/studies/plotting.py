"""Plots of the studies: matplotlib, with one look, and the same bytes from the same numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Told apart by people who do not tell red from green, and by their lightness in print.
COLOURS = ("#0b62b0", "#c25400", "#3a8f5c", "#8a4fbf", "#b8860b", "#59636e", "#c2185b", "#00838f")

_LOOK: dict[Any, Any] = {
    "svg.hashsalt": "gatewise",  # Names inside the file would be random else.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#d5dae0",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


@contextmanager
def look() -> Iterator[Any]:
    """``matplotlib.pyplot`` with our look, for the time of a ``with``; nothing on the screen, nothing left open."""
    import matplotlib

    matplotlib.use("svg")
    from cycler import cycler
    from matplotlib import pyplot

    with matplotlib.rc_context({**_LOOK, "axes.prop_cycle": cycler(color=COLOURS)}):
        try:
            yield pyplot
        finally:
            pyplot.close("all")


def svg(figure: Any) -> str:
    """The figure as SVG text without a date."""
    target = io.StringIO()
    figure.savefig(target, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    drawn = target.getvalue()
    # The XML prologue has no place inside a page.
    return re.sub(r"^.*?(?=<svg)", "", drawn, count=1, flags=re.DOTALL)
