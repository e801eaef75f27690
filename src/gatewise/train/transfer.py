"""Begin from another model: its vocabulary, word vectors and encoder; the head is new."""

from __future__ import annotations

import torch

from gatewise.models.classifier import Classifier
from gatewise.store.folder import StoredModel
from gatewise.train.recipe import Recipe

# Entries of a recipe that are entries of `NetworkConfig` too.
SHAPE = ("network", "embedding_size", "hidden_size", "layers", "bidirectional", "pooling", "recurrent_bias")


def shaped_like(recipe: Recipe, source: StoredModel) -> Recipe:
    """The recipe with the network's shape and the cut of the texts taken from `source`."""
    shape = {name: getattr(source.config.network, name) for name in SHAPE}
    cut = {"max_tokens": source.config.text.max_tokens, "truncation": source.config.text.truncation}
    return recipe.with_options(**shape, **cut)


def load_encoder(network: Classifier, source: StoredModel) -> frozenset[str]:
    """Copy everything but the head from `source` and return the names of what was copied."""
    tensors = {name: torch.from_numpy(array) for name, array in source.tensors.items() if not name.startswith("head.")}
    network.load_state_dict(tensors, strict=False)
    return frozenset(tensors)
