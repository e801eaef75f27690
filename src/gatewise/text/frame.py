"""Fixed words around every text: a beginning and an end that a language model would go on from.

A language model keeps what it has read of a text's mood in its cells and shows it only where it is about to use it.
Words such as ". overall , a" behind a review make it ready to say "great" or "terrible" (patterns: Schick and Schuetze
2021, arXiv 2001.07676, section 3), and the state after them is what a classifier reads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.errors import ParameterError
from gatewise.text.encoding import Tokenizer
from gatewise.text.ragged import Ids, Ragged


@dataclass(frozen=True)
class Frame:
    """Words before and after every text.

    Attributes:
        before: ``[P]`` int32 ids.
        after: ``[S]`` int32 ids.

    Example:
        >>> frame = Frame(np.array([7], np.int32), np.array([8, 9], np.int32))
        >>> framed = frame(Ragged.from_lists([[1, 2], []]))
        >>> framed.ids.tolist(), framed.lengths.tolist()
        ([7, 1, 2, 8, 9, 7, 8, 9], [5, 3])
    """

    before: Ids
    after: Ids

    @classmethod
    def of(cls, tokenizer: Tokenizer, before: str, after: str) -> Frame:
        """The frame that two texts make.

        Raises:
            ParameterError: The tokenizer does not know one of their words, so that all it adds is ``<unk>``.
        """
        for word in tokenizer.words(f"{before} {after}"):
            if tokenizer.id_of(word) == tokenizer.unknown_id:
                raise ParameterError(f"{word!r}, which is to be put around every text, is not in the vocabulary")
        return cls(tokenizer.encode(before).ids, tokenizer.encode(after).ids)

    @property
    def size(self) -> int:
        """Words that every text gains."""
        return len(self.before) + len(self.after)

    def __call__(self, batch: Ragged) -> Ragged:
        """Every text of a batch within the frame."""
        if not self.size:
            return batch
        offsets = batch.offsets + self.size * np.arange(len(batch.offsets))
        ids = np.empty(offsets[-1], np.int32)
        starts, ends = offsets[:-1], offsets[1:]
        ids[starts[:, None] + np.arange(len(self.before))] = self.before
        ids[ends[:, None] - len(self.after) + np.arange(len(self.after))] = self.after
        shift = np.repeat(starts + len(self.before) - batch.offsets[:-1], batch.lengths)
        ids[np.arange(len(batch.ids)) + shift] = batch.ids
        return Ragged(ids, offsets)
