"""Labelled examples, or a stream of texts, from a CSV, TSV, JSON-lines, Parquet or plain text file.

Every row that is not used is reported with its line and the reason; nothing is repaired in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gatewise.data.columns import Column, Columns, choose_columns, other_column, usual_names
from gatewise.data.csv_rows import open_csv
from gatewise.data.examples import Examples, Label, ReadReport, Refused
from gatewise.data.json_rows import open_jsonl
from gatewise.data.lines import Lines, encoding_of
from gatewise.data.opening import Source, opened, source_of
from gatewise.data.parquet_rows import open_parquet
from gatewise.data.rows import Row, Table, is_whole, label_of, star_of, text_of, word_of
from gatewise.errors import DataError, ParameterError

MAX_CLASSES = 1000

_WITHOUT_DELIMITER = ("parquet", "jsonl", "txt")


@dataclass(frozen=True)
class TextRow:
    """One row of a file of texts: its line, and either the text or the reason why it is refused."""

    line: int
    text: str | None
    refused: str | None


def read_examples(
    path: str | Path,
    *,
    text: Column = None,
    label: Column = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    strict: bool = False,
    also: Sequence[str] = (),
) -> tuple[Examples, ReadReport]:
    """Read a table of labelled texts into memory.

    Labels are int if every one of them is a whole number in plain ASCII digits, otherwise str without outer spaces.

    Args:
        path: A .csv, .tsv or .jsonl file, also with .gz, or a .parquet file.
        text: Name or number (from 1) of the text column; found by its name unless given.
        label: The same for the label column; stars or a rating serve when there is no label.
        encoding: Encoding of the file; its byte-order mark, else UTF-8 unless given.
        delimiter: Field separator of a CSV file; found in its first row unless given.
        strict: Stop at the first row that cannot be used.
        also: Names of other columns to keep as words, in `Examples.columns`.

    Returns:
        The examples in file order, and the report of how they were read.

    Raises:
        DataError: If the file cannot be read, holds no usable row, or its label column is not one.
        ParameterError: If an argument is impossible.
        MissingExtraError: If it is a Parquet file and pyarrow is not installed.
    """
    source = source_of(path)
    if source.format == "txt":
        raise DataError(
            "plain text has no labels", where=source.name, hint="a table is needed; name it .csv or .tsv if it is one"
        )
    with _table(source, encoding, delimiter, text, label) as table:
        columns = choose_columns(table, text=text, label=label, where=source.name, with_label=True)
        collected = _Collected(_report(source, table, columns), columns, strict, also)
        wanted = [column for column in columns if column is not None]
        wanted += [other_column(table, name, where=source.name) for name in also]
        for row in table.rows(wanted):
            collected.add(row)
    is_by_number = isinstance(label, int) or (
        isinstance(label, str) and table.names[columns.label or 0].strip() != label.strip()
    )
    return collected.examples(header_label=table.names[columns.label or 0] if is_by_number else None), collected.report


def stream_texts(
    path: str | Path,
    *,
    text: Column = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    strict: bool = False,
) -> Iterator[TextRow]:
    """Read texts one by one, in memory that does not grow with the file.

    Args:
        path: As for `read_examples`; also a .txt file with one text a line, or ``-`` for such lines from standard
            input.
        text: Name or number (from 1) of the text column; found by its name unless given.
        encoding: Encoding of the file; its byte-order mark, else UTF-8 unless given.
        delimiter: Field separator of a CSV file; found in its first row unless given.
        strict: Stop at the first row that cannot be used.

    Yields:
        One `TextRow` for each row, refused rows included. Blank lines of tables are no rows.

    Raises:
        DataError: If the file cannot be read; when it breaks off in the middle, after the rows before.
    """
    source = source_of(path)
    with _table(source, encoding, delimiter, text, None) as table:
        columns = choose_columns(table, text=text, label=None, where=source.name, with_label=False)
        for row in table.rows([columns.text]):
            content, reason = text_of(row.cells[0]) if row.refused is None else ("", row.refused)
            if reason is not None and strict:
                raise _strict(Refused(source.name, row.line, reason))
            yield TextRow(row.line, None if reason else content, reason)


@contextmanager
def _table(source: Source, encoding: str | None, delimiter: str | None, text: Column, label: Column) -> Iterator[Table]:
    for option, value, formats in (("encoding", encoding, ("parquet",)), ("delimiter", delimiter, _WITHOUT_DELIMITER)):
        if value is not None and source.format in formats:
            raise ParameterError(f"{option} is {value!r}; such a file has none", where=source.name, hint="leave it out")
    if source.format == "parquet":
        yield open_parquet(source.name)
        return
    with opened(source) as file:
        # A terminal or pipe has nothing to peek at yet; its lines are UTF-8 unless said otherwise.
        head = b"" if source.is_stdin else file.peek(4)[:4]
        found = encoding_of(head, encoding, source.name)
        lines = Lines(file, found, source.name)
        if source.format == "txt":
            table = Table(("text",), lambda _: _plain_rows(lines))
        elif source.format == "jsonl":
            table = open_jsonl(lines, where=source.name)
        else:
            table = open_csv(
                lines,
                where=source.name,
                delimiter=delimiter,
                is_tab_separated=source.format == "tsv",
                score=lambda names: usual_names(names, text, label),
            )
        yield Table(table.names, table.rows, table.delimiter, found, table.has_numbered_columns)


def _plain_rows(lines: Lines) -> Iterator[Row]:
    for line in lines:
        yield Row(line.number, () if line.refused else (line.text.rstrip("\r\n"),), line.refused)


def _report(source: Source, table: Table, columns: Columns) -> ReadReport:
    def name(column: int | None) -> str | None:
        return None if column is None else table.names[column]

    return ReadReport(
        source.name,
        text_column=table.names[columns.text],
        label_column=name(columns.label),
        star_column=name(columns.stars),
        delimiter=table.delimiter,
        encoding=table.encoding,
    )


def _strict(row: Refused) -> DataError:
    return DataError(
        row.reason, where=f"{row.file}:{row.line}", hint="without --strict such rows are left out and listed"
    )


class _Collected:
    """The rows accepted so far."""

    def __init__(self, report: ReadReport, columns: Columns, strict: bool, also: Sequence[str]) -> None:
        self.report = report
        self._has_stars = columns.stars is not None
        self._strict = strict
        self._texts: list[str] = []
        self._labels: list[str] = []
        self._stars: list[float] = []
        self._known: dict[str, str] = {}
        self._others: dict[str, list[str]] = {name: [] for name in also}

    def add(self, row: Row) -> None:
        """Take a row in, or note why not."""
        self.report.rows_read += 1
        reason, text, label = row.refused, "", ""
        if reason is None:
            text, reason = text_of(row.cells[0])
        if reason is None:
            label, reason = label_of(row.cells[1])
        if reason is not None:
            self._refuse(row.line, reason)
            return
        # One string object per class instead of one per row.
        self._labels.append(self._known.setdefault(label, label))
        self._texts.append(text)
        if self._has_stars:
            self._stars.append(star_of(row.cells[2]))
        first_other = len(row.cells) - len(self._others)
        for words, cell in zip(self._others.values(), row.cells[first_other:], strict=True):
            words.append(word_of(cell))
        if len(self._known) > MAX_CLASSES:
            raise DataError(
                f"column {self.report.label_column!r} holds more than {MAX_CLASSES:,} different labels",
                where=f"{self.report.file}:{row.line}",
                hint="it is hardly the label column; choose another with --label",
            )

    def examples(self, header_label: str | None) -> Examples:
        """All rows taken in; `header_label` is the name of a label column that was chosen by its number."""
        file = self.report.file
        if not self.report.rows_read:
            raise DataError("has column names but no rows", where=file, hint="add a row for each text")
        if not self._texts:
            first = self.report.refused[0]
            raise DataError(
                f"none of its {self.report.rows_read:,} rows can be used; the first one: {first.reason}",
                where=f"{file}:{first.line}",
                hint="each row needs a text and a label; are --text, --label and --delimiter right?",
            )
        if header_label is not None and header_label.strip() in self._known:
            raise DataError(
                f"the first row seems to be data, not column names: {header_label!r} is also a label",
                where=f"{file}:1",
                hint="put a row with column names before it, such as: text,label",
            )
        labels: list[Label] = list(self._labels)
        if all(map(is_whole, self._known)):
            whole = {label: int(label) for label in self._known}
            labels = [whole[label] for label in self._labels]
        stars = np.array(self._stars, dtype=np.float64)
        return Examples(
            self._texts,
            labels,
            stars=stars if self._has_stars and not np.isnan(stars).all() else None,
            source=file,
            columns=self._others,
        )

    def _refuse(self, line: int, reason: str) -> None:
        refused = Refused(self.report.file, line, reason)
        if self._strict:
            raise _strict(refused)
        self.report.refused.append(refused)
