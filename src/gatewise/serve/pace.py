"""How fast a model reads, learnt from what it has read."""

from __future__ import annotations

# A text costs something even if it is empty: so many characters' worth.
TEXT_COST = 64
# What is remembered of earlier batches when one more is done: some twenty of them count.
_MEMORY = 0.95


def cost(text: str) -> int:
    """What it takes to read a text, in characters."""
    return len(text) + TEXT_COST


class Pace:
    """Characters a second over the last batches.

    Example:
        >>> pace = Pace()
        >>> pace.seconds(1000)
        0.0
        >>> pace.learn(5000, 0.5)
        >>> pace.seconds(1000)
        0.1
    """

    def __init__(self) -> None:
        self._characters = self._seconds = 0.0

    def learn(self, characters: float, seconds: float) -> None:
        """A batch of `characters` took `seconds`."""
        self._characters = _MEMORY * self._characters + characters
        self._seconds = _MEMORY * self._seconds + seconds

    def seconds(self, characters: float) -> float:
        """What `characters` will take; 0 while nothing is known."""
        return characters * self._seconds / self._characters if self._characters else 0.0

    def characters(self, seconds: float) -> float:
        """What can be read in `seconds`; infinite while nothing is known."""
        return seconds * self._characters / self._seconds if self._seconds else float("inf")
