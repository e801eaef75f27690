"""What an explanation says: a score, and how much of it each word of the text brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Words:
    """The words of one text as the tokenizer sees them.

    Attributes:
        text: The text, each lone surrogate replaced by U+FFFD.
        words: T words.
        offsets: ``[T, 2]`` int64: start and end of each word in the characters of `text`.
        is_read: ``[T]`` bool: whether the network reads the word; False for one that is cut away.
        is_known: ``[T]`` bool: whether the word is in the vocabulary.
    """

    text: str
    words: list[str]
    offsets: npt.NDArray[np.int64]
    is_read: npt.NDArray[np.bool_]
    is_known: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.words)


@dataclass(frozen=True, eq=False)
class Explanation:
    """The answer for one class of one text, taken apart into the shares of its words.

    The score of a class is its log odds by the calibrated probability shown to users, ``s = log(p / (1 - p))``, so that
    ``p = 1 / (1 + exp(-(baseline + sum of the contributions + gap)))``.

    Attributes:
        words: The text and its T words.
        labels: The K classes of the model.
        probabilities: ``[K]``, of the whole text.
        label: The class that is explained.
        method: How: a name of `gatewise.explain.explain.METHODS`.
        score: Log odds of `label` for the whole text.
        baseline: Log odds that the contributions are counted from; what it is depends on the method.
        contributions: ``[T]``, log odds each; positive speaks for `label`.
        running: ``[T]`` log odds of `label` after each word; None for a model that does not read forwards.
        rival: ``[T]`` what the bag-of-words rival gives each word, in its own log odds of `label`, uncalibrated; None
            where the model has none.
    """

    words: Words
    labels: tuple[str | int, ...]
    probabilities: Floats
    label: str | int
    method: str
    score: float
    baseline: float
    contributions: Floats
    running: Floats | None
    rival: Floats | None

    @property
    def gap(self) -> float:
        """What the contributions leave unexplained: ``score - baseline - sum``, log odds."""
        return self.score - self.baseline - float(self.contributions.sum())

    def __str__(self) -> str:
        from gatewise.explain.terminal import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from gatewise.explain.html import framed_page

        return framed_page(self)

    def as_json(self) -> dict[str, Any]:
        """All of it as what JSON can hold; probabilities by class, one entry a word with its place in the text."""
        return {
            "text": self.words.text,
            "probabilities": {str(k): float(p) for k, p in zip(self.labels, self.probabilities, strict=True)},
            "label": self.label,
            "method": self.method,
            "score": self.score,
            "baseline": self.baseline,
            "gap": self.gap,
            "words": [self._word(place) for place in range(len(self.words))],
        }

    def _word(self, place: int) -> dict[str, Any]:
        start, end = self.words.offsets[place].tolist()
        entry = {
            "word": self.words.words[place],
            "start": start,
            "end": end,
            "contribution": float(self.contributions[place]),
            "known": bool(self.words.is_known[place]),
            "read": bool(self.words.is_read[place]),
        }
        if self.running is not None:
            entry["running"] = float(self.running[place])
        if self.rival is not None:
            entry["rival"] = float(self.rival[place])
        return entry
