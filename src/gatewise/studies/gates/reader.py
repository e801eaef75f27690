"""Who reads: a stored LSTM, the same before it had learnt, or any weights with a vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gatewise.errors import ModelError
from gatewise.models.classifier import Classifier
from gatewise.ops.checks import Floats
from gatewise.ops.lstm import PackedLSTM, pack_lstm
from gatewise.runtime.predictor import Predictor
from gatewise.runtime.stream import Stream
from gatewise.store.folder import StoredModel, read_model
from gatewise.store.locate import find_model
from gatewise.studies.gates.reading import Reading
from gatewise.text.ragged import Ragged
from gatewise.text.truncate import truncate

Ids = Sequence[int] | npt.NDArray[np.int32]

_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@dataclass(frozen=True)
class Reader:
    """An embedding and the LSTM over it, of which the last of `layers` is looked at.

    Attributes:
        name: What plots and tables call it.
        embedding: ``[V, E]``.
        layers: Packed weights, the lowest layer first.
        vocabulary: The words by id.
    """

    name: str
    embedding: Floats
    layers: tuple[PackedLSTM, ...]
    vocabulary: tuple[str, ...]

    def read(self, ids: Ids, words: Sequence[str], *, unknown: int = -1) -> Reading:
        """Gates and cell at every word of one text; `unknown` is the id that unknown words have."""
        (reading,) = self.read_many([ids], [words], unknown=unknown)
        return reading

    def read_many(self, ids: Sequence[Ids], words: Sequence[Sequence[str]], *, unknown: int = -1) -> list[Reading]:
        """`read` for many texts at once."""
        batch = Ragged.from_lists(ids)
        rows = self.embedding[batch.ids]
        for layer in self.layers[:-1]:
            rows = layer.forward(rows, batch.offsets).hidden
        output = self.layers[-1].forward(rows, batch.offsets, record=True)
        assert output.gates is not None
        assert output.cells is not None
        i, f, g, o = np.split(output.gates, 4, axis=1)
        fields = (batch.ids != unknown, i, f, g, o, output.cells, output.hidden)
        cuts = batch.offsets[1:-1]
        each = zip(words, *(np.split(field, cuts) for field in fields), strict=True)
        return [Reading(tuple(own), *parts) for own, *parts in each]


class TextReader:
    """A stored LSTM text classifier, opened up.

    Args:
        stored: Weights, tokenizer, classes.
        name: What to call it.
        layer: Layer to look at, from 1.

    Attributes:
        predictor: The model as it answers.
        reader: The same as a `Reader`.

    Raises:
        ModelError: It is no LSTM that reads forwards only, or has no such layer.
    """

    def __init__(self, stored: StoredModel, name: str, layer: int = 1) -> None:
        _check(stored, name, layer)
        self.name, self.stored = name, stored
        self.predictor = Predictor(stored)
        packed = tuple(pack_lstm(*_weights(stored.tensors, number)) for number in range(layer))
        vocabulary = tuple(self.predictor.tokenizer.vocabulary)
        self.reader = Reader(name, stored.tensors["embedding.weight"], packed, vocabulary)

    @classmethod
    def load(cls, model: str, layer: int = 1) -> TextReader:
        """Read a model by the name it has in the package, or from its folder."""
        return cls(read_model(find_model(model), parts=("metrics",)), model, layer)

    def untrained(self, seed: int) -> TextReader:
        """A network of the same sizes with the weights it could have begun with."""
        spread = self.stored.metrics.get("recipe", {}).get("embedding_range", 0.05)
        arrays = Classifier(self.stored.config.network, embedding_range=spread, seed=seed).to_arrays()
        return TextReader(replace(self.stored, tensors=arrays), "untrained", len(self.reader.layers))

    def encode(self, text: str) -> tuple[npt.NDArray[np.int32], list[str]]:
        """Ids and words that the model reads up to the end of a text, cut where it cuts."""
        encoding = self.predictor.tokenizer.encode(text)
        places = Ragged.from_lists([np.arange(len(encoding.ids), dtype=np.int32)])
        kept, _ = truncate(places, self.predictor.config.text.max_tokens, self.predictor.config.text.truncation)
        before = self.predictor.frame.before
        words = [self.predictor.tokenizer.word(int(id)) for id in before]
        return (
            np.concatenate([before, encoding.ids[kept.ids]]),
            words + [encoding.words[place] for place in kept.ids],
        )

    def read(self, text: str) -> Reading:
        """Gates and cell at every word of a text."""
        return self.read_many([text])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """Gates and cell at every word of many texts."""
        encoded = [self.encode(text) for text in texts]
        unknown = self.predictor.tokenizer.unknown_id
        return self.reader.read_many([ids for ids, _ in encoded], [words for _, words in encoded], unknown=unknown)

    def unknown(self, text: str) -> list[str]:
        """The words of a text that are not in the vocabulary, each once."""
        tokenizer = self.predictor.tokenizer
        return list(dict.fromkeys(w for w in tokenizer.words(text) if tokenizer.id_of(w) == tokenizer.unknown_id))

    def scores(self, ids: Ids) -> tuple[str, npt.NDArray[np.float64]]:
        """A class and its log odds ``[T + 1]`` before the first word and after each, by the network alone.

        The class is the second of two, of more the one that is answered in the end.
        """
        network, after = self.predictor.network, self.predictor.frame.after
        stream = Stream(network, after=after)
        logits = np.stack([network.logits(Ragged.from_lists([after]))[0], *(stream.push(int(id)) for id in ids)])
        labels = self.predictor.classes_
        chosen = 1 if len(labels) == 2 else int(logits[-1].argmax())
        if logits.shape[1] == 1:
            return str(labels[1]), logits[:, 0]
        others = np.delete(logits, chosen, axis=1)
        highest = others.max(1)
        return str(labels[chosen]), logits[:, chosen] - highest - np.log(np.exp(others - highest[:, None]).sum(1))


def from_module(name: str, embedding: torch.nn.Embedding, lstm: torch.nn.Module, vocabulary: Sequence[str]) -> Reader:
    """A `Reader` of an embedding and a one-layer `gatewise.nn.LSTM`; weights are copied."""
    weights = [getattr(lstm, f"{kind}_l0").detach().numpy().copy() for kind in _WEIGHTS]
    return Reader(name, embedding.weight.detach().numpy().copy(), (pack_lstm(*weights),), tuple(vocabulary))


def _weights(tensors: Mapping[str, npt.NDArray[Any]], layer: int) -> list[Any]:
    """Weights of a layer; there is no second bias where the model has none."""
    return [tensors.get(f"encoder.{kind}_l{layer}") for kind in _WEIGHTS]


def _check(stored: StoredModel, name: str, layer: int) -> None:
    shape = stored.config.network
    if shape.network != "lstm":
        raise ModelError(
            f"the model is a {shape.network}, and its gates are not those of an LSTM",
            where=name,
            hint="train one with --network lstm, or take the one that comes with the package: --model imdb",
        )
    if not shape.is_causal or shape.highway:
        kind = "a highway network" if shape.highway else "bidirectional" if shape.bidirectional else "a backward reader"
        raise ModelError(
            f"the model is {kind}, and this study follows a single reading forwards",
            where=name,
            hint="train one with neither --bidirectional nor --highway",
        )
    if not 1 <= layer <= shape.layers:
        raise ModelError(f"there is no layer {layer}", where=name, hint=f"layers 1 to {shape.layers}")
