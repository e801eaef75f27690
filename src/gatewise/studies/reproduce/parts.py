"""Which reviews a published result trains on, on which it is judged, and how they become numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.split import holdout
from gatewise.studies.reproduce.published import Split
from gatewise.text.keras import FIRST_WORD, KerasTokenizer
from gatewise.train.corpus import Tokenizer
from gatewise.train.recipe import Recipe

# What is left of HTML line breaks without their brackets.
_MARKUP = {"br"}

SAMPLE = 4_000


@dataclass(frozen=True)
class Parts:
    """Texts to train on and to hold out, and the tokenizer; None is left to the recipe."""

    train: Examples
    held_out: Examples | None
    tokenizer: Tokenizer | None


def make_parts(examples: Examples, recipe: Recipe, split: Split) -> Parts:
    """The parts for one seed, that of the recipe.

    Args:
        examples: All labelled training reviews.
        recipe: Its words, its cut and its seed count.
        split: See `Split`.
    """
    if split == "half":
        train, held_out = halves(examples, recipe.seed)
        return Parts(train, held_out, frequent_words(train.texts, least=recipe.min_count, most=recipe.max_words))
    if split == "sample":
        rest, held_out = holdout(examples, 0.2, recipe.seed)
        chosen = np.random.default_rng(recipe.seed).permutation(len(rest))[:SAMPLE]
        return Parts(rest.select(np.sort(chosen)), held_out, None)
    if recipe.tokenizer != "keras":
        return Parts(examples, None, None)
    # The published index ranks the words of all labelled training reviews, those held out included.
    tokenizer = KerasTokenizer.train(examples.texts, num_words=recipe.max_words, maxlen=recipe.max_tokens)
    return Parts(examples, None, tokenizer)


def halves(examples: Examples, seed: int) -> tuple[Examples, Examples]:
    """Two random halves with as many of each class, whatever the film, as a source without films must have done it.

    Example:
        >>> one, other = halves(Examples(["a", "b", "c", "d"], [0, 0, 1, 1]), seed=0)
        >>> sorted(one.labels), sorted(other.labels), sorted(one.texts + other.texts)
        ([0, 1], [0, 1], ['a', 'b', 'c', 'd'])
    """
    generator = np.random.default_rng(seed)
    labels = np.array([str(label) for label in examples.labels])
    first: list[npt.NDArray[np.int64]] = []
    for label in sorted(set(labels.tolist())):
        rows = generator.permutation(np.flatnonzero(labels == label))
        first.append(rows[: len(rows) // 2])
    chosen = np.sort(np.concatenate(first))
    return examples.select(chosen), examples.select(np.setdiff1d(np.arange(len(labels)), chosen))


def frequent_words(texts: list[str], *, least: int, most: int) -> KerasTokenizer:
    """A tokenizer without punctuation or padding; it drops words seen fewer than `least` times, and markup.

    Example:
        >>> frequent_words(["Good, good film!"], least=2, most=9).encode("a GOOD film").words
        ['<start>', 'good']
    """
    every = KerasTokenizer([])
    counts = Counter(word for words in every.words_batch(texts) for word in words)
    ranked = [word for word, count in counts.most_common() if count >= least and word not in _MARKUP][:most]
    return KerasTokenizer(ranked, num_words=max(1, len(ranked)) + FIRST_WORD)
