"""Which column holds the text, which the label, which the stars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gatewise.data.rows import Table
from gatewise.errors import DataError, ParameterError

Column = str | int | None

TEXT_NAMES = (
    "text", "texts", "review", "reviews", "content", "sentence", "comment", "body", "message", "tweet",
    "review_text", "reviewtext", "review_body", "phrase", "document", "utterance", "question",
)  # fmt: skip
LABEL_NAMES = ("label", "labels", "sentiment", "class", "category", "target", "polarity", "intent", "tag")
STAR_NAMES = ("stars", "star", "rating", "star_rating", "score")  # the first of them that is there

_SHOWN_COLUMNS = 12
_SHOWN_CHARACTERS = 40


class Columns(NamedTuple):
    """Positions of the chosen columns, from 0; None where there is none."""

    text: int
    label: int | None
    stars: int | None


def choose_columns(table: Table, *, text: Column, label: Column, where: str, with_label: bool) -> Columns:
    """Find the columns by the names given, or by the usual ones.

    Args:
        table: An opened table.
        text: Name or number (from 1) of the text column; None to find it.
        label: The same for the label column.
        where: Name of the file, for messages.
        with_label: Whether a label column is needed; otherwise only the text is looked for.

    Raises:
        DataError: If a column is missing, or several could be meant.
        ParameterError: If a number is no column, or text and label are one column.
    """
    text_at = _find(table, text, TEXT_NAMES, "text", where)
    if text_at is None:
        raise _missing(table, "text", TEXT_NAMES, where)
    if not with_label:
        return Columns(text_at, None, None)
    label_at = _find(table, label, LABEL_NAMES, "label", where)
    stars_at = _stars(table)
    if label_at is None:
        label_at, stars_at = stars_at, None
    if label_at is None:
        raise _missing(table, "label", LABEL_NAMES, where)
    if label_at == text_at:
        raise ParameterError(
            f"column {table.names[text_at]!r} cannot be both text and label",
            where=where,
            hint="choose two with --text, --label",
        )
    return Columns(text_at, label_at, None if stars_at in (text_at, label_at) else stars_at)


def other_column(table: Table, wanted: str, *, where: str) -> int:
    """Position of a column that is neither text nor label, by its name.

    Raises:
        DataError: If there is none of that name, or several.
    """
    found = _named(table, wanted)
    if len(found) != 1:
        how_many = f"there are {len(found)} columns" if found else "there is no column"
        raise DataError(f"{how_many} {wanted!r}", where=where, hint=f"the columns are: {_listed(table)}")
    return found[0]


def usual_names(names: Sequence[str], text: Column, label: Column) -> int:
    """How many of the wanted columns are among `names`; tells which delimiter splits them rightly."""
    known = {_plain(name) for name in names}
    texts = {_plain(text)} if isinstance(text, str) else set(TEXT_NAMES)
    labels = {_plain(label)} if isinstance(label, str) else {*LABEL_NAMES, *STAR_NAMES}
    return bool(known & texts) + bool(known & labels)


def _plain(name: str) -> str:
    return name.strip().casefold()


def _find(table: Table, wanted: Column, usual: Sequence[str], role: str, where: str) -> int | None:
    if wanted is None:
        return _only(table, [at for at, name in enumerate(table.names) if _plain(name) in usual], role, where)
    by_name = _named(table, wanted) if isinstance(wanted, str) else []
    if by_name:
        return _only(table, by_name, role, where)
    if isinstance(wanted, int) or re.fullmatch(r"[0-9]{1,9}", wanted.strip()):
        return _by_number(table, int(wanted), role, where)
    raise DataError(f"there is no column {wanted!r}", where=where, hint=f"the columns are: {_listed(table)}")


def _named(table: Table, wanted: str) -> list[int]:
    exact = [at for at, name in enumerate(table.names) if name.strip() == wanted.strip()]
    return exact or [at for at, name in enumerate(table.names) if _plain(name) == _plain(wanted)]


def _by_number(table: Table, number: int, role: str, where: str) -> int:
    if not table.has_numbered_columns:
        raise ParameterError(
            f"fields of JSON have no numbers; got {number}", where=where, hint=f"the fields are: {_listed(table)}"
        )
    if not 1 <= number <= len(table.names):
        raise ParameterError(
            f"{role} column is number {number}; columns are numbered 1 to {len(table.names)}",
            where=where,
            hint=f"the columns are: {_listed(table)}",
        )
    return number - 1


def _only(table: Table, found: list[int], role: str, where: str) -> int | None:
    if len(found) <= 1:
        return found[0] if found else None
    names = [table.names[at] for at in found]
    options = [f"--{role} {name!r}" for name in dict.fromkeys(names)]
    if len(options) == 1:
        options = [f"--{role} {at + 1}" for at in found]
    raise DataError(
        f"{len(found)} columns could hold the {role}: {', '.join(map(_short, names))}",
        where=where,
        hint=f"say which: {' or '.join(options[:_SHOWN_COLUMNS])}",
    )


def _stars(table: Table) -> int | None:
    names = [_plain(name) for name in table.names]
    return next((names.index(name) for name in STAR_NAMES if name in names), None)


def _missing(table: Table, role: str, usual: Sequence[str], where: str) -> DataError:
    return DataError(
        f"no {role} column found; looked for {', '.join(usual[:6])}, ...",
        where=where,
        hint=f"say which with --{role}; the columns are: {_listed(table)}. The first row must name the columns.",
    )


def _listed(table: Table) -> str:
    shown = ", ".join(_short(name) for name in table.names[:_SHOWN_COLUMNS])
    return shown + (f", ... ({len(table.names):,} in all)" if len(table.names) > _SHOWN_COLUMNS else "")


def _short(name: str) -> str:
    return repr(name if len(name) <= _SHOWN_CHARACTERS else name[:_SHOWN_CHARACTERS] + "...")
