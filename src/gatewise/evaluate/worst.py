"""The most wrong answers, with their texts made short and harmless."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

SHOWN_CHARACTERS = 280
_ENDS = 20
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def worst_errors(
    examples: Examples,
    truth: Labels,
    model: Floats,
    rival: Floats | None,
    *,
    classes: Sequence[str | int],
    count: int,
) -> list[dict[str, Any]]:
    """The wrong answers that give the true class the least probability, the worst first."""
    wrong = np.flatnonzero(model.argmax(axis=1) != truth)
    order = wrong[np.argsort(model[wrong, truth[wrong]], kind="stable")][:count]
    return [_error(examples, int(row), int(truth[row]), model, rival, classes=classes) for row in order]


def _error(
    examples: Examples,
    row: int,
    true: int,
    model: Floats,
    rival: Floats | None,
    *,
    classes: Sequence[str | int],
) -> dict[str, Any]:
    predicted = int(model[row].argmax())
    return {
        "row": row,
        "id": None if examples.ids is None else examples.ids[row],
        "text": shorten(examples.texts[row], SHOWN_CHARACTERS),
        "label": classes[true],
        "predicted": classes[predicted],
        "probability": float(model[row, predicted]),
        "rival_predicted": None if rival is None else classes[int(rival[row].argmax())],
    }


def shorten(text: str, most: int) -> str:
    """A text of at most `most` characters on one line: its beginning and its end where it is longer.

    White space becomes single blanks. Control characters, characters that turn the direction of writing, and lone
    surrogates become U+FFFD: a text of a stranger may not command the terminal it is shown on.

    Example:
        >>> shorten("one  two\\nthree", 40), shorten("abcdefghijklmnopqrstuvwxyz", 11)
        ('one two three', 'abcde … xyz')
    """
    if len(text) > _ENDS * most:  # What lies between the ends of a long text is never looked at.
        text = text[: _ENDS // 2 * most] + text[-_ENDS // 2 * most :]
    line = " ".join("".join(map(_printable, text)).split())
    if len(line) <= most:
        return line
    tail = most // 3
    return f"{line[: most - tail - 3].rstrip()} … {line[len(line) - tail :].lstrip()}"


def _printable(character: str) -> str:
    """White space as a blank; U+FFFD for what could take over a terminal or cannot be written."""
    if character.isspace():
        return " "
    kind = unicodedata.category(character)
    return "\N{REPLACEMENT CHARACTER}" if kind in ("Cc", "Cs") or character in _TURNS else character
