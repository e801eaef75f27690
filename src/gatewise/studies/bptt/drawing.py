"""The plots of the study of backpropagation through time."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot

# Beyond so many steps, numbers in the fields of a map cannot be read.
_WRITTEN = 12


def plots(numbers: dict[str, Any]) -> tuple[Plot, ...]:
    """The ways into dc, each step's share of the gradients, and the error of the printed chain by length."""
    return (_ways(numbers["backward"]), _shares(numbers["share_of_steps"]), _error(numbers["printed_chain_by_length"]))


def _ways(walk: list[dict[str, Any]]) -> Plot:
    steps = range(1, len(walk) + 1)
    kinds = {
        "dc": ("dc, the sum", "-", "o"),
        "from_loss": ("by the step's own loss", "--", "s"),
        "from_cell": ("by the next cell: dc ∘ f", "-.", "^"),
        "from_gates": ("by h into the next gates: not printed", ":", "D"),
    }
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(9, 3.8), layout="constrained")
        for place, (name, (label, style, marker)) in enumerate(kinds.items()):
            sizes = [float(np.linalg.norm(step[name])) for step in walk]
            axes.plot(steps, sizes, label=label, linestyle=style, marker=marker, color=COLOURS[place])
        axes.set(xlabel="step t", ylabel="Euclidean norm", ylim=(0, None))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        drawn = svg(figure)
    caption = (
        "dc at each step and the three ways that lead to it, as norms; vectors may oppose, so norms do not add up. At "
        "the last step there is no later one."
    )
    return Plot("ways", caption, drawn)


def _shares(shares: dict[str, list[float]]) -> Plot:
    table = np.array(list(shares.values())) * 100
    steps, bound = table.shape[1], max(100.0, float(np.abs(table).max()))
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(9, 4.2), layout="constrained")
        # Fields and not an image: a page that loads nothing shows no embedded picture either.
        fields = axes.pcolormesh(table, cmap="PuOr", vmin=-bound, vmax=bound, edgecolors="white", linewidth=1)
        axes.set_yticks(np.arange(len(shares)) + 0.5, [f"d{name}" for name in shares])
        axes.invert_yaxis()
        axes.set(xlabel="step t")
        axes.grid(visible=False)
        if steps <= _WRITTEN:
            for (row, column), value in np.ndenumerate(table):
                colour = "white" if abs(value) > 0.6 * bound else "black"
                axes.text(column + 0.5, row + 0.5, _percent(value), ha="center", va="center", color=colour, fontsize=9)
        marked = range(0, steps, 1 + steps // 20)
        axes.set_xticks([step + 0.5 for step in marked], [str(step + 1) for step in marked])
        figure.colorbar(fields, label="share of the gradient, %").solids.set_rasterized(False)
        drawn = svg(figure)
    caption = (
        "What each step adds to each gradient, in per cent along the whole gradient: the fields of a row sum to 100, "
        "and a negative one works against the whole. Step 1 gives nothing to W_h* and to the forget gate, for h and c "
        "are zero before it."
    )
    return Plot("shares", caption, drawn)


def _percent(value: float) -> str:
    return f"{round(value) + 0}".replace("-", "−")


def _error(spread: dict[str, dict[str, list[float]]]) -> Plot:
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(9, 3.8), layout="constrained")
        for place, (name, line) in enumerate(spread.items()):
            # Set a little apart, so that the bars do not hide each other.
            steps = np.array(line["steps"]) * (0.97, 1.03)[place]
            below, above = (np.abs(np.array(line[edge]) - np.array(line["median"])) * 100 for edge in ("least", "most"))
            style = {"linestyle": ("-", "--")[place], "marker": "os"[place], "capsize": 3, "color": COLOURS[place]}
            axes.errorbar(steps, np.array(line["median"]) * 100, yerr=[below, above], label=name, **style)
        axes.set_xscale("log", base=2)
        axes.set_xticks(line["steps"], line["steps"])
        axes.set(xlabel="steps T", ylabel="relative error of all gradients, %", ylim=(0, None))
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        drawn = svg(figure)
    caption = (
        "What is lost without the way through h: error of the gradients by the printed chain, relative to the right "
        "ones, by length. Median of the examples; bars from the least to the most."
    )
    return Plot("printed-chain", caption, drawn)
