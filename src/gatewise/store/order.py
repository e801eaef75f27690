"""Labels in an order: numbers, as int or as strings that spell one."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from gatewise.errors import ParameterError

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_SHOWN = 40


def label_values(labels: Sequence[str | int]) -> tuple[float, ...]:
    """The numbers that labels are.

    Raises:
        ParameterError: A label is no number: digits, with a sign or a decimal point if you like.

    Example:
        >>> label_values(["1", "3.5", "-2"]), label_values([7, 8])
        ((1.0, 3.5, -2.0), (7.0, 8.0))
    """
    return tuple(_value(label) for label in labels)


def in_order(labels: Sequence[str | int]) -> tuple[str | int, ...]:
    """Labels by their number, the lowest first.

    Raises:
        ParameterError: A label is no number, or two are the same one.

    Example:
        >>> in_order(["10", "9", "1"])
        ('1', '9', '10')
    """
    ordered = tuple(sorted(labels, key=_value))
    check_rising(ordered)
    return ordered


def check_rising(labels: Sequence[str | int]) -> None:
    """Raise `ParameterError` unless the labels are numbers, each larger than the one before."""
    for low, high in pairwise(labels):
        if not _value(low) < _value(high):
            raise ParameterError(f"labels in an order must rise, and {high!r} comes after {low!r}")


def _value(label: str | int) -> float:
    spelled = str(label)
    value = float(spelled) if _NUMBER.fullmatch(spelled) else math.nan
    if not math.isfinite(value):
        shown = spelled if len(spelled) <= _SHOWN else spelled[:_SHOWN] + "..."
        raise ParameterError(f"the label {shown!r} is not a number, so that it has no place in an order")
    return value
