"""A study in the terminal: its verdicts and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from gatewise.studies.page import written
from gatewise.studies.report import Report, Table

_WIDTH = 100


def summary(report: Report, page: Path) -> str:
    """Title, tables, findings, advice, and where the page is."""
    return "\n".join(_lines(report, page))


def _lines(report: Report, page: Path) -> Iterator[str]:
    yield report.title
    yield from _filled(report.question, "")
    for table in report.tables:
        yield ""
        yield from _table(table)
    for finding in report.findings:
        yield ""
        yield from _filled(f"{finding.verdict.upper()}: {finding.claim} ({finding.source})", "")
        yield from _filled(finding.evidence, "  ")
    for paragraph in report.advice:
        yield ""
        yield from _filled(paragraph, "")
    yield ""
    yield f"page: {page}"


def _filled(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _table(table: Table) -> Iterator[str]:
    yield from _filled(table.caption, "")
    cells = [table.columns, *(tuple(map(written, row)) for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.columns))]
    for row in cells:
        first, *others = (
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *others]).rstrip()
