"""Labelled texts that a program hands over, in whatever sequence it keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gatewise.data.examples import Examples
from gatewise.errors import DataError, ParameterError


def examples_of(texts: Iterable[str], labels: Iterable[Any], *, groups: Sequence[int] | None = None) -> Examples:
    """Examples of a list, array or column of texts and another of labels.

    Args:
        texts: n texts, each a str.
        labels: n labels, all str or all int; NumPy scalars and bool are taken as the Python value they hold.
        groups: n whole numbers, or None.

    Raises:
        ParameterError: One string instead of several, lengths that differ, or values of the wrong type.
        DataError: No texts at all.

    Example:
        >>> examples_of(["good", "bad"], np.array([1, 0])).labels
        [1, 0]
    """
    listed = plain_texts(texts)
    named = [plain(label) for label in labels]
    if not listed:
        raise DataError("there are no texts")
    if len(listed) != len(named):
        raise ParameterError(f"{len(listed)} texts and {len(named)} labels do not match")
    kinds = {type(label) for label in named}
    if not (kinds == {str} or kinds == {int}):
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise ParameterError(f"labels must be all strings or all whole numbers, not {found}")
    return Examples(listed, named, groups=_groups(groups, len(listed)), source="given texts")


def plain_texts(texts: Iterable[str]) -> list[str]:
    """A list of the texts; one string instead of several, or anything that is no string, is a `ParameterError`."""
    if isinstance(texts, str):
        raise ParameterError("texts is one string, not a list of strings", hint=f"write [{texts[:20]!r}]")
    listed = [plain(text) for text in texts]
    for place, text in enumerate(listed):
        if not isinstance(text, str):
            raise ParameterError(f"texts[{place}] is {type(text).__name__}, not a string")
    return listed


def _groups(groups: Sequence[int] | None, count: int) -> Any:
    if groups is None:
        return None
    array = np.asarray(groups)
    if array.shape != (count,) or array.dtype.kind not in "iu":
        raise ParameterError(f"groups must be {count} whole numbers")
    return array.astype(np.int64)


def plain(value: Any) -> Any:
    """A NumPy scalar as the Python value it holds, a bool or a whole float as int."""
    value = value.item() if isinstance(value, np.generic) else value
    return int(value) if isinstance(value, bool) or (isinstance(value, float) and value.is_integer()) else value
