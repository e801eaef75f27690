"""A text as pieces to print one after another: the characters of each word, and what stands between words."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.explain.explanation import Words


@dataclass(frozen=True)
class Piece:
    """Characters of a text that belong together.

    Attributes:
        text: The characters, never none.
        places: Which words they are, as indices of the T words; none for what stands between words.
    """

    text: str
    places: tuple[int, ...]


def pieces(words: Words) -> list[Piece]:
    """Cut a text at its words.

    Args:
        words: The text with the character offsets of its words.

    Returns:
        Pieces which, put together, are the text. Words that share characters (one letter of the text can be two of the
        normal form, and a cut may fall between them) are one piece. Words without characters, such as the padding of a
        Keras tokenizer, are in none.

    Notes:
        O(characters).

    Example:
        >>> import numpy as np
        >>> flags = np.ones(2, dtype=bool)
        >>> words = Words("No, never", ["no", "never"], np.array([[0, 2], [4, 9]]), flags, flags)
        >>> [(piece.text, piece.places) for piece in pieces(words)]
        [('No', (0,)), (', ', ()), ('never', (1,))]
    """
    found: list[Piece] = []
    end = 0
    for start, stop, places in _spans(words):
        if start > end:
            found.append(Piece(words.text[end:start], ()))
        found.append(Piece(words.text[start:stop], places))
        end = stop
    if end < len(words.text):
        found.append(Piece(words.text[end:], ()))
    return found


def _spans(words: Words) -> list[tuple[int, int, tuple[int, ...]]]:
    """Start, end and words of each stretch of characters that words cover; no two share one."""
    spans: list[tuple[int, int, tuple[int, ...]]] = []
    for place, (start, stop) in enumerate(words.offsets.tolist()):
        if start == stop:
            continue
        if spans and start < spans[-1][1]:
            begin, end, places = spans.pop()
            spans.append((begin, max(end, stop), (*places, place)))
        else:
            spans.append((start, stop, (place,)))
    return spans
