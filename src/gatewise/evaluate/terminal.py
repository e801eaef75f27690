"""An evaluation on the terminal: the scores beside the rival's first, then where the model fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gatewise.evaluate import wording
from gatewise.evaluate.wording import CORRELATIONS, ORDER, SCORES, SELECTIVE, Row
from gatewise.evaluate.worst import shorten

MOST_CLASSES = 12
MOST_CONFUSED = 5
_LABEL = 24
_NARROW = 9
_STYLES = {"better": "cyan", "worse": "yellow", "even": "dim", "": "dim"}


def show(result: Mapping[str, Any], console: Console | None = None) -> None:
    """Print what `gatewise.evaluate.evaluation.evaluate` found.

    Args:
        result: Its result; with an entry ``ledger_line`` that line of the test ledger is named.
        console: Where to; standard output when left out.
    """
    out = console or Console(highlight=False, markup=False, emoji=False)
    out.print(Text(f"{result['name']} · {result['n']:,} examples", style="bold"))
    out.print(Text(wording.model_line(result), style="dim"))
    out.print()
    out.print(_score_table([wording.accuracy_row(result["accuracy"]), *wording.score_rows(result["scores"], SCORES)]))
    for line in filter(None, (wording.conclusion(result), wording.blend_line(result))):
        out.print(Text(line))
    _heading(out, "Classes")
    out.print(_class_table(result))
    if len(result["classes"]) <= MOST_CONFUSED:
        out.print()
        out.print(_confusion_table(result))
    _heading(out, "Calibration")
    out.print(_calibration_table(result["calibration"]))
    _heading(out, "Abstaining where the model is least sure")
    _selective(out, result)
    if result["correlations"]:
        _heading(out, f"Score (probability of {_label(result['classes'][1])}) and truth")
        out.print(_score_table(wording.score_rows(result["correlations"], CORRELATIONS)))
    if result["order"]:
        _heading(out, "Expected value and label")
        out.print(_score_table(wording.score_rows(result["order"], ORDER)))
    if result["published_subset"]:
        _published(out, result["published_subset"])
    _heading(out, "Slices")
    out.print(_slice_table(result["slices"]))
    if result["groups"]:
        _heading(out, f"By {_label(result['groups']['column'])}")
        out.print(_group_table(result["groups"]["parts"]))
    if result["pairs"]:
        _heading(out, "Pairs")
        out.print(Text(wording.pairs_line(result["pairs"])))
    _heading(out, "The examples")
    for line in (wording.overlap_line(result), wording.truncation_line(result)):
        out.print(Text(line))
    _worst(out, result["worst"])
    if result.get("ledger_line"):
        out.print()
        out.print(Text(f"This read of the test split is line {result['ledger_line']} of the test ledger."))


def _heading(out: Console, title: str) -> None:
    out.print()
    out.print(Text(title, style="bold"))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for index, name in enumerate(columns):
        table.add_column(name, justify="left" if index == 0 else "right", no_wrap=True)
    return table


def _score_table(rows: Iterable[Row]) -> Table:
    table = _table("", "model", "bag of\nwords", "difference\n(95 % interval)", "the\nmodel is")
    for row in rows:
        verdict = Text(row.verdict, style=_STYLES[row.verdict])
        # The rival's own interval is in the JSON and HTML; here it would not fit into 80 columns.
        rival = row.rival.partition(" (")[0]
        table.add_row(row.name, Text(row.model, style="bold"), rival, row.difference, verdict)
    return table


def _class_table(result: Mapping[str, Any]) -> Table:
    """Scores of each class; where the classes are many, of those with the least F1."""
    rows = result["per_class"]["classes"]
    table = _table("", "texts", "precision", "recall", "F1", "bag of\nwords F1")
    order = sorted(range(len(rows)), key=lambda place: (rows[place]["f1"] is None, rows[place]["f1"]))
    for place in range(len(rows)) if len(rows) <= MOST_CLASSES else order[:MOST_CLASSES]:
        table.add_row(_label(rows[place]["label"]), f"{rows[place]['support']:,}", *_ratios(rows[place]))
    macro = result["per_class"]["macro"]
    table.add_row("mean of classes", f"{macro['support']:,}", *_ratios(macro), style="dim")
    if len(rows) > MOST_CLASSES:
        table.caption = f"the {MOST_CLASSES} classes with the least F1 of {len(rows):,}; --json has all"
        table.caption_justify = "left"
    return table


def _confusion_table(result: Mapping[str, Any]) -> Table:
    names = [_label(name, _NARROW) for name in result["classes"]]
    table = _table("", *(f"called\n{name}" for name in names))
    for name, counts in zip(names, result["confusion"], strict=True):
        table.add_row(f"truly {name}", *(f"{count:,}" for count in counts))
    return table


def _ratios(row: Mapping[str, Any]) -> list[str]:
    return [wording.decimal(row[name]) for name in ("precision", "recall", "f1", "rival_f1")]


def _calibration_table(calibration: Mapping[str, Any]) -> Table:
    table = _table("", "ECE", "log loss", "Brier score")
    names = {"before": "temperature 1", "after": f"temperature {calibration['temperature']:.3g} (the model's)"}
    for key, name in names.items():
        table.add_row(name, *(wording.decimal(calibration[key][score]) for score in ("ece", "log_loss", "brier")))
    return table


def _selective(out: Console, result: Mapping[str, Any]) -> None:
    table = _table("", "model", "bag of\nwords")
    for row in wording.selective_rows(result["selective"]):
        table.add_row(*row)
    out.print(table)
    out.print()
    out.print(_score_table(wording.score_rows(result["selective"]["scores"], SELECTIVE)))
    if result["selective"]["band"]:
        out.print()
        out.print(Text(wording.band_line(result)))


def _published(out: Console, subset: Mapping[str, Any]) -> None:
    _heading(out, f"The same on {subset['n']:,} fixed test documents")
    table = _table("", "model", "bag of\nwords", "published")
    for key, (name, _) in CORRELATIONS.items():
        score = subset["scores"].get(key)
        if score:
            published = wording.decimal(subset["published"].get(key))
            table.add_row(name, wording.decimal(score["value"]), wording.decimal(score["rival"]), published)
    out.print(table)
    out.print(Text(subset["note"], style="dim"))


def _slice_table(slices: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("", "texts", "accuracy\n(95 % interval)", "bag of\nwords", "difference", "the\nmodel is")
    last = None
    for part in slices:
        if last not in (None, part["kind"]):
            table.add_row()
        last = part["kind"]
        row = wording.accuracy_row(part, part["name"])
        rival = wording.percent(part["rival"])
        verdict = Text(row.verdict, style=_STYLES[row.verdict])
        difference = row.difference.partition(" (")[0]
        table.add_row(row.name, f"{part['n']:,}", row.model, rival, difference, verdict)
    return table


def _group_table(parts: Iterable[Mapping[str, Any]]) -> Table:
    table = _table("", "texts", "accuracy\n(95 % interval)", "bag of\nwords", "both\nwrong", "the\nmodel is")
    for part in parts:
        row = wording.accuracy_row(part, _label(part["name"]))
        shares = wording.percent(part["rival"]), wording.percent(part["both_wrong"])
        table.add_row(row.name, f"{part['n']:,}", row.model, *shares, Text(row.verdict, style=_STYLES[row.verdict]))
    return table


def _worst(out: Console, worst: Iterable[Mapping[str, Any]]) -> None:
    for index, error in enumerate(worst):
        if index == 0:
            _heading(out, "Surest errors")
        said = f"{_label(error['predicted'])} {wording.percent(error['probability'])}, truly {_label(error['label'])}"
        rival = error["rival_predicted"]
        other = "" if rival is None else f", bag of words {_label(rival)}"
        name = f"  {shorten(error['id'], 40)}" if error["id"] else ""
        out.print(Text.assemble((said, "yellow"), (other + name, "dim")))
        out.print(Padding(Text(error["text"]), (0, 0, 0, 2), expand=False))


def _label(label: str | int, most: int = _LABEL) -> str:
    return shorten(str(label), most)
