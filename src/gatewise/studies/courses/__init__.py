"""Errata of the course documents: what they get wrong or leave open, each with a check that runs.

`items` is the list, `equations`, `models` and `figures` are the checks. ``docs/courses.md`` has the same list to read.
"""

from __future__ import annotations

from gatewise.studies.courses.figures import MURTHY, TEST, TRAIN
from gatewise.studies.courses.item import Item, Kind, Shown
from gatewise.studies.courses.items import ITEMS
from gatewise.studies.plotting import look, svg
from gatewise.studies.report import Finding, Plot, Report, Table, Verdict

_VERDICTS: dict[Kind, Verdict] = {"wrong": "false", "open": "unclear", "confirmed": "true"}


def courses() -> Report:
    """Run every check of the list.

    Nothing is drawn that an argument could seed: the checks have seeds of their own.

    Example:
        >>> [item.name for item in ITEMS][:3]
        ['sigmoid', 'leaky-relu', 'gradient-step']
    """
    shown = {item.name: item.check() for item in ITEMS}
    return Report(
        name="courses",
        title="What the course documents get wrong or leave open",
        question="Which statements of the five course documents are wrong, which are unclear, and which are right "
        "although they look odd? Each is checked by a computation.",
        method=(
            "Each entry has a check in `gatewise.studies.courses`: a computation with the printed formula, a small "
            "network trained on invented texts, the packaged model, or arithmetic with the printed figures. A verdict "
            "of false or true stands only if its check holds; unclear is what the documents leave open.",
        ),
        settings={"entries": len(ITEMS)},
        numbers={name: {"holds": found.holds, "evidence": found.evidence} for name, found in shown.items()},
        findings=tuple(_finding(item, shown[item.name]) for item in ITEMS),
        tables=(_table(),),
        plots=(_plot(),),
        advice=(
            "Of a formula copied from a lecture, compute one number by hand and one by differences before building on "
            "it. Of an accuracy, ask on which rows, chosen how, and what it is compared with.",
        ),
    )


def _finding(item: Item, found: Shown) -> Finding:
    verdict = _VERDICTS[item.kind] if found.holds else "unclear"
    if not found.holds:
        return Finding(item.says, item.source, verdict, f"The check fails: {found.evidence}.")
    # A formula keeps its small letters.
    right = f"Right: {item.right}" if item.kind == "wrong" else item.right[0].upper() + item.right[1:]
    return Finding(item.says, item.source, verdict, f"{right}. Shown: {found.evidence}.")


def _table() -> Table:
    kinds: tuple[Kind, ...] = ("wrong", "open", "confirmed")
    rows = tuple((kind, sum(item.kind == kind for item in ITEMS)) for kind in kinds)
    return Table("Entries", ("kind", "number"), rows)


def _plot() -> Plot:
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
        for values, label, style in (
            (MURTHY, "Murthy et al., “accuracy”", "o-"),
            (TRAIN, "G, training", "s--"),
            (TEST, "G, test", "D-."),
        ):
            axes.plot(range(1, len(values) + 1), values, style, label=label)
        axes.set(xlabel="epoch", ylabel="accuracy, %", ylim=(50, 101))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="lower right")
        drawn = svg(figure)
    caption = (
        "Printed accuracies by epoch. The figures of Murthy et al. follow G's training accuracy and not its test "
        "accuracy, with which they are compared."
    )
    return Plot("accuracies", caption, drawn)
