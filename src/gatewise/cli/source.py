"""What the verbs share: a file or known data set becomes labelled examples, and what was refused is told."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from gatewise.data.documents import Documents
from gatewise.data.examples import Examples
from gatewise.data.names import is_named, labelled_by, load_named
from gatewise.data.reader import read_examples
from gatewise.errors import ParameterError


def read_labelled(
    data: str,
    *,
    text: str | None = None,
    label: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    strict: bool = False,
    also: Sequence[str] = (),
) -> Examples:
    """Labelled examples of a file or known data set; refused rows are summed up on stderr, by reason and line."""
    if is_named(data):
        if also:
            raise ParameterError(f"{data} has no column {also[0]!r}", hint="--by and --pairs are for files")
        return labelled_by(load_named(data), label)
    examples, report = read_examples(
        data, text=text, label=label, encoding=encoding, delimiter=delimiter, strict=strict, also=also
    )
    if report.refused:
        typer.echo(report.summary(), err=True)
        typer.echo(f"every refused row: gatewise data check {data}", err=True)
    return examples


def read_unlabelled(names: list[str], text: str | None = None) -> list[str]:
    """Texts of sources as `Documents` names them, one after the other; how many rows were refused is told on stderr.

    Args:
        names: Files, folders or known data sets.
        text: Text column of the tables, found by its name unless given.
    """
    texts: list[str] = []
    for name in names:
        documents = Documents(name, text)
        texts += documents
        if documents.refused:
            typer.echo(f"{name}: {documents.refused.total():,} rows without a usable text", err=True)
    return texts
