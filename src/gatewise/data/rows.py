"""What every table reader gives: a row of chosen cells, or the reason why it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gatewise.data.lines import MAX_TEXT_CHARACTERS

MAX_LABEL_CHARACTERS = 200
NUL = "contains a NUL character"

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Row(NamedTuple):
    """A row of a file: the line it begins on, its chosen cells, and why it is refused (its cells are then empty)."""

    line: int
    cells: Sequence[object] = ()
    refused: str | None = None


@dataclass(frozen=True)
class Table:
    """An opened table: its column names, and a function from column positions to rows with those cells."""

    names: tuple[str, ...]
    rows: Callable[[Sequence[int]], Iterator[Row]]
    delimiter: str | None = None
    encoding: str = "utf-8"
    has_numbered_columns: bool = True


def text_of(cell: object) -> tuple[str, str | None]:
    """The text in a cell, and why it is refused (None if it is not).

    Half of a surrogate pair, which only JSON can smuggle in, becomes U+FFFD: every text read can be written again.

    Example:
        >>> text_of("fine"), text_of("  "), text_of(3)
        (('fine', None), ('', 'text is empty'), ('', 'text is not a string'))
    """
    if cell is None:
        return "", "text is missing"
    if not isinstance(cell, str):
        return "", "text is not a string"
    if not cell or cell.isspace():
        return "", "text is empty"
    if "\0" in cell:
        return "", NUL
    if len(cell) > MAX_TEXT_CHARACTERS:
        return "", f"text is longer than {MAX_TEXT_CHARACTERS:,} characters"
    return (_SURROGATE.sub("\ufffd", cell) if _SURROGATE.search(cell) else cell), None


def label_of(cell: object) -> tuple[str, str | None]:
    """The label in a cell as a word, and why it is refused (None if it is not)."""
    if cell is None or cell != cell:  # NaN is how some tables write a missing value
        return "", "label is missing"
    if isinstance(cell, bool):
        return str(cell).lower(), None
    if not isinstance(cell, str | int | float):
        return "", "label is neither a word nor a number"
    label = str(cell).strip()
    if not label:
        return "", "label is empty"
    if len(label) > MAX_LABEL_CHARACTERS:
        return "", f"label is longer than {MAX_LABEL_CHARACTERS} characters"
    if _CONTROL.search(label) or _SURROGATE.search(label):
        return "", "label contains a control character or half of a surrogate pair"
    return label, None


def word_of(cell: object) -> str:
    """Any cell as a word without outer spaces; empty where it is missing.

    Example:
        >>> word_of(" irony "), word_of(2), word_of(None)
        ('irony', '2', '')
    """
    if cell is None or cell != cell:
        return ""
    return _SURROGATE.sub("\ufffd", str(cell).strip())


def star_of(cell: object) -> float:
    """The rating in a cell, NaN unless it is a plain decimal number."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if np.isfinite(float(cell)) else float("nan")
    if isinstance(cell, str) and _NUMBER.fullmatch(cell.strip()):
        return float(cell)
    return float("nan")


def is_whole(label: str) -> bool:
    """Whether a label is a whole number in plain ASCII digits, written as Python writes it.

    Python's own ``int`` would take Arabic digits, underscores and leading zeros, and so join labels that differ.

    Example:
        >>> [is_whole(label) for label in ("1", "-1", "01", "1_0", "1.0")]
        [True, True, False, False, False]
    """
    return _WHOLE.fullmatch(label) is not None
