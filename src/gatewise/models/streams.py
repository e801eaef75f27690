"""Documents read side by side, a chunk at a time.

A stream reads one document after the other. From chunk to chunk its state goes on, but no gradient does (truncated
backpropagation, Williams and Peng 1990); where a document ends the state goes back to zero. In a chunk each stream
gives as many words as its document still has, up to a limit: chunks are ragged, and nothing is padded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gatewise.errors import ParameterError

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """The next words of B streams.

    Attributes:
        ids: ``[N]`` int32, words read, one stream after the other.
        offsets: ``[B + 1]`` int64: stream b reads ``ids[offsets[b]:offsets[b + 1]]``; it may read nothing.
        targets: ``[N]`` int32, the word that follows each.
        ends: ``[B]`` bool, whether the stream's document ends here.
    """

    ids: torch.Tensor
    offsets: torch.Tensor
    targets: torch.Tensor
    ends: torch.Tensor


class Streams(Iterator[Chunk]):
    """Documents in an order, each taken by the stream that is free first, until all were read.

    Args:
        ids: ``[M]`` int32, words of all documents; may be a file in memory, of which only what is read is loaded.
        offsets: ``[D + 1]`` where documents begin; those of fewer than two words have nothing to predict.
        streams: B, streams side by side.
        steps: Most words a stream reads in a chunk.
        order: Numbers of the documents in the order of reading; their own when not given.

    Attributes:
        places: ``[B, 2]`` int64, the next word of each stream and its document's last one.
        taken: Documents taken so far. Set both to what they were, and reading goes on from there.

    Raises:
        ParameterError: Streams or steps below 1.

    Example:
        >>> streams = Streams(np.arange(1, 9, dtype=np.int32), np.array([0, 5, 8]), streams=1, steps=4, order=[1, 0])
        >>> [chunk.ids.tolist() for chunk in streams]
        [[6, 7], [1, 2, 3, 4]]
    """

    def __init__(
        self,
        ids: npt.NDArray[np.int32],
        offsets: Positions,
        *,
        streams: int,
        steps: int,
        order: npt.ArrayLike | None = None,
    ) -> None:
        if streams < 1 or steps < 1:
            raise ParameterError(f"streams={streams} or steps={steps} is below 1")
        self._ids, self._offsets, self._steps = ids, offsets, steps
        self._order = None if order is None else np.asarray(order)
        self.places = np.zeros((streams, 2), np.int64)
        self.taken = 0

    def __next__(self) -> Chunk:
        for stream in np.flatnonzero(self.places[:, 0] >= self.places[:, 1]):
            self.places[stream] = self._next_document()
        begins, lasts = self.places.T.copy()
        lengths = np.minimum(self._steps, lasts - begins)
        if not lengths.any():
            raise StopIteration
        offsets = np.concatenate([[0], lengths.cumsum()])
        read = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
        self.places[:, 0] += lengths
        return Chunk(
            torch.from_numpy(np.asarray(self._ids[read])),
            torch.from_numpy(offsets),
            torch.from_numpy(np.asarray(self._ids[read + 1])),
            torch.from_numpy((lengths > 0) & (self.places[:, 0] == lasts)),
        )

    def _next_document(self) -> tuple[int, int]:
        """First and last word of the next document that has two, or of nothing."""
        documents = len(self._offsets) - 1 if self._order is None else len(self._order)
        while self.taken < documents:
            number = self.taken if self._order is None else int(self._order[self.taken])
            begin, end = int(self._offsets[number]), int(self._offsets[number + 1])
            self.taken += 1
            if end - begin > 1:
                return begin, end - 1
        return 0, 0


def read_streams(ids: npt.NDArray[np.int32], offsets: Positions, *, streams: int, steps: int) -> Streams:
    """All documents in their own order; see `Streams`.

    Example:
        >>> documents = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.int32), np.array([0, 5, 8])
        >>> for chunk in read_streams(*documents, streams=2, steps=3):
        ...     print(chunk.ids.tolist(), chunk.offsets.tolist(), chunk.targets.tolist(), chunk.ends.tolist())
        [1, 2, 3, 6, 7] [0, 3, 5] [2, 3, 4, 7, 8] [False, True]
        [4] [0, 1, 1] [5] [True, False]
    """
    return Streams(ids, offsets, streams=streams, steps=steps)
