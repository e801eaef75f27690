"""Words back to text that reads well: where a blank belongs between two of them, as English is printed.

The tokenizer drops the white space between words, so this is a guess: where a mark is used in two ways, the commoner
one in film reviews was chosen (a hyphen or slash between letters joins them, five times of six).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# These follow the word before them: what ends a sentence or closes a bracket, and the second parts of contractions.
_TO_THE_LEFT = re.compile(r"(?:[.,;:!?%)\]}…]|n't|'(?:s|m|d|t|re|ve|ll)$)|[。、，！？；：）」』】〉》]")
# The word after these follows them: opening brackets, currencies, elided articles (l'avventura).
_TO_THE_RIGHT = re.compile(r"(?:[(\[{$£€¥#¿¡]+|(?:[cdjlmnst]|qu)')$|[（「『【〈《]$")
_JOINING = ("-", "/")
_QUOTES = ('"', "'")
# Scripts that are written without spaces between words, of which every character is a word, and their punctuation.
_CROWDED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
# Pictures made of marks begin like closing ones and are words of their own: :-) ;d
_EMOTICON = re.compile(r"[:;=]\S|[)(]-?:")


class Joiner:
    """Puts words together one after the other; it remembers which quotation marks are open.

    Example:
        >>> joiner = Joiner()
        >>> "".join(joiner.push(word) for word in ["i", "did", "n't", '"', "like", '"', "it", ",", "sorry", "!"])
        'i didn\\'t "like" it, sorry!'
    """

    def __init__(self) -> None:
        self._before = ""
        self._is_glued = True  # Nothing stands before the first word.
        self._open: set[str] = set()

    def push(self, word: str) -> str:
        """The word with the blank before it, if one belongs there."""
        is_joined = self._is_glued or self._follows(word)
        self._is_glued = self._leads(word)
        if word in _QUOTES and not self._is_possessive(word):
            self._open ^= {word}
        self._before = word
        return word if is_joined else f" {word}"

    def _follows(self, word: str) -> bool:
        """Whether `word` stands right behind the one before it."""
        if word in _QUOTES:
            return word in self._open or self._is_possessive(word)
        if word in _JOINING:
            return self._before[-1].isalnum()
        if _EMOTICON.match(word):
            return False
        is_crowded = _CROWDED.match(word) and _CROWDED.match(self._before)
        return bool(is_crowded or _TO_THE_LEFT.match(word))

    def _leads(self, word: str) -> bool:
        """Whether the next word stands right behind `word`."""
        if word in _QUOTES:
            return word not in self._open and not self._is_possessive(word)
        if word in _JOINING:
            return bool(self._before) and self._before[-1].isalnum()
        return bool(_TO_THE_RIGHT.match(word))

    def _is_possessive(self, word: str) -> bool:
        return word == "'" and "'" not in self._open and self._before.endswith("s")


def join_words(words: Iterable[str]) -> str:
    """The text of some words.

    Example:
        >>> join_words(["the", "boys", "'", "well", "-", "made", "film", "(", "8/10", ")", "is", "n't", "bad", "."])
        "the boys' well-made film (8/10) isn't bad."
    """
    joiner = Joiner()
    return "".join(joiner.push(word) for word in words)
