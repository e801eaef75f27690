"""Cutting long texts to a limit, saying how much was cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.errors import ParameterError
from gatewise.text.ragged import Offsets, Ragged

WAYS = ("none", "head", "tail", "head+tail")


@dataclass(frozen=True)
class Truncated:
    """What a truncation took away.

    Attributes:
        texts_cut: Texts that were longer than the limit.
        texts: All texts.
        tokens_cut: Tokens removed.
        tokens: All tokens before.

    Example:
        >>> print(Truncated(texts_cut=1, texts=4, tokens_cut=50, tokens=1000))
        1 of 4 texts cut (25.0 %), 50 of 1,000 tokens dropped (5.0 %)
    """

    texts_cut: int
    texts: int
    tokens_cut: int
    tokens: int

    @property
    def share(self) -> float:
        """Share of the texts that were cut, 0 to 1; 0 where there are none."""
        return self.texts_cut / self.texts if self.texts else 0.0

    @property
    def token_share(self) -> float:
        """Share of the tokens that were dropped, 0 to 1; 0 where there are none."""
        return self.tokens_cut / self.tokens if self.tokens else 0.0

    def __str__(self) -> str:
        return (
            f"{self.texts_cut:,} of {self.texts:,} texts cut ({100 * self.share:.1f} %), "
            f"{self.tokens_cut:,} of {self.tokens:,} tokens dropped ({100 * self.token_share:.1f} %)"
        )


def truncate(batch: Ragged, max_tokens: int, how: str) -> tuple[Ragged, Truncated]:
    """Cut every text of a batch to at most `max_tokens` tokens.

    Args:
        batch: B texts.
        max_tokens: The limit, at least 1; 0 exactly when `how` is ``"none"``.
        how: Which part to keep: ``"head"`` the first tokens, ``"tail"`` the last ones, ``"head+tail"`` the first
            quarter of the limit (rounded down) and for the rest the last tokens, ``"none"`` everything.

    Returns:
        The B texts, those within the limit unchanged, and what was cut.

    Raises:
        ParameterError: `how` is unknown, or does not go with `max_tokens`.

    Example:
        >>> batch = Ragged.from_lists([[1, 2, 3, 4, 5, 6, 7, 8], [9]])
        >>> cut, report = truncate(batch, 4, "head+tail")
        >>> cut.ids.tolist(), cut.lengths.tolist(), report.tokens_cut
        ([1, 6, 7, 8, 9], [4, 1], 4)
    """
    head, tail = _parts(max_tokens, how)
    lengths = batch.lengths
    if how == "none":
        return batch, Truncated(0, len(batch), 0, len(batch.ids))
    kept = np.minimum(lengths, max_tokens)
    report = Truncated(int((kept < lengths).sum()), len(batch), int((lengths - kept).sum()), len(batch.ids))
    if report.texts_cut == 0:
        return batch, report
    position = np.arange(len(batch.ids)) - np.repeat(batch.offsets[:-1], lengths)
    from_end = np.repeat(lengths, lengths) - position
    short = np.repeat(lengths <= max_tokens, lengths)
    offsets: Offsets = np.zeros(len(batch) + 1, dtype=np.int64)
    np.cumsum(kept, out=offsets[1:])
    return Ragged(batch.ids[short | (position < head) | (from_end <= tail)], offsets), report


def _parts(max_tokens: int, how: str) -> tuple[int, int]:
    """Tokens kept at the front and at the end of a long text."""
    if how not in WAYS:
        raise ParameterError(f"truncation={how!r} is not one of {', '.join(WAYS)}")
    if type(max_tokens) is not int or max_tokens < 0 or (max_tokens == 0) != (how == "none"):
        raise ParameterError(
            f"max_tokens={max_tokens!r} does not go with truncation={how!r}",
            hint="give a limit of at least 1 and a way to cut (head, tail, head+tail), or 0 and none",
        )
    head = {"none": 0, "head": max_tokens, "tail": 0, "head+tail": max_tokens // 4}[how]
    return head, max_tokens - head
