"""What reads the words of a network: its recurrent layers over ragged token ids, whole texts or word by word."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from gatewise.ops.checks import Floats
from gatewise.text.ragged import Ragged

# Tokens that NumPy reads at a time: long enough blocks for BLAS, small enough for the cache; fastest of 4,096 to 65,536
# with 128 units.
NUMPY_TOKENS = 16_384


@dataclass(frozen=True)
class Direction:
    """Weights of one direction of one layer, named as in torch; `bias_hh` may be None."""

    weight_ih: Floats
    weight_hh: Floats
    bias_ih: Floats
    bias_hh: Floats | None
    reverse: bool


Layers = list[tuple[Direction, ...]]


class Encoder(ABC):
    """An embedding and the recurrent layers over it. Immutable, so that threads may share it.

    Attributes:
        token_budget: Tokens it likes to read at a time.
    """

    token_budget: int

    @abstractmethod
    def read(self, batch: Ragged) -> tuple[Floats, Floats]:
        """Read whole texts, ids known to be in the vocabulary.

        Returns:
            The last layer's hidden states ``[N, D * H]``, directions side by side, and its final ones ``[B, D * H]``:
            zero for an empty text.
        """

    @abstractmethod
    def start(self) -> Any:
        """The states of a text of which nothing has been read. For a causal network only."""

    @abstractmethod
    def push(self, states: Any, id: int) -> Floats:
        """Read one word of one text.

        Args:
            states: What `start` gave; changed.
            id: Its token id, known to be in the vocabulary.

        Returns:
            The last layer's hidden state ``[1, H]``; it may change with the next word.
        """
