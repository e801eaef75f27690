"""Texts without labels beside those that have them: which are used, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.data.leaks import overlap, text_keys
from gatewise.errors import DataError, ParameterError
from gatewise.text.batches import Indices, batches
from gatewise.text.ragged import Ragged
from gatewise.train.corpus import Corpus, encode_texts
from gatewise.train.progress import Reporter
from gatewise.train.recipe import Recipe

# Added to the seed, so that the order is another than that of the labelled texts; a recipe's seed has 31 bits.
_SEED = 1 << 31


@dataclass(frozen=True)
class Unlabelled:
    """Encoded texts without labels.

    Attributes:
        tokens: Those that are used.
        rows: ``[n]`` int64, place of each among the texts given.
        keys: ``[n]`` uint64, as of `text_keys`.
    """

    tokens: Ragged
    rows: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.tokens)


def check_use(texts: Sequence[str] | None, recipe: Recipe, *, taught: bool = False) -> None:
    """Raise `ParameterError` when there are unlabelled texts and neither objective nor teachers have a use for them."""
    if texts is not None and not recipe.terms.read_unlabelled and not taught:
        raise ParameterError(
            f"objective={recipe.objective!r} has no use for unlabelled texts",
            hint="choose one that has, e.g. --objective mixed, or give a --teacher, or leave --unlabelled out",
        )


def make_unlabelled(
    texts: Sequence[str] | None, corpus: Corpus, recipe: Recipe, reporter: Reporter
) -> Unlabelled | None:
    """Encode texts by the words of the run, but for copies of development texts and texts without words.

    What the development split judges must not have been read in training.

    Args:
        texts: None for none.
        corpus: Tokenizer and development texts.
        recipe: Says how to cut the texts, and whether they have a part in the objective, see `check_use`.
        reporter: Is told how many there are, or that there are none where they would have a part.

    Raises:
        DataError: None is left.
    """
    if texts is None:
        if recipe.terms.read_unlabelled:
            reporter.message(f"objective={recipe.objective} without unlabelled texts: it reads the labelled ones alone")
        return None
    tokens, _ = encode_texts(list(texts), corpus.tokenizer, recipe)
    keys = text_keys(texts)
    is_copy = overlap(keys, text_keys(corpus.dev.texts)) if corpus.dev else np.zeros(len(texts), dtype=bool)
    has_words = np.array([bool(text.strip()) for text in texts], dtype=bool) & (tokens.lengths > 0)
    rows = np.flatnonzero(~is_copy & has_words)
    if not len(rows):
        raise DataError("no unlabelled text is left", hint="all are empty, or copies of development texts")
    left_out = f"; left out: {is_copy.sum():,} copies of development texts" if is_copy.any() else ""
    reporter.message(f"{len(rows):,} unlabelled texts{left_out}")
    return Unlabelled(tokens.select(rows), rows, keys[rows])


class UnlabelledOrder:
    """Which unlabelled texts are read at a step: a function of seed and step, so that a resumed run goes on with it.

    All texts are read once in batches of similar length, then all again in another order, and so on, however long an
    epoch of the labelled ones is.

    Args:
        lengths: ``[n]`` int64, words of each text; at least one text.
        recipe: Seed, `unlabelled_tokens`, and what batches are made by.

    Example:
        >>> order = UnlabelledOrder(np.array([3, 2]), Recipe(batch_texts=1))
        >>> sorted(order.at(step).tolist() for step in (0, 1)), len(order.at(2))
        ([[0], [1]], 1)
    """

    def __init__(self, lengths: npt.NDArray[np.int64], recipe: Recipe) -> None:
        self._lengths, self._recipe = lengths, recipe
        self._passes, self._begin = 0, 0
        self._batches: list[Indices] = self._pass(0)

    def at(self, step: int) -> Indices:
        """Places of the texts for a step, ``[b]`` int64; the same whichever steps were asked for before."""
        if step < self._begin:
            self._passes, self._begin, self._batches = 0, 0, self._pass(0)
        while step >= self._begin + len(self._batches):
            self._begin += len(self._batches)
            self._passes += 1
            self._batches = self._pass(self._passes)
        return self._batches[step - self._begin]

    def _pass(self, number: int) -> list[Indices]:
        recipe = self._recipe
        tokens = recipe.unlabelled_tokens or recipe.batch_tokens
        return batches(
            self._lengths,
            token_budget=tokens,
            max_texts=max(1, round(recipe.batch_texts * tokens / recipe.batch_tokens)),
            window=recipe.window,
            seed=recipe.seed + _SEED,
            epoch=number,
        )
