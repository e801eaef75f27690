"""CSV and TSV rows with the line on which each begins.

Why not the standard library's `csv`: an unclosed quote makes it swallow the rest of the file into one field without a
word, its limit on field size is a setting of the whole process, and it knows only the line on which a row ends. Here a
row that cannot be parsed costs exactly its first line: reading goes on with the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gatewise.data.lines import MAX_ROW_CHARACTERS, MAX_ROW_LINES, Line, Lines
from gatewise.data.rows import NUL, Row, Table
from gatewise.errors import DataError, ParameterError

MAX_COLUMNS = 10_000
DELIMITERS = (",", ";", "\t", "|")

_HEADER_HINT = "the first row must name the columns, such as: text,label"

UNCLOSED = "a quote opens a field and does not close it"
UNBALANCED = 'text follows a closing quote; a quote inside a quoted field is written twice: ""'

_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_DECLARATION = re.compile(r"sep=(.)\r?\n?")  # a first line that Excel writes and reads


class RowParser:
    """Splits one row, line by line: a quoted field may hold line ends.

    Args:
        delimiter: One character.

    Example:
        >>> parser = RowParser(",")
        >>> parser.feed('"It said\\n'), parser.feed('""no"".",neg\\n')
        (None, ['It said\\n"no".', 'neg'])
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._fields: list[str] = []
        self._open: list[str] | None = None

    def feed(self, line: str) -> list[str] | None:
        """Add a line; the fields if the row ends with it, None if a quoted field goes on.

        Raises:
            ValueError: If something follows a closing quote.
        """
        end = len(line) - (2 if line.endswith("\r\n") else line.endswith(("\r", "\n")))
        at = 0
        while True:
            if self._open is None and line.startswith('"', at):
                self._open, at = [], at + 1
            at = self._quoted(line, at, end) if self._open is not None else self._plain(line, at, end)
            if self._open is not None:
                return None
            if at >= end:
                return self._fields
            at += 1
            if at == end:
                self._fields.append("")
                return self._fields

    def _plain(self, line: str, at: int, end: int) -> int:
        stop = line.find(self._delimiter, at, end)
        stop = end if stop < 0 else stop
        self._fields.append(line[at:stop])
        return stop

    def _quoted(self, line: str, at: int, end: int) -> int:
        parts = self._open
        assert parts is not None
        while True:
            stop = line.find('"', at)
            if stop < 0:
                parts.append(line[at:])
                return end
            parts.append(line[at:stop])
            if not line.startswith('""', stop):
                break
            parts.append('"')
            at = stop + 2
        if stop + 1 < end and line[stop + 1] != self._delimiter:
            raise ValueError(UNBALANCED)
        self._fields.append("".join(parts))
        self._open = None
        return stop + 1


def open_csv(
    lines: Lines, *, where: str, delimiter: str | None, is_tab_separated: bool, score: Callable[[list[str]], int]
) -> Table:
    """Read the column names and find the delimiter.

    Args:
        lines: The file.
        where: Its name, for messages.
        delimiter: One character or its name (``tab``); found in the first row unless given.
        is_tab_separated: Whether the name of the file says TSV.
        score: How many of the wanted columns a row of names holds; decides between delimiters.

    Raises:
        ParameterError: If the delimiter cannot be one.
        DataError: If the file is empty or its first row is no row of column names.
    """
    chosen = _checked(delimiter)
    first = _first_line(lines, where)
    if declared := _DECLARATION.fullmatch(first.text):
        chosen = chosen or declared[1]
        first = _first_line(lines, where)
    if reason := first.refused or (NUL if "\0" in first.text else None):
        raise DataError(f"the first row cannot be read: {reason}", where=f"{where}:{first.number}", hint=_HEADER_HINT)
    lines.give_back([first])
    if chosen is None:
        chosen = "\t" if is_tab_separated else _likeliest(first.text, score)
    names = next(csv_rows(lines, chosen, width=None))
    if names.refused:
        raise DataError(names.refused, where=f"{where}:{names.line}", hint=_HEADER_HINT)
    header = [str(name).strip() for name in names.cells]
    if len(header) > MAX_COLUMNS:
        raise DataError(
            f"has {len(header):,} columns, more than {MAX_COLUMNS:,}",
            where=f"{where}:{names.line}",
            hint="keep only the columns with text and label",
        )

    def rows(columns: Sequence[int]) -> Iterator[Row]:
        for row in csv_rows(lines, chosen, width=len(header)):
            yield row if row.refused else Row(row.line, [row.cells[column] for column in columns])

    return Table(tuple(header), rows, delimiter=chosen)


def csv_rows(lines: Lines, delimiter: str, *, width: int | None) -> Iterator[Row]:
    """All rows; blank lines are passed over, rows without exactly `width` fields are refused."""
    for line in lines:
        text = line.text
        if line.refused is None and (not text or text.isspace()):
            continue
        # Most rows hold no quote and need no parser.
        is_plain = line.refused is None and '"' not in text and "\0" not in text
        row = Row(line.number, text.rstrip("\r\n").split(delimiter)) if is_plain else _one_row(line, lines, delimiter)
        if row.refused is None and width is not None and len(row.cells) != width:
            row = Row(row.line, refused=f"row has {_count(len(row.cells))} instead of {width}")
        yield row


def _one_row(first: Line, lines: Lines, delimiter: str) -> Row:
    if first.refused:
        return Row(first.number, refused=first.refused)
    parser = RowParser(delimiter)
    further: list[Line] = []
    reason, has_nul, size = UNCLOSED, "\0" in first.text, len(first.text)
    try:
        fields = parser.feed(first.text)
        while fields is None and size <= MAX_ROW_CHARACTERS and len(further) < MAX_ROW_LINES:
            line = next(lines, None)
            if line is None:
                break
            further.append(line)
            if line.refused:
                break
            size += len(line.text)
            has_nul = has_nul or "\0" in line.text
            fields = parser.feed(line.text)
    except ValueError as error:
        fields = None
        reason = UNCLOSED if further else str(error)
    if fields is None:
        lines.give_back(further)
        return Row(first.number, refused=reason)
    return Row(first.number, refused=NUL) if has_nul else Row(first.number, fields)


def _first_line(lines: Lines, where: str) -> Line:
    for line in lines:
        if line.refused or line.text.strip():
            return line
    raise DataError("is empty", where=where, hint=_HEADER_HINT)


def _likeliest(header: str, score: Callable[[list[str]], int]) -> str:
    def rank(delimiter: str) -> tuple[int, int]:
        try:
            names = RowParser(delimiter).feed(header) or []
        except ValueError:
            return (-1, 0)
        return (score(names), len(names))

    return max(DELIMITERS, key=rank)  # the comma, when nothing speaks for another


def _checked(delimiter: str | None) -> str | None:
    if delimiter is None:
        return None
    one = _NAMED_DELIMITERS.get(delimiter.lower(), delimiter)
    if len(one) != 1 or one in '"\r\n\0':
        raise ParameterError(
            f"delimiter is {delimiter!r}; it must be one character, not a quote or a line end",
            hint="for a tab: --delimiter tab",
        )
    return one


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"
