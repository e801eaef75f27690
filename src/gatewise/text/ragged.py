"""Sequences of different length as one flat array and offsets: nothing is padded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """A batch of token sequences: sequence b is ``ids[offsets[b]:offsets[b + 1]]``.

    Attributes:
        ids: ``[N]`` int32, the tokens of all sequences one after the other.
        offsets: ``[B + 1]`` int64, ``offsets[0] == 0`` and ``offsets[B] == N``. Empty sequences are legal.

    Example:
        >>> batch = Ragged.from_lists([[5, 6], [], [7]])
        >>> batch.lengths.tolist(), batch[0].tolist()
        ([2, 0, 1], [5, 6])
        >>> batch.select([2, 0]).ids.tolist()
        [7, 5, 6]
    """

    ids: Ids
    offsets: Offsets

    @classmethod
    def from_lists(cls, sequences: Sequence[Sequence[int] | Ids]) -> Ragged:
        """Join sequences of token ids into one batch."""
        offsets = np.zeros(len(sequences) + 1, dtype=np.int64)
        np.cumsum([len(sequence) for sequence in sequences], out=offsets[1:])
        parts = [np.asarray(sequence, dtype=np.int32) for sequence in sequences]
        ids = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
        return cls(ids, offsets)

    @property
    def lengths(self) -> Offsets:
        """Tokens in each sequence, ``[B]`` int64."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> Ids:
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def select(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> Ragged:
        """The sequences at `indices`, in that order."""
        return Ragged.from_lists([self[int(index)] for index in indices])

    def joined(self, other: Ragged) -> Ragged:
        """These sequences, then those of `other`.

        Example:
            >>> Ragged.from_lists([[1], [2, 3]]).joined(Ragged.from_lists([[], [4]])).lengths.tolist()
            [1, 2, 0, 1]
        """
        offsets = np.concatenate([self.offsets, other.offsets[1:] + self.offsets[-1]])
        return Ragged(np.concatenate([self.ids, other.ids]), offsets)

    def reversed(self) -> Ragged:
        """The same sequences, each from its last token to its first.

        Example:
            >>> Ragged.from_lists([[1, 2, 3], [], [4, 5]]).reversed().ids.tolist()
            [3, 2, 1, 5, 4]
        """
        mirrored = np.repeat(self.offsets[:-1] + self.offsets[1:] - 1, self.lengths) - np.arange(len(self.ids))
        return Ragged(self.ids[mirrored], self.offsets)
