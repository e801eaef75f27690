"""What the verbs share: a file or known data set becomes labelled examples, and what was refused is told."""

from __future__ import annotations

import typer

from gatewise.data.examples import Examples
from gatewise.data.names import is_named, load_named
from gatewise.data.reader import read_examples

_SHOWN = 5


def read_labelled(
    data: str,
    *,
    text: str | None = None,
    label: str | None = None,
    encoding: str | None = None,
    strict: bool = False,
) -> Examples:
    """Labelled examples of a file or known data set; refused rows are summed up on stderr."""
    if is_named(data):
        return load_named(data)
    examples, report = read_examples(data, text=text, label=label, encoding=encoding, strict=strict)
    if report.refused:
        typer.echo(report.summary(), err=True)
        for refused in report.refused[:_SHOWN]:
            typer.echo(f"  {refused.file}:{refused.line}: {refused.reason}", err=True)
        if len(report.refused) > _SHOWN:
            typer.echo(f"  ... and {len(report.refused) - _SHOWN} more: gatewise data check {data}", err=True)
    return examples
