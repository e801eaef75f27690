"""Store a trained model in fewer bytes: ``python scripts/smaller_model.py MODEL OUT --words 29000``.

Word vectors go to 8 bits and matrices to 16, and the rarest words of the vocabulary become unknown ones. The figures of
the development split in the card stay those that were measured before, and the card says so; judge OUT again before any
other figure is told of it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from gatewise.store.card import model_card
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.store.rounding import is_word_vectors
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json


def with_words(model: StoredModel, words: int) -> StoredModel:
    """The model with the `words` most frequent of its words, ``<unk>`` among them."""
    vocabulary = tokenizer_from_json(model.tokenizer).vocabulary[:words]
    network = replace(model.config.network, vocabulary_size=len(vocabulary))
    return replace(
        model,
        config=replace(model.config, network=network),
        tokenizer=WordTokenizer(vocabulary).to_json(),
        tensors={
            name: array[: len(vocabulary)] if is_word_vectors(name) else array for name, array in model.tensors.items()
        },
    )


def main() -> None:
    """Read, make smaller, write."""
    parser = argparse.ArgumentParser(description="Store a trained model in fewer bytes.")
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--words", type=int, default=30_000, help="words to keep, the most frequent ones")
    chosen = parser.parse_args()
    model = with_words(read_model(chosen.model), chosen.words)
    note = f"{chosen.words} words, vectors in 8 bits, matrices in 16, after the development figures were measured"
    training = {**model.metrics["training"], "stored": note}
    model = replace(model, metrics={**model.metrics, "training": training})
    write_model(chosen.out, model, model_card(model.config, model.metrics), embedding_bits=8, matrix_bits=16)
    print(f"{chosen.out}: {sum(file.stat().st_size for file in chosen.out.iterdir()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
