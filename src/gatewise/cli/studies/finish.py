"""What all studies share on the command line: where they write and what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.cli.running import begin_process
from gatewise.errors import require_extra

if TYPE_CHECKING:
    from gatewise.studies.report import Report

Out = Annotated[Path | None, typer.Option(help="Folder to write to.  [default: runs/study-NAME]")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same numbers.", min=0, max=2**31 - 1)]


def begin(threads: int | None = None) -> None:
    """Check that torch and matplotlib are there, and set the threads."""
    require_extra("train", "torch", "a study")
    require_extra("train", "matplotlib", "a study")
    begin_process(threads)


def finish(report: Report, out: Path | None, *, as_json: bool) -> None:
    """Write the report and show it."""
    from gatewise.studies.report import write_report
    from gatewise.studies.terminal import summary

    page = write_report(report, out or Path("runs") / f"study-{report.name}")
    typer.echo(json.dumps(report.to_json()) if as_json else summary(report, page))
