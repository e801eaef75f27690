"""Parts of the data that one of its own columns names, and pairs of examples that only count when both are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.errors import DataError
from gatewise.evaluate.comparison import accuracy_score

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

MOST_GROUPS = 100
NO_GROUP = "(none)"
_SHOWN = 3


class Groups(NamedTuple):
    """Name of a column, and a mask ``[n]`` for each of its words in the order in which they first occur."""

    column: str
    masks: Mapping[str, Mask]


class Pairs(NamedTuple):
    """Name of a column, and ``[pairs, 2]`` int64: the examples that share a word there."""

    column: str
    rows: Rows


def group_masks(examples: Examples, column: str) -> Groups:
    """The parts of the examples that have the same word in a column; rows without one are the part ``(none)``.

    Raises:
        DataError: There is no such column, or it has more than 100 different words.

    Example:
        >>> examples = Examples(["a", "b", "c"], ["pos"] * 3, columns={"kind": ["irony", "", "irony"]})
        >>> {name: mask.tolist() for name, mask in group_masks(examples, "kind").masks.items()}
        {'irony': [True, False, True], '(none)': [False, True, False]}
    """
    words = _words(examples, column)
    names = list(dict.fromkeys(words))
    if len(names) > MOST_GROUPS:
        raise DataError(
            f"column {column!r} holds {len(names):,} different words, at most {MOST_GROUPS} parts are judged apart",
            where=examples.source,
            hint="choose a column with few different words",
        )
    column_of = np.array(words)
    return Groups(column, {name or NO_GROUP: column_of == name for name in names})


def pair_rows(examples: Examples, column: str) -> Pairs:
    """The pairs that a column names: two examples with the same word are one; rows without a word are in none.

    Raises:
        DataError: There is no such column, no pair, or a word that does not stand in exactly two rows.

    Example:
        >>> examples = Examples(["a", "b", "c"], ["pos"] * 3, columns={"pair": ["p1", "", "p1"]})
        >>> pair_rows(examples, "pair").rows.tolist()
        [[0, 2]]
    """
    found: dict[str, list[int]] = {}
    for row, word in enumerate(_words(examples, column)):
        if word:
            found.setdefault(word, []).append(row)
    wrong = {word: len(rows) for word, rows in found.items() if len(rows) != 2}
    if wrong or not found:
        named = ", ".join(f"{word!r} ({count}×)" for word, count in list(wrong.items())[:_SHOWN])
        said = f"{len(wrong):,} of its words do not stand in two rows: {named}" if wrong else "it is empty"
        raise DataError(
            f"column {column!r} names no pairs, {said}",
            where=examples.source,
            hint="both texts of a pair need the same word there, other texts none",
        )
    return Pairs(column, np.array(list(found.values()), dtype=np.int64))


def judge_groups(groups: Groups, right: Mask, rival_right: Mask | None) -> dict[str, Any]:
    """Accuracy on each part: ``column`` and ``parts``.

    A part has ``name``, ``n``, the entries of `accuracy_score`, and ``both_wrong``, the share that the rival
    has wrong as well (None without a rival).
    """
    return {"column": groups.column, "parts": [_part(*group, right, rival_right) for group in groups.masks.items()]}


def judge_pairs(pairs: Pairs, right: Mask, rival_right: Mask | None) -> dict[str, Any]:
    """Share of pairs with both examples right: ``column``, ``n`` (pairs) and the entries of `accuracy_score`.

    Who tosses a coin has both right in a quarter of the pairs; who gives both the same answer, in no pair of opposites.

    Example:
        >>> pairs = Pairs("pair", np.array([[0, 1], [2, 3]]))
        >>> judge_pairs(pairs, np.array([True, True, True, False]), None)["value"]
        0.5
    """
    first, second = pairs.rows.T
    both = right[first] & right[second]
    rival = None if rival_right is None else rival_right[first] & rival_right[second]
    return {"column": pairs.column, "n": len(both), **accuracy_score(both, rival)}


def _part(name: str, mask: Mask, right: Mask, rival_right: Mask | None) -> dict[str, Any]:
    rival = None if rival_right is None else rival_right[mask]
    both_wrong = None if rival is None else float((~right[mask] & ~rival).mean())
    return {"name": name, "n": int(mask.sum()), **accuracy_score(right[mask], rival), "both_wrong": both_wrong}


def _words(examples: Examples, column: str) -> list[str]:
    if column not in examples.columns:
        raise DataError(f"column {column!r} was not read", where=examples.source)
    return examples.columns[column]
