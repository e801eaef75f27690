"""Texts in, classes and probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from gatewise.baseline.nbsvm import NBSVM
from gatewise.errors import ModelError, ParameterError
from gatewise.metrics.blend import Blend
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.metrics.ordered import expected_values
from gatewise.metrics.selective import OperatingPoint, check_share, is_answered
from gatewise.runtime.abstaining import operating_point
from gatewise.runtime.blend import BlendedStream, PlainStream
from gatewise.runtime.network import Logits, Network
from gatewise.runtime.stream import Stream
from gatewise.store.folder import PARTS, StoredModel, read_model
from gatewise.store.locate import find_model
from gatewise.store.order import label_values
from gatewise.text.batches import ordered_batches
from gatewise.text.frame import Frame
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.text.truncate import truncate

Probabilities = npt.NDArray[np.float64]

# So that a batch of short texts, or of empty ones, is bounded too: their features take 12 MB with 128 units.
MAX_TEXTS = 4_096
# Texts whose words are held at once for the rival of a blend.
_RIVAL_TEXTS = 1_000


class Predictor:
    """A stored model, ready to answer.

    Args:
        stored: What `read_model` gives.

    Raises:
        ModelError: Tokenizer and network do not belong together, or the tokenizer is damaged.

    Notes:
        Immutable, so that threads may share it. A text's probabilities do not depend on the texts beside it: to the
        last bit for an LSTM by the native core, else to 1e-6. Beside the texts and their ids, memory is that of a batch
        of 65,536 tokens (16,384 with NumPy) or of one text that is longer, see `Network`.
    """

    def __init__(self, stored: StoredModel) -> None:
        self.config = stored.config
        self.network = Network(stored.config.network, stored.tensors)
        self.tokenizer = tokenizer_from_json(stored.tokenizer)
        self.frame = Frame.of(self.tokenizer, self.config.text.before, self.config.text.after)
        self.metrics, self.training_rows = stored.metrics, stored.training_rows
        self._baseline_tensors = stored.baseline
        known, wanted = self.tokenizer.vocabulary_size, self.config.network.vocabulary_size
        if known != wanted:
            raise ModelError(f"the tokenizer has {known} words, the network {wanted}", where="tokenizer.json")
        blend = self.config.blend
        self._blend = None if blend is None else Blend(blend.weight, blend.network_scale, blend.rival_scale)
        if self._blend is not None and self._baseline is None:
            raise ModelError("the model is a blend with a rival that is not there", where="baseline.safetensors")

    @classmethod
    def load(cls, name_or_path: str | Path, *, parts: Collection[str] = tuple(PARTS)) -> Predictor:
        """Read a model by the name it has in the package, or from its folder.

        Args:
            name_or_path: See `find_model`.
            parts: See `read_model`; ``()`` reads nothing but what prediction needs.
        """
        return cls(read_model(find_model(name_or_path), parts=parts))

    @property
    def classes_(self) -> list[str | int]:
        """The classes, in the order of the probabilities."""
        return list(self.config.labels)

    def logits(self, texts: Iterable[str]) -> Logits:
        """Logits of texts, before temperature; of the blend, where the model is one with its rival.

        Args:
            texts: Any str each; the empty one gets the answer of a model that has read nothing.

        Returns:
            ``[n, outputs]`` float64.

        Raises:
            ParameterError: One str instead of several, or something that is no str; names its position.
        """
        given = _texts(texts)
        return self.blended(self.network_logits(given), given)

    def blended(self, network_logits: Logits, texts: Sequence[str]) -> Logits:
        """The model's logits, from those of its network and the texts: the same where the rival has no part in it."""
        logits: Logits = network_logits.copy()
        if self._blend is not None:
            for begin in range(0, len(texts), _RIVAL_TEXTS):
                rows = slice(begin, begin + _RIVAL_TEXTS)
                bag = self._baseline.logits(self.tokenizer.words_batch(texts[rows]))
                logits[rows] = self._blend.logits(network_logits[rows], bag)
        return logits

    def network_logits(self, texts: Iterable[str]) -> Logits:
        """Logits of the network alone; arguments as for `logits`."""
        batch = self.encode(texts)
        logits: Logits = np.zeros((len(batch), self.config.network.outputs))
        budget = self.network.encoder.token_budget
        for indices in ordered_batches(batch.lengths, token_budget=budget, max_texts=MAX_TEXTS):
            logits[indices] = self.network.logits(batch.select(indices))
        return logits

    def encode(self, texts: Iterable[str]) -> Ragged:
        """What the network reads of texts: their ids, cut and within the frame; arguments as for `logits`."""
        batch = self.tokenizer.encode_batch(_texts(texts))
        batch, _ = truncate(batch, self.config.text.max_tokens, self.config.text.truncation)
        return self.frame(batch)

    def predict_proba(self, texts: Iterable[str]) -> Probabilities:
        """Probabilities ``[n, K]`` float64, columns in the order of `classes_`; arguments as for `logits`."""
        return probabilities_from_logits(self.logits(texts), self.config.temperature)

    @overload
    def predict(self, texts: Iterable[str]) -> list[str | int]: ...

    @overload
    def predict(self, texts: Iterable[str], *, abstain: float | None) -> list[str | int | None]: ...

    def predict(self, texts: Iterable[str], *, abstain: float | None = None) -> Any:
        """The most probable class of each text; arguments as for `logits`.

        Args:
            texts: The texts.
            abstain: Give None, and no class, where the highest probability is below this (0 to 1).

        Raises:
            ParameterError: As for `logits`, or `abstain` is no probability.
        """
        if abstain is not None:
            check_share("abstain", abstain)
        probabilities = self.predict_proba(texts)
        answers: list[str | int | None] = [self.config.labels[index] for index in probabilities.argmax(axis=1)]
        if abstain is None:
            return answers
        answered = is_answered(probabilities, abstain)
        return [label if is_sure else None for label, is_sure in zip(answers, answered, strict=True)]

    def operating_point(self, risk: float) -> OperatingPoint:
        """The threshold for an error among the answered of at most `risk`; see `gatewise.runtime.abstaining`."""
        return operating_point(self.metrics, risk)

    @property
    def values(self) -> tuple[float, ...]:
        """The numbers that the classes of an ordinal model are, rising; none of any other model."""
        return label_values(self.config.labels) if self.config.network.ordinal else ()

    def predict_expected(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Mean of the label under the probabilities of each text, ``[n]`` float64; arguments as for `logits`.

        Raises:
            ModelError: The model is not ordinal, so that its classes have no order.
        """
        if not self.values:
            raise ModelError("the classes of this model have no order", hint="train one: --objective ordinal")
        return expected_values(self.predict_proba(texts), self.values)

    @property
    def blend(self) -> Blend | None:
        """How the rival takes part in the answer; None where it does not."""
        return self._blend

    @property
    def rival(self) -> NBSVM | None:
        """The bag-of-words rival; None where the model has none (or it was not read)."""
        rival: NBSVM | None = self._baseline
        return rival

    def baseline_proba(self, texts: Iterable[str]) -> Probabilities | None:
        """Probabilities ``[n, K]`` by the bag-of-words rival, or None where the model has none (or it was not read)."""
        rival = self._baseline
        if rival is None:
            return None
        probabilities: Probabilities = rival.predict_proba(self.tokenizer.words_batch(_texts(texts)))
        return probabilities

    @cached_property
    def _baseline(self) -> Any:
        if self._baseline_tensors is None:
            return None
        rival = NBSVM.from_tensors(self._baseline_tensors)
        if rival.classes != self.config.network.classes:
            raise ModelError(f"the rival knows {rival.classes} classes", where="baseline.safetensors")
        return rival

    def stream(self, text: str | Iterable[str]) -> Iterator[tuple[str, Probabilities]]:
        """Read a text word by word.

        Args:
            text: A text; or pieces of one as they come, each made of whole words, without end if you like.

        Yields:
            Each word as the model sees it, and the probabilities ``[K]`` of the text up to it. Where the model cuts
            texts, the words cut away are left out; in a blend they are there, because the rival reads them.

        Raises:
            ModelError: The model is not causal; or it reads the end of a long text, or pads texts in front, and is
                given pieces, so that it cannot know yet which words count. Raised at once, before the first word.
        """
        push = self._reader()
        words = self._whole(text) if isinstance(text, str) else self._pieces(text)
        return self._answers(push, words)

    def _reader(self) -> Callable[[str, int | None], Logits]:
        """What takes a word and its id (None where it is cut away) and gives the logits after it."""
        stream = Stream(self.network, before=self.frame.before, after=self.frame.after)
        if self._blend is None:
            return PlainStream(stream).push
        if self.tokenizer.kind != "words":
            raise ModelError(
                f"a blend with a tokenizer of kind {self.tokenizer.kind!r} cannot stream: its parts read other words"
            )
        return BlendedStream(stream, self._baseline, self._blend, self.network_logits([""])[0]).push

    def _answers(
        self, push: Callable[[str, int | None], Logits], words: Iterable[tuple[str, int | None]]
    ) -> Iterator[tuple[str, Probabilities]]:
        for word, id in words:
            if id is not None or self._blend is not None:
                yield word, probabilities_from_logits(push(word, id)[None], self.config.temperature)[0]

    def _whole(self, text: str) -> Iterator[tuple[str, int | None]]:
        encoding = self.tokenizer.encode(text)
        # Positions are cut like ids are, so that the words kept are known.
        positions = Ragged.from_lists([np.arange(len(encoding.ids), dtype=np.int32)])
        kept, _ = truncate(positions, self.config.text.max_tokens, self.config.text.truncation)
        ids: list[int | None] = [None] * len(encoding.ids)
        for place in kept.ids:
            ids[place] = int(encoding.ids[place])
        return zip(encoding.words, ids, strict=True)

    def _pieces(self, pieces: Iterable[str]) -> Iterator[tuple[str, int | None]]:
        cut = self.config.text
        if cut.truncation not in ("none", "head") or self.tokenizer.kind != "words":
            how = f"keeps the {cut.truncation} of a text" if cut.max_tokens else "brings every text to one length"
            raise ModelError(f"this model {how} and must know where it ends", hint="stream a whole text, one str")
        return self._limited(pieces, cut.max_tokens)

    def _limited(self, pieces: Iterable[str], most: int) -> Iterator[tuple[str, int | None]]:
        count = 0
        for piece in pieces:
            encoding = self.tokenizer.encode(piece)
            for word, id in zip(encoding.words, encoding.ids.tolist(), strict=True):
                if most and count == most and self._blend is None:
                    return
                yield word, None if most and count == most else id
                count += count < most


def _texts(texts: Iterable[str]) -> Sequence[str]:
    if isinstance(texts, str | bytes):
        raise ParameterError("wanted several texts, got one", hint="put it into a list: [text]")
    listed = list(texts)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            raise ParameterError(f"text number {position} is a {type(text).__name__}, wanted str")
    return listed
