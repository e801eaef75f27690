"""Pre-training that goes on from an encoder: its shape, its words, its weights."""

from __future__ import annotations

import hashlib
from typing import Any

from gatewise.errors import ParameterError
from gatewise.models.language_model import LanguageModel
from gatewise.store.encoder import EncoderConfig, StoredEncoder
from gatewise.train.pretrain.recipe import PretrainRecipe

_SIZES = ("embedding_size", "hidden_size", "layers")


def shape_of(config: EncoderConfig) -> dict[str, Any]:
    """The entries of a recipe that an encoder decides.

    Example:
        >>> shape_of(EncoderConfig(100, embedding_size=4, hidden_size=8))
        {'embedding_size': 4, 'hidden_size': 8, 'layers': 1, 'direction': 'forward'}
    """
    return {**{name: getattr(config, name) for name in _SIZES}, "direction": config.directions}


def check_start(recipe: PretrainRecipe, start: StoredEncoder) -> None:
    """See that a recipe can go on from an encoder.

    Raises:
        ParameterError: Another size, or a direction that the encoder does not read in.
    """
    for name in _SIZES:
        wanted, there = getattr(recipe, name), getattr(start.config, name)
        if wanted != there:
            raise ParameterError(
                f"{name}={wanted}, and the encoder to go on from has {there}",
                hint=f"leave {name} out, also of the preset",
            )
    missing = [reader for reader in recipe.readers if reader not in start.config.readers]
    if missing:
        there = " and ".join(start.config.readers)
        raise ParameterError(
            f"direction={recipe.direction!r}, and the encoder to go on from reads {there}",
            hint="leave direction out",
        )


def load_reader(model: LanguageModel, start: StoredEncoder, reader: str) -> None:
    """Give a language model the weights of a reader of the encoder."""
    prefix = f"{reader}."
    arrays = {name.removeprefix(prefix): array for name, array in start.tensors.items() if name.startswith(prefix)}
    model.load_arrays(arrays)


def record_of(start: StoredEncoder) -> dict[str, Any]:
    """For metrics.json: which encoder it was, and how often and how long it had been trained in all."""
    training = start.metrics.get("training", {})
    return {
        "sha256": digest_of(start),
        "passes": training.get("epochs"),
        "seconds": training.get("seconds"),
        "start": training.get("start"),
    }


def digest_of(start: StoredEncoder | None) -> str | None:
    """SHA-256 of the weights, which tells whether a resumed run goes on from the same encoder."""
    if start is None:
        return None
    digest = hashlib.sha256()
    for name in sorted(start.tensors):
        digest.update(name.encode())
        digest.update(start.tensors[name].tobytes())
    return digest.hexdigest()
