"""An evaluation as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gatewise.evaluate import figures, wording
from gatewise.evaluate.html_style import STYLE
from gatewise.evaluate.wording import CORRELATIONS, ORDER, SCORES, SELECTIVE, Row
from gatewise.evaluate.worst import shorten
from gatewise.version import __version__

MOST_IN_MATRIX = 12
MOST_CONFUSIONS = 20
_LABEL = 40
# The page may show its own style and nothing else, whatever a text of the data smuggles in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_report(result: Mapping[str, Any]) -> str:
    """Draw what `gatewise.evaluate.evaluation.evaluate` found.

    Args:
        result: Its result; with an entry ``ledger_line`` the page names that line of the test ledger.

    Returns:
        A whole HTML document. Every text and label of the data is escaped.
    """
    title = f"{_label(result['name'])}: evaluation"
    parts = [
        _head(result),
        _section(
            "Scores",
            _score_table([wording.accuracy_row(result["accuracy"]), *wording.score_rows(result["scores"], SCORES)]),
        ),
        _section("Training", _training(result["training"])),
        _section("How sure, and how right", _confidence(result)),
        _section("Abstaining", _selective(result)),
        _section("Classes", _classes(result)),
        _section("Slices", _slices(result)),
        _section(
            "Parts", _groups(result["groups"]) + _paragraphs(*map(wording.pairs_line, filter(None, [result["pairs"]])))
        ),
        _section("Score and truth", _correlations(result)),
        _section("Expected value and label", _order(result)),
        _section("The examples", _paragraphs(wording.overlap_line(result), wording.truncation_line(result))),
        _section("Surest errors", _worst(result["worst"])),
        _foot(result),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _head(result: Mapping[str, Any]) -> str:
    score = result["accuracy"]
    row = wording.accuracy_row(score)
    tiles = [
        ("is-model", "accuracy of the model", wording.percent(score["value"]), wording.interval(score["interval"]))
    ]
    if result["has_rival"]:
        rival = wording.interval(score["rival_interval"])
        tiles.append(("is-rival", "accuracy of a bag of words", wording.percent(score["rival"]), rival))
        value, _, ends = row.difference.partition(" ")
        tiles.append(("", "difference in points", value, ends))
    drawn = "".join(
        f'<div class="{style}">{name}<b>{value}</b><span class="soft">95 % interval {ends.strip("()")}</span></div>'
        for style, name, value, ends in tiles
    )
    said = f"{wording.conclusion(result)} {wording.blend_line(result)}".strip()
    return (
        f"<h1>{_label(result['name'])}</h1>\n"
        f'<p class="soft">{result["n"]:,} examples · {escape(wording.model_line(result))}</p>\n'
        f'<div class="hero">{drawn}</div>\n<p>{escape(said)}</p>\n'
    )


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n" if body else ""


def _score_table(rows: Iterable[Row]) -> str:
    lines = [
        f'<tr><th scope="row">{escape(row.name)} <small>{row.hint}</small></th><td class="model">{row.model}</td>'
        f'<td>{row.rival}</td><td>{row.difference}</td><td class="{row.verdict}">{row.verdict}</td></tr>'
        for row in rows
    ]
    columns = ("score", "model", "bag of words", "difference, 95 % interval", "the model is")
    return _table(columns, lines)


def _table(columns: Iterable[str], lines: Iterable[str], caption: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    named = f"<caption>{caption}</caption>" if caption else ""
    body = "".join(lines)
    return f'<div class="wide"><table>{named}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _training(training: Mapping[str, Any]) -> str:
    beside = training["learnt_beside"]
    drawn = [
        _figure(
            figures.loss_curves(training),
            f"Loss on the development split. That of training holds {beside} too, and is left out."
            if beside
            else "Loss on the rows trained on and on the development split.",
        ),
        _figure(figures.accuracy_curve(training), "Accuracy on the development split, held out from training."),
    ]
    if not any(drawn):
        return _paragraphs("The model keeps no record of its training.")
    return f'<div class="pair">{"".join(drawn)}</div>{_paragraphs(_training_line(training))}'


def _training_line(training: Mapping[str, Any]) -> str:
    said = []
    if training["examples"] is not None:
        said.append(
            f"{training['examples']:,} training examples" + (f" of {training['source']}" if training["source"] else "")
        )
    if training["seconds"] is not None:
        said.append(f"{training['seconds'] / 60:.1f} minutes")
    if training["kept_epoch"] is not None:
        said.append(f"weights of epoch {training['kept_epoch']}")
    if training["development_accuracy"] is not None:
        said.append(f"development accuracy {wording.percent(training['development_accuracy'])}")
    if training["seed"] is not None:
        said.append(f"seed {training['seed']}")
    return ", ".join(said) + "." if said else ""


def _confidence(result: Mapping[str, Any]) -> str:
    calibration = result["calibration"]
    lines = [
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td>{wording.decimal(calibration[key][score])}</td>" for score in ("ece", "log_loss", "brier"))
        + "</tr>"
        for key, name in {"before": "1", "after": f"{calibration['temperature']:.3g}, the model's"}.items()
    ]
    table = _table(("temperature", "ECE", "log loss", "Brier score"), lines)
    honest = figures.reliability(calibration, len(result["classes"]))
    counted = f"How often each {figures.histogram_label(result)} was given."
    drawn = [
        f"<div>{_figure(honest, 'On the dotted diagonal the model is as sure as it is right.')}<br>{table}</div>",
        _figure(figures.score_histogram(result), counted),
    ]
    return f'<div class="pair">{"".join(drawn)}</div>'


def _selective(result: Mapping[str, Any]) -> str:
    found = result["selective"]
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td class="model">{model}</td><td>{rival}</td></tr>'
        for name, model, rival in wording.selective_rows(found)
    ]
    caption = (
        "Error among the answers that are left when the least sure are withheld; the curve begins with "
        f"{figures.LEAST_ANSWERED} answers."
    )
    drawn = _figure(figures.risk_coverage(found["curve"]), caption)
    table = _figure(_table(("", "model", "bag of words"), lines), "The thresholds are chosen on these very texts.")
    areas = _score_table(wording.score_rows(found["scores"], SELECTIVE))
    return f'{_paragraphs(wording.band_line(result))}<div class="pair">{drawn}{table}</div>{areas}'


def _classes(result: Mapping[str, Any]) -> str:
    rows = [*result["per_class"]["classes"], {**result["per_class"]["macro"], "label": "mean of classes"}]
    lines = [
        f'<tr><th scope="row">{_label(row["label"])}</th><td>{row["support"]:,}</td>'
        + "".join(f"<td>{wording.decimal(row[name])}</td>" for name in ("precision", "recall", "f1", "rival_f1"))
        + "</tr>"
        for row in rows
    ]
    table = _table(("class", "texts", "precision", "recall", "F1", "bag of words F1"), lines)
    few = len(result["classes"]) <= MOST_IN_MATRIX
    confused = _confusion_matrix(result) if few else _confusion_list(result)
    return f'<div class="flow"><figure>{confused}</figure><figure>{table}</figure></div>'


def _confusion_matrix(result: Mapping[str, Any]) -> str:
    names = [_label(name) for name in result["classes"]]
    lines = []
    for name, counts in zip(names, result["confusion"], strict=True):
        total = max(1, sum(counts))
        cells = "".join(
            f'<td style="--share:{count / total:.3f}">{count:,}<small>{wording.percent(count / total)}</small></td>'
            for count in counts
        )
        lines.append(f'<tr><th scope="row">truly {name}</th>{cells}</tr>')
    head = "".join(f'<th scope="col">called {name}</th>' for name in names)
    caption = "<caption>Texts of each class by the answer they got, and their share of the class.</caption>"
    return (
        f'<div class="wide"><table class="confusion">{caption}<thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _confusion_list(result: Mapping[str, Any]) -> str:
    names = [_label(name) for name in result["classes"]]
    mixed = [
        (count, true, answer)
        for true, counts in enumerate(result["confusion"])
        for answer, count in enumerate(counts)
        if count and true != answer
    ]
    mixed.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    lines = [
        f'<tr><th scope="row">{names[true]}</th><td>{names[answer]}</td><td>{count:,}</td></tr>'
        for count, true, answer in mixed[:MOST_CONFUSIONS]
    ]
    return _table(("truly", "called", "texts"), lines, f"The {len(lines)} most frequent confusions.")


def _slices(result: Mapping[str, Any]) -> str:
    return "".join(_figure(f"<h3>By {kind}</h3>{plot}", "") for kind, plot in figures.slice_plots(result["slices"]))


def _groups(groups: Mapping[str, Any] | None) -> str:
    if not groups:
        return ""
    lines = []
    for part in groups["parts"]:
        row = wording.accuracy_row(part, _label(part["name"]))
        cells = (f"{part['n']:,}", row.model, row.rival, wording.percent(part["both_wrong"]), row.difference)
        drawn = "".join(f"<td>{cell}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{row.name}</th>{drawn}<td class="{row.verdict}">{row.verdict}</td></tr>')
    columns = ("", "texts", "model", "bag of words", "both wrong", "difference, 95 % interval", "the model is")
    return f"<h3>By {_label(groups['column'])}</h3>" + _table(columns, lines)


def _correlations(result: Mapping[str, Any]) -> str:
    if not result["correlations"]:
        return ""
    said = f"The score is the probability of {shorten(str(result['classes'][1]), _LABEL)}; the label counts as 0 or 1."
    return (
        _paragraphs(said)
        + _score_table(wording.score_rows(result["correlations"], CORRELATIONS))
        + ("" if result["order"] else _published(result))
    )


def _order(result: Mapping[str, Any]) -> str:
    if not result["order"]:
        return ""
    low, high = _label(result["classes"][0]), _label(result["classes"][-1])
    said = f"The expected value is the mean of the label, from {low} to {high}, under the probabilities."
    return _paragraphs(said) + _score_table(wording.score_rows(result["order"], ORDER)) + _published(result)


def _published(result: Mapping[str, Any]) -> str:
    subset = result["published_subset"]
    if not subset:
        return ""
    lines = []
    for key, (name, _) in CORRELATIONS.items():
        score = subset["scores"].get(key)
        if score:
            values = (score["value"], score["rival"], subset["published"].get(key))
            cells = "".join(f"<td>{wording.decimal(value)}</td>" for value in values)
            lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    caption = f"The same on {subset['n']:,} fixed test documents."
    return "<br>" + _table(("", "model", "bag of words", "published"), lines, caption) + _paragraphs(subset["note"])


def _worst(worst: Iterable[Mapping[str, Any]]) -> str:
    lines = [_error(error) for error in worst]
    return f'<ol class="worst">{"".join(lines)}</ol>' if lines else _paragraphs("There is none.")


def _error(error: Mapping[str, Any]) -> str:
    rival = error["rival_predicted"]
    notes = [f"bag of words: {_label(rival)}"] if rival is not None else []
    notes += [_label(error["id"])] if error["id"] else []
    return (
        f'<li><b class="worse">{_label(error["predicted"])} {wording.percent(error["probability"])}</b>, truly '
        f'<b>{_label(error["label"])}</b> <span class="soft">{" · ".join(notes)}</span>'
        f"<blockquote>{escape(error['text'])}</blockquote></li>"
    )


def _foot(result: Mapping[str, Any]) -> str:
    line = result.get("ledger_line")
    recorded = f"This read of the test split is line {line} of the test ledger. " if line else ""
    explained = (
        "Intervals hold 95 %: Wilson for an accuracy, Agresti and Min for a difference of two, a paired bootstrap for "
        "the other differences. ECE is the expected calibration error, in 15 bins. AURC is the area "
        "under the curve of error by share answered, excess AURC the part of it that a perfect order of the answers by "
        "confidence would spare. The bag of words was trained on the same rows as the model."
    )
    return f"<footer><p>{recorded}{explained}</p><p>Gatewise {escape(__version__)}</p></footer>\n"


def _figure(drawn: str, caption: str) -> str:
    if not drawn:
        return ""
    return f"<figure>{drawn}{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}</figure>"


def _paragraphs(*texts: str) -> str:
    return "".join(f"<p>{escape(text).replace(' %', '&nbsp;%')}</p>" for text in texts if text)


def _label(label: str | int) -> str:
    return escape(shorten(str(label), _LABEL))
