"""From labelled examples to encoded training and development texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.leaks import overlap, text_keys
from gatewise.data.split import split_groups
from gatewise.errors import DataError, ParameterError
from gatewise.store.order import in_order
from gatewise.text.frame import Frame
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.keras import KerasTokenizer
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from gatewise.text.truncate import Truncated, truncate
from gatewise.train.batch import Encoded
from gatewise.train.recipe import Recipe

Tokenizer = WordTokenizer | KerasTokenizer | HashedTokenizer


@dataclass(frozen=True)
class Corpus:
    """What a run trains and selects on.

    Attributes:
        train, dev: The examples; `dev` is None without a development split.
        labels: Class names in the order of the targets.
        tokenizer: Its vocabulary comes from `train` and the texts that are taught alone, or from another model.
        encoded_train, encoded_dev: The same as token ids and class indices.
        truncated: What cutting took from the training texts.
    """

    train: Examples
    dev: Examples | None
    labels: tuple[str | int, ...]
    tokenizer: Tokenizer
    encoded_train: Encoded
    encoded_dev: Encoded | None
    truncated: Truncated


def make_corpus(
    examples: Examples,
    recipe: Recipe,
    *,
    dev: Examples | None = None,
    tokenizer: Tokenizer | None = None,
    taught: Sequence[str] = (),
) -> Corpus:
    """Split, learn the vocabulary and encode.

    Args:
        examples: Labelled examples.
        recipe: Says how to split, tokenize and cut.
        dev: Development examples; without them a share of `examples` is held out.
        tokenizer: One to use instead of learning a vocabulary.
        taught: Texts without labels that are trained on like the others: their words count for the vocabulary, but for
            copies of development texts.

    Raises:
        DataError: Fewer than two classes, a development label that training does not have, or labels without an order
            for an ordinal head.
    """
    if not examples.labels:
        raise DataError("the texts have no labels", where=examples.source, hint="train on labelled examples")
    labels = examples.classes()
    if len(labels) < 2:
        raise DataError(
            f"only one class, {labels[0]!r}",
            where=examples.source,
            hint="a classifier needs examples of at least two classes; is --label the right column?",
        )
    if recipe.objective == "ordinal":
        labels = _ordered(labels, examples.source)
    train = examples
    if dev is None and recipe.dev_share:
        train_rows, dev_rows = split_groups(examples, recipe.dev_share, recipe.seed)
        train, dev = examples.select(train_rows), examples.select(dev_rows)
    if len(train.classes()) < len(labels):
        raise DataError(
            "too few examples of some class to hold any out for development",
            where=examples.source,
            hint="give a development file with --dev, or do without: --set dev_share=0",
        )
    tokenizer = tokenizer or make_tokenizer([*train.texts, *_without_copies(taught, dev)], recipe)
    encoded, truncated = encode(train, labels, tokenizer, recipe)
    encoded_dev = encode(dev, labels, tokenizer, recipe)[0] if dev is not None and len(dev) else None
    return Corpus(train, dev if encoded_dev else None, labels, tokenizer, encoded, encoded_dev, truncated)


def _without_copies(texts: Sequence[str], dev: Examples | None) -> list[str]:
    """The texts that are no copies of development texts."""
    if dev is None or not texts:
        return list(texts)
    is_copy = overlap(text_keys(texts), text_keys(dev.texts))
    return [text for text, copied in zip(texts, is_copy.tolist(), strict=True) if not copied]


def _ordered(labels: tuple[str | int, ...], source: str) -> tuple[str | int, ...]:
    try:
        return in_order(labels)
    except ParameterError as problem:
        hint = "objective=ordinal is for labels that are numbers, such as stars; for others leave it out"
        raise DataError(problem.what, where=source, hint=hint) from problem


def make_tokenizer(texts: list[str], recipe: Recipe) -> Tokenizer:
    """The tokenizer the recipe asks for, its vocabulary counted on `texts`."""
    if recipe.tokenizer == "keras":
        return KerasTokenizer.train(texts, num_words=recipe.max_words, maxlen=recipe.max_tokens or None)
    if recipe.tokenizer == "hashed":
        return HashedTokenizer(recipe.max_words, maxlen=recipe.max_tokens or None)
    return WordTokenizer.train(texts, max_words=recipe.max_words, min_count=recipe.min_count)


def encode(
    examples: Examples, labels: tuple[str | int, ...], tokenizer: Tokenizer, recipe: Recipe
) -> tuple[Encoded, Truncated]:
    """Token ids and class indices of `examples`, cut as the recipe says (Keras's ways cut in the tokenizer)."""
    targets = class_indices(examples, labels)
    tokens, truncated = encode_texts(examples.texts, tokenizer, recipe)
    return Encoded(tokens, targets), truncated


def encode_texts(texts: list[str], tokenizer: Tokenizer, recipe: Recipe) -> tuple[Ragged, Truncated]:
    """As `encode`, the token ids alone."""
    if not isinstance(tokenizer, WordTokenizer) and tokenizer.maxlen:
        _, truncated = truncate(tokenizer.without_maxlen().encode_batch(texts), tokenizer.maxlen, "tail")
        return tokenizer.encode_batch(texts), truncated
    tokens, truncated = truncate(tokenizer.encode_batch(texts), recipe.max_tokens, recipe.truncation)
    return Frame.of(tokenizer, recipe.before, recipe.after)(tokens), truncated


def class_indices(examples: Examples, labels: tuple[str | int, ...]) -> npt.NDArray[np.int64]:
    """``[n]`` int64: the place of each example's label in `labels`; `DataError` for a label that is not there."""
    index = {label: number for number, label in enumerate(labels)}
    unknown = sorted({str(label) for label in examples.labels if label not in index})
    if unknown:
        raise DataError(f"labels that training does not have: {', '.join(unknown[:5])}", where=examples.source)
    return np.array([index[label] for label in examples.labels], dtype=np.int64)
