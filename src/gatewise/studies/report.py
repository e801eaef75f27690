"""What a study found: text, tables, plots, and verdicts on claims. Plain values, the same from the same seed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from gatewise.store.atomic import write_bytes
from gatewise.version import __version__

Verdict = Literal["true", "false", "partly", "unclear", "reached", "not reached", "not comparable"]
Cell = str | int | float


@dataclass(frozen=True)
class Finding:
    """A claim put to the test.

    Attributes:
        claim: What is claimed, in one sentence.
        source: Who claims it, e.g. ``S`` of the course documents or ``Hochreiter & Schmidhuber 1997``.
        verdict: ``true``, ``false``, ``partly`` or ``unclear``, as far as this study can tell; of a published figure
            ``reached``, ``not reached`` or ``not comparable``.
        evidence: The numbers that say so.
    """

    claim: str
    source: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Table:
    """A table: a caption, names of columns, rows of ready-written cells or of numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Plot:
    """A plot.

    Attributes:
        name: Of its file, without ending.
        caption: What is seen, for those who cannot see it too.
        svg: The drawing, see `gatewise.studies.plotting.svg`.
    """

    name: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Report:
    """All that a study has to say.

    Attributes:
        name: Of the study, as on the command line.
        title: Heading of its page.
        question: What it asks, one or two sentences.
        method: How it was measured: sizes, seeds, what was chosen by us. Paragraphs.
        settings: Every value that decides the numbers, the seed among them.
        numbers: The measurements, JSON-able; no times of the clock and no dates, so that a seed always gives the same.
        findings: Verdicts on claims.
        tables, plots: In the order of the page.
        advice: What follows for somebody who trains networks; paragraphs.
        verb: Of the command that makes it.
    """

    name: str
    title: str
    question: str
    method: tuple[str, ...]
    settings: dict[str, Any]
    numbers: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    advice: tuple[str, ...] = field(default=())
    verb: str = "study"

    def to_json(self) -> dict[str, Any]:
        """Everything but the drawings."""
        content = asdict(self)
        content["plots"] = [{"file": f"{plot.name}.svg", "caption": plot.caption} for plot in self.plots]
        return {**content, "written_by": f"gatewise {__version__}"}


def write_report(report: Report, out: Path) -> Path:
    """Write ``result.json``, ``index.html`` and one SVG a plot into the folder `out`; returns the page.

    Each file is replaced whole or not at all.
    """
    from gatewise.studies.page import page

    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / "result.json", (json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n").encode())
    for plot in report.plots:
        write_bytes(out / f"{plot.name}.svg", plot.svg.encode())
    write_bytes(out / "index.html", page(report).encode())
    return out / "index.html"
