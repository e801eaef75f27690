"""One sentence as an LSTM reads it: gates, candidate and cell at every word, and what became of what was written.

From c_t = f_t ∘ c_{t-1} + i_t ∘ g_t (equation 5 of `gatewise.ops.lstm`) and c_0 = 0 follows, written out,

    c_t = Σ_{s ≤ t} (f_{s+1} ∘ ... ∘ f_t) ∘ (i_s ∘ g_s)

so that the cell is exactly the sum of what each word wrote, times the product of the forget gates since.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.ops.checks import Floats


@dataclass(frozen=True)
class Reading:
    """What one layer of an LSTM did at each of T words.

    Attributes:
        words: The T words as the model sees them.
        is_known: ``[T]`` bool, False for a word outside the vocabulary.
        input: ``[T, H]`` i, how much of the candidate is written.
        forget: ``[T, H]`` f, how much of the cell is kept.
        candidate: ``[T, H]`` g.
        output: ``[T, H]`` o, how much of the cell is shown.
        cell: ``[T, H]`` c, after the word.
        hidden: ``[T, H]`` h.

    Example:
        >>> half = np.full((2, 1), 0.5)
        >>> reading = Reading(("a", "b"), np.ones(2, bool), half, half, half, half, np.array([[0.25], [0.375]]), half)
        >>> reading.written.ravel().tolist(), reading.erased.ravel().tolist()
        ([0.25, 0.25], [0.0, 0.125])
        >>> reading.parts(1).ravel().tolist()
        [0.125, 0.25]
    """

    words: tuple[str, ...]
    is_known: npt.NDArray[np.bool_]
    input: Floats
    forget: Floats
    candidate: Floats
    output: Floats
    cell: Floats
    hidden: Floats

    def __len__(self) -> int:
        return len(self.words)

    @property
    def written(self) -> Floats:
        """``[T, H]`` i ∘ g, what each word adds to the cell."""
        return self.input * self.candidate

    @property
    def erased(self) -> Floats:
        """``[T, H]`` (1 - f) ∘ c_before, what each word takes from the cell."""
        before = np.concatenate([np.zeros_like(self.cell[:1]), self.cell[:-1]])
        taken: Floats = (1 - self.forget) * before
        return taken

    def kept(self, since: int, until: int) -> Floats:
        """``[H]`` the product of the forget gates after word `since` up to word `until`: ∂c_until/∂c_since, gates held.

        Example:
            >>> f = np.array([[0.5], [0.5], [0.25]])
            >>> Reading(("a", "b", "c"), np.ones(3, bool), f, f, f, f, f, f).kept(0, 2).tolist()
            [0.125]
        """
        product: Floats = np.prod(self.forget[since + 1 : until + 1], axis=0)
        return product

    def parts(self, until: int) -> Floats:
        """``[until + 1, H]`` what each word's writing still is in the cell at word `until`; their sum is the cell."""
        return np.stack([self.written[since] * self.kept(since, until) for since in range(until + 1)])

    def left(self, until: int) -> Floats:
        """``[until + 1]`` share of what each word wrote that is in the cell at word `until`: Σ|part| / Σ|i ∘ g|."""
        share: Floats = np.abs(self.parts(until)).sum(1) / np.abs(self.written[: until + 1]).sum(1)
        return share

    def cut(self, most: int) -> Reading:
        """The last `most` words; the cell still holds what came before."""
        if len(self) <= most:
            return self
        gates = (self.input, self.forget, self.candidate, self.output, self.cell, self.hidden)
        return Reading(self.words[-most:], self.is_known[-most:], *(gate[-most:] for gate in gates))
