"""Plots of the study of order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.studies.plotting import COLOURS, look, svg

Runs = Sequence[Mapping[str, Any]]
_STYLES = ("o-", "s--", "^-.", "D:", "v-", "P--", "x-.")


def mean_and_spread(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard deviation of a few seeds, 0 for a single one."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def draw_bars(names: Sequence[str], bars: Mapping[str, Sequence[Sequence[float]]], lowest: float) -> str:
    """Groups of bars, a group for each classifier; whiskers are standard deviations over the seeds."""
    width = 0.8 / len(bars)
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(10, 3.6))
        for place, (label, values) in enumerate(bars.items()):
            means, spreads = zip(*(mean_and_spread(seeds) for seeds in values), strict=True)
            at = np.arange(len(names)) + (place - (len(bars) - 1) / 2) * width
            whiskers = {"ecolor": "#1c2126", "elinewidth": 1.2, "capsize": 2}
            axes.bar(at, 100 * np.array(means), width, yerr=100 * np.array(spreads), label=label, error_kw=whiskers)
        axes.axhline(50, color=COLOURS[5], linewidth=1, linestyle=":")
        axes.set_xticks(range(len(names)), [name.replace(", ", ",\n") for name in names])
        axes.set_ylim(lowest, 100)
        axes.set_ylabel("accuracy, %")
        axes.set_axisbelow(True)
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(bars))
        return svg(figure)


def draw_lengths(panels: Sequence[tuple[str, Mapping[str, Mapping[str, Sequence[float]]]]]) -> str:
    """Accuracy by length of text: a panel for each data set, a line for each classifier, whiskers over the seeds."""
    with look() as pyplot:
        figure, panes = pyplot.subplots(1, len(panels), figsize=(10, 3.8), squeeze=False)
        figure.subplots_adjust(wspace=0.25)
        for axes, (title, lines) in zip(panes[0], panels, strict=True):
            for place, (name, parts) in enumerate(lines.items()):
                means, spreads = zip(*(mean_and_spread(seeds) for seeds in parts.values()), strict=True)
                at = np.arange(len(parts)) + 0.06 * (place - (len(lines) - 1) / 2)
                axes.errorbar(
                    at, 100 * np.array(means), 100 * np.array(spreads), fmt=_STYLES[place], markersize=5, label=name
                )
            axes.set_xticks(range(len(parts)), list(parts), rotation=30, ha="right")
            axes.set_xlabel("words in the text")
            axes.set_title(title, loc="left", fontsize=10)
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.38), ncols=2, fontsize=8.5)
        panes[0][0].set_ylabel("accuracy, %")
        return svg(figure)
