"""What the tokenizer sees in the texts: their length before any cut, who negates, and what is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gatewise.metrics.slices import negation_slices
from gatewise.store.config import TextConfig
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.keras import KerasTokenizer

Mask = npt.NDArray[np.bool_]

_CHUNK = 2_000


@dataclass(frozen=True)
class Words:
    """Words of n texts.

    Attributes:
        lengths: ``[n]`` int64, words in each text before any cut.
        negation: Name → ``[n]`` bool, who negates how much.
        limit: Words of a text that the model reads at most; 0 for all.
        kept: Which part of a longer text it reads.
    """

    lengths: npt.NDArray[np.int64]
    negation: Mapping[str, Mask]
    limit: int
    kept: str


class Splitting(Protocol):
    """What of a tokenizer is needed here."""

    def words_batch(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text."""


def read_words(tokenizer: Splitting, cut: TextConfig, texts: Sequence[str]) -> Words:
    """Count the words of each text, a few thousand texts at a time, so that their words never fill the memory."""
    lengths: list[int] = []
    negation: list[dict[str, Mask]] = []
    for start in range(0, len(texts), _CHUNK):
        words = tokenizer.words_batch(texts[start : start + _CHUNK])
        lengths += map(len, words)
        negation.append(negation_slices(words))
    joined = {name: np.concatenate([chunk[name] for chunk in negation]) for name in negation[0]}
    limit, kept = cut.max_tokens, cut.truncation
    if isinstance(tokenizer, KerasTokenizer) and tokenizer.maxlen is not None:
        # Its start token takes one of the places; Keras keeps the end of a text.
        limit, kept = tokenizer.maxlen - 1, "tail"
    if isinstance(tokenizer, HashedTokenizer) and tokenizer.maxlen is not None:
        limit, kept = tokenizer.maxlen, "tail"
    return Words(np.array(lengths, dtype=np.int64), joined, limit, kept)


def truncation(words: Words) -> dict[str, Any]:
    """What the model's limit on the length of a text cuts away.

    Example:
        >>> truncation(Words(np.array([2, 7]), {}, limit=5, kept="head"))["tokens_cut"]
        2
    """
    cut = np.maximum(words.lengths - words.limit, 0) if words.limit else np.zeros_like(words.lengths)
    return {
        "texts_cut": int((cut > 0).sum()),
        "texts": len(cut),
        "tokens_cut": int(cut.sum()),
        "tokens": int(words.lengths.sum()),
        "max_tokens": words.limit,
        "kept": words.kept,
    }
