"""Plots of readings: gates word by word, what was written and erased, units of the cell, the running score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.ops.checks import Floats
from gatewise.studies.gates.reading import Reading
from gatewise.studies.plotting import COLOURS, look, svg

_ROW = 2.3  # Inches that a row of a figure is high.
_WIDTH = 10.0
_COLOURS_OF_A_MAP = 21
GATE_COLOURS = {"input": COLOURS[0], "forget": COLOURS[1], "output": COLOURS[2]}


def draw_gates(readings: Mapping[str, Reading]) -> str:
    """Mean and quartiles over the units of the three gates at every word; a row for each reader."""
    with look() as pyplot:
        figure, rows = _rows(pyplot, len(readings))
        for axes, (name, reading) in zip(rows, readings.items(), strict=True):
            for gate, colour in GATE_COLOURS.items():
                _band(axes, getattr(reading, gate), gate, colour)
            axes.set_ylim(0, 1)
            axes.set_ylabel("gate, 0 to 1")
            axes.set_title(name, loc="left", fontsize=10)
        _name_words(rows[-1], next(iter(readings.values())))
        _legend_above(rows[0])
        return svg(figure)


def draw_sentence(reading: Reading) -> str:
    """Three rows: gates; candidate and cell; what each word wrote and erased."""
    with look() as pyplot:
        figure, (gates, cell, change) = _rows(pyplot, 3)
        for gate, colour in GATE_COLOURS.items():
            _band(gates, getattr(reading, gate), gate, colour)
        gates.set_ylim(0, 1)
        gates.set_ylabel("gate, 0 to 1")
        _legend_above(gates)
        _band(cell, reading.candidate, "candidate g", COLOURS[3])
        _band(cell, reading.cell, "cell c", COLOURS[5])
        cell.set_ylabel("value")
        _legend_above(cell)
        _draw_changes(change, reading)
        _name_words(change, reading)
        return svg(figure)


def draw_units(reading: Reading, most: int = 24) -> str:
    """Cells of the units that moved most, word by word: red below zero, blue above."""
    moved = np.abs(np.diff(reading.cell, axis=0, prepend=0)).sum(0)
    chosen = np.argsort(-moved, kind="stable")[:most]
    values = reading.cell[:, chosen].T
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(_WIDTH, 1.4 + 0.19 * len(chosen)))
        bound = float(np.abs(values).max()) or 1.0
        # Rectangles and few colours, not a bitmap: pages may hold no pictures but drawings.
        colours = pyplot.get_cmap("RdBu", _COLOURS_OF_A_MAP)
        axes.grid(visible=False)
        edges = (np.arange(values.shape[1] + 1) - 0.5, np.arange(len(chosen) + 1) - 0.5)
        image = axes.pcolormesh(*edges, values, cmap=colours, vmin=-bound, vmax=bound)
        axes.invert_yaxis()
        axes.set_yticks(range(len(chosen)), [str(unit) for unit in chosen], fontsize=8)
        axes.set_ylabel("unit")
        _name_words(axes, reading)
        figure.colorbar(image, ax=axes, label="cell c", pad=0.02)
        return svg(figure)


def draw_score(reading: Reading, scores: Floats, label: str) -> str:
    """The running score after every word, and how far each word moved it."""
    with look() as pyplot:
        figure, (score, change) = _rows(pyplot, 2)
        places = np.arange(len(reading))
        score.axhline(0, color=COLOURS[5], linewidth=1)
        score.plot(places, scores[-len(reading) :], marker="o", markersize=3.5)
        score.set_ylabel(f"log odds of {label}")
        moved = np.diff(scores)[-len(reading) :]
        change.bar(places, moved, color=[COLOURS[0] if value > 0 else COLOURS[1] for value in moved])
        change.axhline(0, color=COLOURS[5], linewidth=1)
        change.set_axisbelow(True)
        change.set_ylabel("moved by the word")
        _name_words(change, reading)
        return svg(figure)


def draw_lines(
    panels: Sequence[tuple[Sequence[str], Mapping[str, Sequence[float]]]], label: str, *, logarithmic: bool
) -> str:
    """For each panel lines over the words of a sentence; lines shorter than it end where it ends."""
    with look() as pyplot:
        figure, rows = pyplot.subplots(len(panels), 1, figsize=(_WIDTH, 2.6 * len(panels)), squeeze=False)
        figure.subplots_adjust(hspace=0.75)
        for axes, (words, lines) in zip(rows[:, 0], panels, strict=True):
            for style, (name, values) in zip(("-", "--", "-."), lines.items(), strict=False):
                axes.plot(range(len(words) - len(values), len(words)), values, style, label=name, linewidth=1.8)
            axes.set_xticks(range(len(words)), words, rotation=60, ha="right", fontsize=9)
            axes.set_ylabel(label)
            axes.set_xlim(-0.6, len(words) - 0.4)
            _scale(axes, logarithmic)
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return svg(figure)


def draw_pairs(panels: Mapping[str, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]) -> str:
    """For each reader a dot a pair: similarity of two words, mean forget gate at the second."""
    with look() as pyplot:
        figure, panes = pyplot.subplots(1, len(panels), figsize=(_WIDTH, 3.3), sharey=True, squeeze=False)
        for axes, (name, (cosine, forget)) in zip(panes[0], panels.items(), strict=True):
            for column, kind in enumerate(("nearest neighbour before", "random word before")):
                axes.plot(cosine[:, column], forget[:, column], "o" if column else "^", markersize=3, label=kind)
            axes.set_title(name, loc="left", fontsize=10)
            axes.set_xlabel("cosine of the two words")
            axes.set_ylim(0, 1)
        panes[0][0].set_ylabel("mean forget gate")
        panes[0][0].legend(loc="lower left")
        return svg(figure)


def draw_histograms(panels: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """For each reader the distribution of the values of its three gates."""
    with look() as pyplot:
        figure, panes = pyplot.subplots(1, len(panels), figsize=(_WIDTH, 3.0), sharey=True, squeeze=False)
        for axes, (name, shares) in zip(panes[0], panels.items(), strict=True):
            for style, (gate, values) in zip(("-", "--", "-."), shares.items(), strict=True):
                edges = np.linspace(0, 1, len(values) + 1)
                middles, percent = (edges[1:] + edges[:-1]) / 2, 100 * np.asarray(values)
                axes.plot(middles, percent, style, label=gate, color=GATE_COLOURS[gate])
            axes.set_title(name, loc="left", fontsize=10)
            axes.set_xlabel("value of the gate")
        panes[0][0].set_ylabel("share of values, %")
        panes[0][0].set_yscale("symlog", linthresh=1)
        panes[0][0].set_yticks([0, 1, 10, 100], ["0", "1", "10", "100"])
        panes[0][-1].legend(loc="upper left")
        return svg(figure)


def _scale(axes: Any, logarithmic: bool) -> None:
    if not logarithmic:
        axes.set_ylim(bottom=0)
        return
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")


def _rows(pyplot: Any, count: int) -> tuple[Any, list[Any]]:
    figure, rows = pyplot.subplots(count, 1, figsize=(_WIDTH, _ROW * count + 0.4), squeeze=False, sharex=True)
    figure.subplots_adjust(hspace=0.3)
    return figure, list(rows[:, 0])


def _band(axes: Any, values: Floats, name: str, colour: str) -> None:
    low, high = np.quantile(values, [0.25, 0.75], axis=1)
    places = range(len(values))
    axes.fill_between(places, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(places, values.mean(1), color=colour, marker="o", markersize=3, linewidth=1.5, label=name)


def _draw_changes(axes: Any, reading: Reading) -> None:
    places = np.arange(len(reading))
    axes.bar(places, np.abs(reading.written).mean(1), color=COLOURS[0], label="written, |i∘g|")
    axes.bar(places, -np.abs(reading.erased).mean(1), color=COLOURS[1], label="erased, |(1-f)∘c|")
    axes.axhline(0, color=COLOURS[5], linewidth=1)
    axes.set_axisbelow(True)
    axes.set_ylabel("mean over units")
    _legend_above(axes)


def _legend_above(axes: Any) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)


def _name_words(axes: Any, reading: Reading) -> None:
    words = [word if known else f"{word}*" for word, known in zip(reading.words, reading.is_known, strict=True)]
    axes.set_xticks(range(len(words)), words, rotation=60, ha="right", fontsize=9)
    axes.set_xlim(-0.6, len(words) - 0.4)
