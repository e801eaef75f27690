"""An explanation as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from gatewise.explain.explanation import Explanation
from gatewise.explain.html_parts import account_table, all_words, ranking, running_plot, text_block
from gatewise.explain.html_style import STYLE
from gatewise.explain.wording import METHODS, label, model_line, notes, percent, verdict
from gatewise.version import __version__

if TYPE_CHECKING:
    from gatewise.explain.decomposition import PhraseDecomposition
    from gatewise.explain.gates import Mover, Trace

# The page may show its own style and nothing else, whatever the text smuggles in.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def explanation_page(
    explanation: Explanation,
    *,
    model: str | None = None,
    metrics: Mapping[str, Any] | None = None,
    phrase: PhraseDecomposition | None = None,
    units: tuple[Trace, Sequence[Mover]] | None = None,
) -> str:
    """Draw an explanation.

    Args:
        explanation: What `gatewise.explain.explain.explain` gives.
        model: Name of the model, or None for a page that names none.
        metrics: The model's record (`Predictor.metrics`), of which the page tells the accuracy; None for one that does
            not.
        phrase: A phrase of the same text, taken apart.
        units: What `trace` and `moved_most` say of the same text.

    Returns:
        A whole HTML document. Text, words and labels are escaped; control characters are shown as pictures.

    Notes:
        O(characters); some 600 bytes a word.

    Example:
        >>> from gatewise import load
        >>> page = explanation_page(load("imdb").explain("Not <b>bad</b>."), model="imdb")
        >>> "&lt;" in page and "<b>bad" not in page and "<script" not in page
        True
    """
    parts = [
        _head(explanation),
        text_block(explanation),
        _legend(explanation),
        "".join(f'<p class="soft">{escape(note)}</p>' for note in notes(explanation)),
        _section(f"Probability of {label(explanation.label)}, word by word", running_plot(explanation)),
        _section("The words that moved most", _words(explanation)),
        _section("The sum", _sum(explanation)),
        *_network(phrase, units),
        _foot(model, metrics),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(verdict(explanation)[0])}: explanation</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def framed_page(explanation: Explanation) -> str:
    """The page within a frame, for notebooks: its style stays within."""
    return (
        '<iframe sandbox style="width:100%;height:34em;border:0" title="explanation" '
        f'srcdoc="{escape(explanation_page(explanation))}"></iframe>'
    )


def _head(explanation: Explanation) -> str:
    predicted, other = verdict(explanation)
    place = explanation.labels.index(explanation.label)
    share = float(explanation.probabilities[place])
    beside = f" <small>{escape(other)}</small>" if other else ""
    said = METHODS.get(explanation.method, explanation.method)
    name = escape(label(explanation.label))
    return (
        f"<h1>{escape(predicted)}{beside}</h1>\n"
        f'<div class="meter" role="img" aria-label="probability of {name}: {percent(share)}">'
        f'<i style="width:{100 * share:.1f}%"></i></div>\n<p class="soft">{escape(said)}</p>\n'
    )


def _legend(explanation: Explanation) -> str:
    name = escape(label(explanation.label))
    return (
        f'<div class="legend soft"><span><i class="for"></i>for {name}</span>'
        f'<span><i class="against"></i>against {name}</span><span>the stronger the colour, the more</span></div>\n'
    )


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>\n" if body else ""


def _words(explanation: Explanation) -> str:
    if not len(explanation.words):
        return ""
    beside = "" if explanation.rival is None else " The bag of words counts in its own log odds, uncalibrated."
    said = f'<p class="soft">In log odds of {escape(label(explanation.label))}.{beside}</p>'
    return f"{said}{ranking(explanation)}{all_words(explanation)}"


def _sum(explanation: Explanation) -> str:
    said = f'<p class="soft">In log odds of {escape(label(explanation.label))}, the calibrated ones of the answer.</p>'
    return said + account_table(explanation)


def _network(phrase: PhraseDecomposition | None, units: tuple[Trace, Sequence[Mover]] | None) -> list[str]:
    from gatewise.explain.html_network import phrase_table, unit_table

    return [
        _section("The phrase", "" if phrase is None else phrase_table(phrase)),
        _section("The units that moved the network most", unit_table(*units) if units and units[1] else ""),
    ]


def _foot(model: str | None, metrics: Mapping[str, Any] | None) -> str:
    said = [f"Model {label(model, 80)}."] if model else []
    said += [model_line(metrics)] if metrics is not None else []
    said += [
        "A contribution tells how the model came to its answer. It does not tell what is true, nor what a "
        "reader would say, nor what another text with the same word would get."
    ]
    lines = "".join(f"<p>{escape(line).replace(' %', '&nbsp;%')}</p>" for line in said)
    return f"<footer>{lines}<p>Gatewise {escape(__version__)}</p></footer>\n"
