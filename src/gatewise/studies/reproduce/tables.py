"""Tables of a published result beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gatewise.studies.report import Table
from gatewise.studies.reproduce.published import Curve, Published

Summaries = Mapping[str, Mapping[str, Any]]

_HELD_OUT = {"test": "test", "films": "held-out films", "half": "other half"}


def last_epoch_table(published: Published, summaries: Summaries) -> Table:
    """One row a figure, one column a variant."""
    held_out = _HELD_OUT[published.split]
    of_held_out = None if published.of_training else published.accuracy
    stated = published.curves.train_accuracy
    of_training = published.accuracy if published.of_training else (stated[-1] if len(stated) > 1 else None)
    rows = [
        ("parameters", _count(published.parameters), [_count(one["parameters"]) for one in summaries.values()]),
        (f"accuracy, {held_out}", percent(of_held_out), _each(summaries, "accuracy")),
        ("accuracy, training", percent(of_training), _each(summaries, "train_accuracy")),
        (f"loss, {held_out}", number(published.loss), _each(summaries, "loss", is_share=False)),
    ]
    if published.split != "test":
        row = (f"best epoch, {held_out}", percent(published.best), _each(summaries, "best_epoch_accuracy"))
        rows.insert(2, row)
    return Table(
        caption="The last epoch: mean ± standard deviation of the seeds",
        columns=("", f"published ({published.source})", *(name or "measured" for name in summaries)),
        rows=tuple((name, told, *cells) for name, told, cells in rows),
    )


def epoch_tables(published: Published, name: str, summary: Mapping[str, Any]) -> tuple[Table, Table]:
    """Accuracies and losses, one row an epoch; columns of which nothing is known are left out."""
    held_out = _HELD_OUT[published.split] if published.split != "test" else "development"
    curves, stated = summary["curves"], published.curves
    of = f", {name}" if name else ""
    accuracies = [
        *_columns("training", stated.train_accuracy, curves["train_accuracy"], percent, is_share=True),
        *_columns(held_out, stated.held_out_accuracy, curves["dev_accuracy"], percent, is_share=True),
    ]
    losses = [
        *_columns("training", stated.train_loss, curves["train_loss"], number, is_share=False),
        *_columns(held_out, stated.held_out_loss, curves["dev_loss"], number, is_share=False),
    ]
    return _by_epoch(f"Accuracy by epoch{of}", accuracies), _by_epoch(f"Loss by epoch{of}", losses)


_Column = tuple[str, list[str]]


def _columns(
    title: str,
    told: Curve,
    measured: Sequence[Mapping[str, Any]] | None,
    write: Callable[[float | None], str],
    *,
    is_share: bool,
) -> list[_Column]:
    """What is published, if anything is, and what was measured, if anything was."""
    columns = []
    if any(value is not None for value in told):
        columns.append((f"{title}, published", [write(value) for value in told]))
    if measured is not None:
        columns.append((title, [plus_minus(value, is_share=is_share) for value in measured]))
    return columns


def _by_epoch(caption: str, columns: Sequence[_Column]) -> Table:
    count = max(len(cells) for _, cells in columns)
    padded = [cells + ["–"] * (count - len(cells)) for _, cells in columns]
    rows = ((str(epoch + 1), *(cells[epoch] for cells in padded)) for epoch in range(count))
    return Table(caption=caption, columns=("epoch", *(title for title, _ in columns)), rows=tuple(rows))


def plus_minus(spread: Mapping[str, Any], *, is_share: bool = True) -> str:
    """Mean ± standard deviation.

    Example:
        >>> plus_minus({"mean": 0.85, "sd": 0.01}), plus_minus({"mean": 0.3, "sd": None}, is_share=False)
        ('85.00 ± 1.00 %', '0.3000')
    """
    mean, sd = spread["mean"], spread["sd"]
    if is_share:
        return f"{100 * mean:.2f} %" if sd is None else f"{100 * mean:.2f} ± {100 * sd:.2f} %"
    return f"{mean:.4f}" if sd is None else f"{mean:.4f} ± {sd:.4f}"


def percent(share: float | None) -> str:
    """A share in percent, or a dash where nothing is stated."""
    return "–" if share is None else f"{100 * share:.2f} %"


def number(value: float | None) -> str:
    """Four digits, or a dash where nothing is stated."""
    return "–" if value is None else f"{value:.4f}"


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _each(summaries: Summaries, name: str, *, is_share: bool = True) -> list[str]:
    return [plus_minus(one[name], is_share=is_share) for one in summaries.values()]
