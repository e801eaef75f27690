"""Plots of the study of memory: share right against lag."""

from __future__ import annotations

from typing import Any

from gatewise.studies.memory.measuring import Cell, cells_of, mean
from gatewise.studies.memory.plan import MAIN
from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot

_MARKS = "osD^vPX*<>"
_COLOURS = (*COLOURS, "#1c2126", "#9aa4ae")


def plots(cells: list[Cell]) -> tuple[Plot, ...]:
    """The long-lag task large, and the other tasks in small."""
    styles = _styles(cells)
    others = [task for task in dict.fromkeys(cell["task"] for cell in cells) if task != MAIN]
    return (_large(cells, styles), *((_small(cells, others, styles),) if others else ()))


def _styles(cells: list[Cell]) -> dict[str, dict[str, Any]]:
    """A look for each label, the same in all panels: dashed is another start than chrono.

    Marks are hollow and get smaller from one to the next, so that those in one place are all seen.
    """
    labels = dict.fromkeys(cell["label"] for cell in cells)
    return {
        label: {
            "color": _COLOURS[place % len(_COLOURS)],
            "marker": _MARKS[place % len(_MARKS)],
            "linestyle": "-" if "chrono" in label else "--",
            "markersize": max(4.0, 14 - 1.2 * place),
            "markerfacecolor": "none",
            "zorder": 4 - 0.1 * place,
        }
        for place, label in enumerate(labels)
    }


def _large(cells: list[Cell], styles: dict[str, dict[str, Any]]) -> Plot:
    with look() as pyplot:
        figure, panel = pyplot.subplots(figsize=(10, 5), layout="constrained")
        _draw(panel, cells, MAIN, styles)
        panel.set(title="Task 2c: x or y, then noise", xlabel="lag (steps)", ylabel="fresh sequences right (%)")
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        drawn = svg(figure)
    caption = (
        "Share of fresh sequences right against the lag, mean of the seeds, bars from the worst to the best. Along the "
        "top lie all that begin by the chrono rule, and the LSTM of 1997."
    )
    return Plot("long-lag", caption, drawn)


def _small(cells: list[Cell], tasks: list[str], styles: dict[str, dict[str, Any]]) -> Plot:
    with look() as pyplot:
        rows = -(-len(tasks) // 3)
        figure, axes = pyplot.subplots(
            rows, min(3, len(tasks)), figsize=(10.5, 3 * rows), sharey=True, squeeze=False, layout="constrained"
        )
        for panel, task in zip(axes.flat, tasks, strict=False):
            _draw(panel, cells, task, styles)
            panel.set(title=task, xlabel="lag (steps)")
        for panel in axes.flat[len(tasks) :]:
            panel.set_visible(False)
        for panel in axes[:, 0]:
            panel.set_ylabel("fresh right (%)")
        shown: dict[str, Any] = {}
        for panel in axes.flat[: len(tasks)]:
            handles, labels = panel.get_legend_handles_labels()
            shown.update(zip(labels, handles, strict=True))
        figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=4)
        drawn = svg(figure)
    return Plot(
        "tasks",
        "The same for the other tasks; what their lags are is told below, where it is said how it was measured.",
        drawn,
    )


def _draw(panel: Any, cells: list[Cell], task: str, styles: dict[str, dict[str, Any]]) -> None:
    labels = dict.fromkeys(cell["label"] for cell in cells if cell["task"] == task)
    lags = sorted({cell["lag"] for cell in cells if cell["task"] == task})
    for label in labels:
        found = cells_of(cells, label, task)
        heights = [100 * mean(cell) for cell in found.values()]
        down = [100 * (mean(cell) - min(cell["right"])) for cell in found.values()]
        up = [100 * (max(cell["right"]) - mean(cell)) for cell in found.values()]
        panel.errorbar(list(found), heights, yerr=[down, up], label=label, capsize=2, elinewidth=0.8, **styles[label])
    panel.set_xscale("log")
    panel.set_xticks(lags, [f"{lag:,}" for lag in lags])
    panel.minorticks_off()
    panel.set(ylim=(-6, 106), xlim=(lags[0] * 0.8, lags[-1] * 1.25))
