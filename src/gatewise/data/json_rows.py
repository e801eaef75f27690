"""JSON lines: one object per line, read without the surprises of Python's own defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from gatewise.data.lines import Line, Lines
from gatewise.data.rows import Row, Table
from gatewise.errors import DataError

MAX_DIGITS = 40  # longer numbers are no labels, and reading them costs the square of their length

NOT_JSON = "is not valid JSON"
NOT_OBJECT = "is not a JSON object"


class _RefusedValue(ValueError):
    pass


def open_jsonl(lines: Lines, *, where: str) -> Table:
    """Find the field names in the first line that holds an object.

    Raises:
        DataError: If the file is empty, is one JSON array, or no line holds an object.
    """
    seen: list[Line] = []
    names: tuple[str, ...] = ()
    for line in lines:
        if not line.text.strip() and not line.refused:
            continue
        if not seen and line.text.lstrip().startswith("["):
            raise DataError(
                "is a JSON array; one object per line is read",
                where=f"{where}:{line.number}",
                hint="jq -c '.[]' FILE > FILE.jsonl",
            )
        seen.append(line)
        row, reason = _parsed(line)
        if reason is None:
            names = tuple(row)
            break
        if len(seen) == _LINES_WITHOUT_OBJECT:
            break
    if not seen:
        raise DataError(
            "is empty", where=where, hint='each line must be a JSON object: {"text": "...", "label": "..."}'
        )
    if not names:
        _, reason = _parsed(seen[0])
        raise DataError(
            reason or "the object is empty", where=f"{where}:{seen[0].number}", hint="each line must be a JSON object"
        )
    lines.give_back(seen)

    def rows(columns: Sequence[int]) -> Iterator[Row]:
        return _rows(lines, [names[column] for column in columns])

    return Table(names, rows, has_numbered_columns=False)


# A file whose first lines are no objects is not JSON lines; looking further would keep all of it in memory.
_LINES_WITHOUT_OBJECT = 100


def _rows(lines: Lines, wanted: list[str]) -> Iterator[Row]:
    for line in lines:
        if not line.text.strip() and not line.refused:
            continue
        row, reason = _parsed(line)
        missing = [name for name in wanted[:1] if name not in row]
        if reason or missing:
            yield Row(line.number, refused=reason or f"has no field {missing[0]!r}")
        else:
            yield Row(line.number, [row.get(name) for name in wanted])


def _parsed(line: Line) -> tuple[dict[str, object], str | None]:
    if line.refused:
        return {}, line.refused
    try:
        row = json.loads(
            line.text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole, parse_float=_fraction
        )
    except _RefusedValue as error:
        return {}, str(error)
    except ValueError:
        return {}, NOT_JSON
    except RecursionError:
        return {}, "is nested too deeply"
    return (row, None) if isinstance(row, dict) else ({}, NOT_OBJECT)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedValue("has the same field twice")
    return found


def _constant(name: str) -> object:
    raise _RefusedValue(f"contains {name}, which JSON does not have")


def _whole(digits: str) -> int:
    return int(_short(digits))


def _fraction(digits: str) -> float:
    return float(_short(digits))


def _short(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        raise _RefusedValue(f"contains a number of more than {MAX_DIGITS} digits")
    return digits
