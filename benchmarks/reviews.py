"""The IMDB train reviews as token ids, as the benchmarks that need real lengths read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.names import load_named
from gatewise.settings import cache_folder
from gatewise.text.ragged import Ragged
from gatewise.text.truncate import truncate
from gatewise.train.corpus import class_indices, make_tokenizer
from gatewise.train.recipe import Recipe


@dataclass(frozen=True)
class Reviews:
    """Encoded reviews.

    Attributes:
        recipe: The recipe whose tokenizer and cut they went through.
        vocabulary: Number of ids.
        tokens: The reviews in an order that is random but always the same.
        targets: ``[n]`` int64, 1 for a positive review.
    """

    recipe: Recipe
    vocabulary: int
    tokens: Ragged
    targets: npt.NDArray[np.int64]

    def first(self, count: int) -> Reviews:
        """The first `count` of them."""
        kept = self.tokens.select(range(min(count, len(self.tokens))))
        return Reviews(self.recipe, self.vocabulary, kept, self.targets[: len(kept)])


def reviews_of(recipe_name: str, *, max_words: int = 0) -> Reviews:
    """All train reviews as a recipe reads them, but without pads: each has its own length.

    Args:
        recipe_name: ``default``, ``reproduce-a`` or ``reproduce-b``.
        max_words: Size of the vocabulary where it is not the recipe's.
    """
    recipe = Recipe() if recipe_name == "default" else Recipe.load(recipe_name)
    if max_words:
        recipe = recipe.with_options(max_words=max_words)
    path = cache_folder() / "benchmarks" / f"{recipe_name}-{recipe.max_words}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **_encode(recipe))  # type: ignore[arg-type]
    with np.load(path) as stored:
        tokens, _ = truncate(Ragged(stored["ids"], stored["offsets"]), recipe.max_tokens, recipe.truncation)
        order = np.random.default_rng(0).permutation(len(tokens))
        return Reviews(recipe, int(stored["vocabulary"]), tokens.select(order), stored["targets"][order])


def padded_in_front(tokens: Ragged, length: int) -> Ragged:
    """Every review with exactly `length` ids, zeros before the shorter ones: pads that are read as tokens."""
    grid = np.zeros((len(tokens), length), dtype=np.int32)
    for row, own in enumerate(tokens.lengths.tolist()):
        grid[row, length - own :] = tokens[row]
    return Ragged(grid.reshape(-1), np.arange(len(tokens) + 1, dtype=np.int64) * length)


def _encode(recipe: Recipe) -> dict[str, npt.NDArray[Any]]:
    examples = load_named("imdb:train")
    whole = recipe.with_options(max_tokens=0, truncation="none")
    tokenizer = make_tokenizer(examples.texts, whole)
    tokens = tokenizer.encode_batch(examples.texts)
    return {
        "ids": tokens.ids,
        "offsets": tokens.offsets,
        "targets": class_indices(examples, examples.classes()),
        "vocabulary": np.array(tokenizer.vocabulary_size),
    }
