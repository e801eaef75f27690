"""A study as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from gatewise.evaluate.html_style import STYLE
from gatewise.studies.report import Cell, Finding, Plot, Report, Table
from gatewise.version import __version__

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Drawings are made for white paper and stay on it when the page is dark.
# A column with a longer cell holds sentences: it is set as text, and its lines may break.
_LONGEST_FIGURE = 28
_OWN_STYLE = """
figure.plot { background: #ffffff; border-radius: 8px; padding: 10px; margin: 14px 0 22px; }
figure.plot svg text { fill: #1c2126; } figure.plot figcaption { color: #59636e; }
td.text, th.text { text-align: left; white-space: normal; min-width: 12em; }
td.verdict { font-weight: 600; } td.verdict, th.verdict { text-align: left; }
.wide { margin-bottom: 20px; }
pre { white-space: pre-wrap; }
"""


def page(report: Report) -> str:
    """A whole HTML document. All text is escaped; drawings are put in as they are."""
    parts = [
        f'<h1>{escape(report.title)}</h1>\n<p class="soft">gatewise {escape(report.verb)} {escape(report.name)}</p>\n'
        f"<p>{escape(report.question)}</p>\n",
        _section("What was found", _findings(report.findings)),
        _section("Seen", "".join(map(_plot, report.plots))),
        _section("Measured", "".join(map(_table, report.tables))),
        _section("What follows", _paragraphs(report.advice)),
        _section("How it was measured", _paragraphs(report.method) + _settings(report)),
        f"<footer>Written by Gatewise {escape(__version__)}. The numbers are in result.json.</footer>\n",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}{_OWN_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>\n" if body else ""


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>\n" for text in texts)


def _findings(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    rows = "".join(
        f'<tr><td class="text">{escape(one.claim)} <span class="soft">({escape(one.source)})</span></td>'
        f'<td class="verdict">{escape(one.verdict)}</td><td class="text">{escape(one.evidence)}</td></tr>\n'
        for one in findings
    )
    head = '<tr><th class="text">claim</th><th class="verdict">verdict</th><th class="text">evidence</th></tr>'
    return f'<div class="wide"><table><thead>{head}</thead><tbody>\n{rows}</tbody></table></div>\n'


def _plot(plot: Plot) -> str:
    return f'<figure class="plot">{plot.svg}<figcaption>{escape(plot.caption)}</figcaption></figure>\n'


def _table(table: Table) -> str:
    kinds = [_kind([row[place] for row in table.rows]) for place in range(len(table.columns))]
    head = _row("th", kinds, table.columns)
    body = "".join(f"<tr>{_row('td', kinds, row)}</tr>\n" for row in table.rows)
    return (
        f'<div class="wide"><table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>\n{body}</tbody></table></div>\n"
    )


def _row(tag: str, kinds: list[str], cells: Sequence[Cell]) -> str:
    return "".join(f"<{tag}{kind}>{escape(written(cell))}</{tag}>" for kind, cell in zip(kinds, cells, strict=True))


def _kind(cells: list[Cell]) -> str:
    """How a column is set: as text where it holds sentences."""
    return ' class="text"' if any(len(written(cell)) > _LONGEST_FIGURE for cell in cells) else ""


def written(cell: Cell) -> str:
    """A number with four significant digits, a text as it is.

    Example:
        >>> written(0.123456), written(1234567), written(2.5e-9), written("LSTM")
        ('0.1235', '1,234,567', '2.5e-09', 'LSTM')
    """
    if isinstance(cell, str):
        return cell
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.4g}"


def _settings(report: Report) -> str:
    told = ", ".join(f"{name} = {value}" for name, value in report.settings.items())
    return f'<p class="soft">{escape(told)}</p>\n' if told else ""
