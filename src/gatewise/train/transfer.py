"""Begin from another model: its vocabulary, word vectors and encoder; the head is new."""

from __future__ import annotations

from dataclasses import fields

import torch

from gatewise.errors import ParameterError
from gatewise.models.classifier import Classifier
from gatewise.store.config import NetworkConfig
from gatewise.store.folder import StoredModel
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train.corpus import Tokenizer
from gatewise.train.recipe import Recipe

# Entries of a recipe that are entries of `NetworkConfig` too.
SHAPE = tuple(entry.name for entry in fields(NetworkConfig) if entry.name not in ("vocabulary_size", "classes"))


def shaped_like(recipe: Recipe, source: StoredModel, tokenizer: Tokenizer) -> Recipe:
    """The recipe with the network's shape, the words and the cut of the texts taken from `source`.

    Raises:
        ParameterError: The recipe asks for another value than its default, and than the source has.
    """
    taken = {name: getattr(source.config.network, name) for name in SHAPE}
    taken |= {"max_tokens": source.config.text.max_tokens, "truncation": source.config.text.truncation}
    taken["tokenizer"] = tokenizer.kind
    if not isinstance(tokenizer, WordTokenizer) and tokenizer.maxlen:
        taken |= {"max_tokens": tokenizer.maxlen, "truncation": "tail"}
    default = Recipe()
    for name in (*taken, "max_words", "min_count"):
        asked, own = getattr(recipe, name), taken.get(name)
        if asked not in (getattr(default, name), own):
            told = f"the model to begin with has {name}={own!r}" if name in taken else "its vocabulary is fixed"
            raise ParameterError(f"{name}={asked!r} cannot be had: {told}", hint="leave it out, or train from scratch")
    return recipe.with_options(**taken)


def load_encoder(network: Classifier, source: StoredModel) -> frozenset[str]:
    """Copy everything but the head from `source` and return the names of what was copied."""
    tensors = {name: torch.from_numpy(array) for name, array in source.tensors.items() if not name.startswith("head.")}
    network.load_state_dict(tensors, strict=False)
    return frozenset(tensors)
