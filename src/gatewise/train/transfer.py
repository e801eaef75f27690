"""Begin from another model, or from a pre-trained encoder: its words, word vectors and layers; the head is new."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import torch

from gatewise.errors import ModelError, ParameterError
from gatewise.models.classifier import Classifier
from gatewise.store.config import NetworkConfig
from gatewise.store.encoder import StoredEncoder
from gatewise.store.folder import StoredModel
from gatewise.store.tensors import Tensors
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json
from gatewise.train.corpus import Tokenizer
from gatewise.train.recipe import Recipe

# What the examples and the objective settle: `objective=ordinal` has a head of its own.
_OF_THE_RUN = ("vocabulary_size", "classes", "ordinal")
# Of a language model's tensors those that become a classifier's, and those that told the next word.
_TAKEN, _TOLD = ("embedding.", "encoder."), ("projection.", "output.")
# Entries of a recipe that are entries of `NetworkConfig` too.
SHAPE = tuple(entry.name for entry in fields(NetworkConfig) if entry.name not in _OF_THE_RUN)


@dataclass(frozen=True)
class Source:
    """What a run begins with.

    Attributes:
        kind: What it was: ``model`` or ``encoder``.
        entries: The entries of the recipe that it settles.
        tensors: The weights to begin with, named as `NetworkConfig` says; none of a head.
        tokenizer: Its words, which are fixed.
        told: Of an encoder what tells the next word, for each reader taken; see `gatewise.train.label_words`.
    """

    kind: str
    entries: dict[str, Any]
    tensors: Tensors
    tokenizer: Tokenizer
    told: tuple[Tensors, ...] = ()


def make_source(stored: StoredModel | StoredEncoder, reads: str = "forward") -> Source:
    """What can be taken from a model or an encoder.

    Of a model that is everything but the head, and how it cuts its texts. Of an encoder it is the language model that
    reads as asked, or both, without what told the next word: pooling, outputs and the cut of the texts can still be
    chosen. An encoder that reads backwards only makes a classifier that does.

    Args:
        stored: What to begin with.
        reads: ``forward``, ``backward`` or ``both``.

    Raises:
        ModelError: Tokenizer and weights do not belong together.
        ParameterError: The encoder has no language model that reads so.
    """
    tokenizer = tokenizer_from_json(stored.tokenizer)
    if isinstance(stored, StoredEncoder):
        return _of_encoder(stored, tokenizer, reads)
    return _of_model(stored, tokenizer)


def _of_model(model: StoredModel, tokenizer: Tokenizer) -> Source:
    _check_words(tokenizer, model.config.network.vocabulary_size)
    entries = {name: getattr(model.config.network, name) for name in SHAPE}
    entries |= asdict(model.config.text)
    tensors = {name: array for name, array in model.tensors.items() if "head" not in name.split(".")}
    return Source("model", entries | _words(tokenizer), tensors, tokenizer)


def _of_encoder(encoder: StoredEncoder, tokenizer: Tokenizer, reads: str) -> Source:
    config = encoder.config
    _check_words(tokenizer, config.vocabulary_size)
    if reads == "forward":
        reads = config.readers[0]
    entries = {name: getattr(config, name) for name in ("embedding_size", "hidden_size", "layers")}
    entries |= {"network": "lstm", "bidirectional": False, "recurrent_bias": False, "highway": False, "one_hot": False}
    entries["reads"] = reads
    readers = ("forward", "backward") if reads == "both" else (reads,)
    tensors = _reader(encoder, readers[0], _TAKEN)
    if reads == "both":
        tensors |= {f"backward.{name}": array for name, array in _reader(encoder, "backward", _TAKEN).items()}
    told = tuple(_reader(encoder, reader, _TOLD) for reader in readers)
    return Source("encoder", entries | _words(tokenizer), tensors, tokenizer, told)


def _reader(encoder: StoredEncoder, reader: str, parts: tuple[str, ...]) -> Tensors:
    """Some of one of the language models; word vectors and layers are named as those of a classifier."""
    if reader not in encoder.config.readers:
        raise ParameterError(
            f"the encoder to begin with has no {reader} language model",
            hint="make one that has: gatewise pretrain --direction both",
        )
    taken = {name.removeprefix(f"{reader}."): array for name, array in encoder.tensors.items()}
    return {name: array for name, array in taken.items() if name.startswith(parts)}


def _words(tokenizer: Tokenizer) -> dict[str, Any]:
    """Entries of a recipe that are settled by the words; Keras's ways cut texts in the tokenizer."""
    if isinstance(tokenizer, WordTokenizer) or not tokenizer.maxlen:
        return {"tokenizer": tokenizer.kind}
    return {"tokenizer": tokenizer.kind, "max_tokens": tokenizer.maxlen, "truncation": "tail"}


def _check_words(tokenizer: Tokenizer, wanted: int) -> None:
    known = tokenizer.vocabulary_size
    if known != wanted:
        raise ModelError(f"the tokenizer has {known} words, the network {wanted}", where="tokenizer.json")


def shaped_like(recipe: Recipe, source: Source) -> Recipe:
    """The recipe with all that `source` settles: the shape of the network, the words.

    Raises:
        ParameterError: The recipe asks for another value than its default, and than the source has.
    """
    default = Recipe()
    for name in (*source.entries, "max_words", "min_count"):
        asked, own = getattr(recipe, name), source.entries.get(name)
        if asked not in (getattr(default, name), own):
            known = name in source.entries
            told = f"the {source.kind} to begin with has {name}={own!r}" if known else "its vocabulary is fixed"
            raise ParameterError(f"{name}={asked!r} cannot be had: {told}", hint="leave it out, or train from scratch")
    return recipe.with_options(**source.entries)


def check_from_scratch(recipe: Recipe) -> None:
    """Raise `ParameterError` for an entry that is about weights taken from elsewhere, when there are none."""
    for name in ("transfer_rate", "layer_decay", "unfreeze"):
        asked = getattr(recipe, name)
        if asked != getattr(Recipe(), name):
            raise ParameterError(
                f"{name}={asked!r} is about weights that come from another model, and all of these are new",
                hint="name a model or an encoder to begin with: --from",
            )


def load_encoder(network: Classifier, source: Source) -> frozenset[str]:
    """Copy all weights of `source` into `network` and return their names."""
    network.load_state_dict({name: torch.from_numpy(array) for name, array in source.tensors.items()}, strict=False)
    return frozenset(source.tensors)
