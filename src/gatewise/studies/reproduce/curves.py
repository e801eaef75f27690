"""Learning curves: what was measured as lines, what is published as hollow marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot
from gatewise.studies.reproduce.published import Published


def learning_curves(published: Published, summaries: Mapping[str, Mapping[str, Any]]) -> Plot:
    """Training and held-out accuracy by epoch, one drawing beside the other for each variant."""
    with look() as pyplot:
        figure, all_axes = pyplot.subplots(
            1, len(summaries), figsize=(6.4 * len(summaries), 4.2), sharey=True, squeeze=False
        )
        for axes, (name, summary) in zip(all_axes[0], summaries.items(), strict=True):
            _draw(axes, published, summary)
            if name:
                axes.set_title(name)
        all_axes[0][0].set_ylabel("accuracy, %")
        all_axes[0][-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        drawn = svg(figure)
    return Plot(
        name="accuracy",
        caption=(
            "Accuracy by epoch. Lines: mean of our seeds, with the range from the lowest to the highest seed; hollow "
            "marks: published."
        ),
        svg=drawn,
    )


def _draw(axes: Any, published: Published, summary: Mapping[str, Any]) -> None:
    stated = published.curves
    runs = summary["runs"]
    held_out = "held out" if published.split != "test" else "development"
    for name, key, told, colour in (
        ("training", "train_accuracy", stated.train_accuracy, COLOURS[1]),
        (held_out, "dev_accuracy", stated.held_out_accuracy, COLOURS[0]),
    ):
        if summary["curves"][key] is not None:
            _lines(axes, runs, key, name, colour)
        _marks(axes, told, f"{name}, published", colour)
    last = len(runs[0]["epochs"])
    if published.split == "test":
        _marks(axes, [None] * (last - 1) + [summary["accuracy"]["mean"]], "test", "black", marker="D", filled=True)
    if not published.of_training and not any(stated.held_out_accuracy):
        kind = "test" if published.split == "test" else held_out
        _marks(axes, [None] * (last - 1) + [published.accuracy], f"{kind}, published", "black", marker="D")
    axes.set_xlabel("epoch")
    axes.set_xticks(range(1, last + 1))


def _lines(axes: Any, runs: Sequence[Mapping[str, Any]], key: str, name: str, colour: str) -> None:
    columns = list(zip(*([100 * epoch[key] for epoch in run["epochs"]] for run in runs), strict=True))
    epochs = range(1, len(columns) + 1)
    axes.plot(epochs, [sum(column) / len(column) for column in columns], color=colour, label=name)
    axes.fill_between(epochs, [min(c) for c in columns], [max(c) for c in columns], color=colour, alpha=0.15, lw=0)


def _marks(
    axes: Any, shares: Sequence[float | None], name: str, colour: str, *, marker: str = "o", filled: bool = False
) -> None:
    points = [(epoch, 100 * share) for epoch, share in enumerate(shares, 1) if share is not None]
    if points:
        face = colour if filled else "none"
        axes.plot(*zip(*points, strict=True), ls="", marker=marker, color=colour, markerfacecolor=face, label=name)
