"""Which recipe a run begins from, when none is named."""

from __future__ import annotations

from gatewise.store.encoder import is_encoder
from gatewise.store.locate import find_model
from gatewise.train.recipe import Recipe


def starting_recipe(network: str, start_from: str | None = None) -> Recipe:
    """The network's own recipe; that called ``finetune`` for an encoder; the defaults for a model to begin with.

    Args:
        network: What is to be trained. A model or an encoder brings a shape, so that its name plays no part then.
        start_from: Name or folder of a model or an encoder, or None.

    Raises:
        ModelError: There is no such folder.

    Example:
        >>> starting_recipe("lstm", "imdb") == starting_recipe("lstm") == Recipe()
        True
    """
    if start_from is None:
        return Recipe.of_network(network)
    return Recipe.load("finetune") if is_encoder(find_model(start_from)) else Recipe()
