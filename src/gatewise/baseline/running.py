"""The rival's answer word by word."""

from __future__ import annotations

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.baseline.ngrams import Floats, RunningNgrams, find_columns


class RunningRival:
    """The logits of a bag-of-words model while one text is read.

    After the last word they are those of `NBSVM.logits` for the whole text.

    Args:
        rival: It is shared, not copied, and may serve many texts.

    Notes:
        One text's and one thread's. It remembers which of the model's n-grams have been met, no others.

    Example:
        >>> words = [["good", "film"], ["bad", "film"], ["good"], ["bad"]]
        >>> rival = NBSVM.fit(words, [1, 0, 1, 0], 2)
        >>> running = RunningRival(rival)
        >>> answers = [float(running.push(word)[0]) for word in ["good", "story", "good"]]
        >>> answers[0] == answers[2] == float(rival.logits([["good"]])[0])
        True
    """

    def __init__(self, rival: NBSVM) -> None:
        self._rival, self._ngrams = rival, RunningNgrams()
        self._met: set[int] = set()
        self._sums = np.zeros(len(rival.weights))

    def push(self, word: str) -> Floats:
        """Read one word; the logits of the text so far, ``[1]`` float64 for two classes, ``[K]`` for more."""
        columns, _ = find_columns(self._rival.keys, self._ngrams.push(word))
        for column in set(columns.tolist()) - self._met:
            self._met.add(column)
            # Sums of float16 numbers are exact in float64, so that their order does not matter.
            self._sums += self._rival.weights[:, column]
        logits: Floats = self._sums + self._rival.bias.astype(np.float64)
        return logits
