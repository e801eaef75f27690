"""Which recipe a run begins from, when none is named."""

from __future__ import annotations

from gatewise.store.encoder import is_encoder
from gatewise.store.locate import find_model
from gatewise.train.recipe import Recipe


def starting_recipe(start_from: str | None) -> Recipe:
    """The defaults; when training begins with an encoder, those of the shipped recipe ``finetune``.

    Args:
        start_from: Name or folder of a model or an encoder, or None.

    Raises:
        ModelError: There is no such folder.

    Example:
        >>> starting_recipe("imdb") == starting_recipe(None) == Recipe()
        True
    """
    return Recipe.load("finetune") if start_from is not None and is_encoder(find_model(start_from)) else Recipe()
