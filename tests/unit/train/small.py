"""A problem a small network learns in a second: the class is in one or two words of a sentence."""

from __future__ import annotations

import numpy as np

from gatewise.data.examples import Examples
from gatewise.train.recipe import Recipe

GOOD, BAD = ["good", "lovely", "superb"], ["bad", "dull", "awful"]
OTHER = ["the", "film", "was", "a", "plot", "and", "some", "scene", "it", "very"]


def small_examples(count: int = 240, seed: int = 0) -> Examples:
    """Balanced sentences of 3 to 14 words, each with two words that tell its class."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for number in range(count):
        words = rng.choice(OTHER, rng.integers(1, 13)).tolist()
        telling = GOOD if number % 2 else BAD
        for word in rng.choice(telling, 2).tolist():
            words.insert(int(rng.integers(0, len(words) + 1)), word)
        texts.append(" ".join(words))
        labels.append("pos" if number % 2 else "neg")
    return Examples(texts, labels, source="small")


SMALL = Recipe(
    embedding_size=8,
    hidden_size=8,
    min_count=1,
    epochs=4,
    selection="best",
    batch_texts=16,
    learning_rate=0.02,
    window=64,
    word_dropout=0.05,
    weight_dropout=0.1,
    input_dropout=0.1,
    output_dropout=0.1,
    patience=0,
)
