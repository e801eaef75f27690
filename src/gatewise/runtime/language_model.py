"""What an encoder expects: the next word of a text and its probability, texts written word by word, perplexity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.reader import Reader
from gatewise.runtime.sampling import LogProbabilities, Sampling, generator
from gatewise.store.encoder import StoredEncoder, read_encoder
from gatewise.store.locate import find_encoder
from gatewise.text.batches import ordered_batches
from gatewise.text.joining import Joiner
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json

Direction = Literal["forward", "backward"]

# So that a batch of short texts is bounded too.
_MAX_TEXTS = 4_096
# e to more than this is beyond a float.
_MOST_NATS = 690.0
MOST_WORDS = 1_000_000


@dataclass(frozen=True)
class NextWords:
    """What may follow a text.

    Attributes:
        words: The likeliest words and their probabilities, likeliest first; ``<unk>`` is never among them.
        unknown: Probability that a word follows which is not in the vocabulary.
        not_known: Words of the text that are not in the vocabulary, in their order; read as ``<unk>``.
    """

    words: list[tuple[str, float]]
    unknown: float
    not_known: list[str]


@dataclass(frozen=True)
class WrittenWord:
    """A word of a generated text.

    Attributes:
        word: As in the vocabulary.
        text: The same with the blank before it, if one belongs there: all of them joined are the text.
        probability: The model's for it, as `LanguageModel.next_words` gives it, before `Sampling` changes it.
        unknown: The model's probability that a word stands here which is not in the vocabulary.
    """

    word: str
    text: str
    probability: float
    unknown: float


class LanguageModel:
    """A stored encoder, ready to say what it expects.

    Args:
        stored: What `read_encoder` gives.

    Raises:
        ModelError: Tokenizer and language models do not belong together, or the tokenizer is damaged.

    Notes:
        Immutable, so that threads may share it. A word costs O(L H (E + H) + E V). Numbers are float32, their sums over
        the vocabulary float64; two machines may differ in the last digits, and so in what a seed writes.

    Example:
        >>> from gatewise.store.encoder import EncoderConfig
        >>> config = EncoderConfig(3, embedding_size=2, hidden_size=2)
        >>> tensors = {name: np.zeros(shape, np.float32) for name, shape in config.tensor_shapes().items()}
        >>> tensors["forward.output.bias"][:] = np.log([1, 2, 1])
        >>> tokenizer = WordTokenizer(["<unk>", "sky", "sea"])
        >>> model = LanguageModel(StoredEncoder(config, tensors, tokenizer.to_json()))
        >>> [(word, round(probability, 4)) for word, probability in model.next_words("The sky", count=2).words]
        [('sky', 0.5), ('sea', 0.25)]
        >>> round(model.perplexity(["sky sky", "sea sky sky"]), 4)
        2.0
    """

    def __init__(self, stored: StoredEncoder) -> None:
        self.config, self.metrics = stored.config, stored.metrics
        tokenizer = tokenizer_from_json(stored.tokenizer)
        if not isinstance(tokenizer, WordTokenizer):
            raise ModelError(
                f"a tokenizer of kind {tokenizer.kind} cannot name the words it reads", where="tokenizer.json"
            )
        known, wanted = tokenizer.vocabulary_size, self.config.vocabulary_size
        if known != wanted:
            raise ModelError(f"the tokenizer has {known} words, the encoder {wanted}", where="tokenizer.json")
        self.tokenizer = tokenizer
        self._tensors = stored.tensors

    @classmethod
    def load(cls, name_or_path: str | Path | None = None) -> LanguageModel:
        """Read an encoder from its folder.

        Args:
            name_or_path: See `gatewise.store.locate.find_encoder`; the packaged one when not given.
        """
        return cls(read_encoder(find_encoder(name_or_path)))

    def reader(self, direction: Direction = "forward") -> Reader:
        """The language model that reads in a direction.

        Raises:
            ModelError: The encoder has none.
        """
        if direction not in self.config.readers:
            raise ModelError(
                f"this encoder has no {direction} reader: it reads {' and '.join(self.config.readers)}",
                hint=f"gatewise pretrain TEXT --out ENCODER --direction {direction}",
            )
        return self._forward if direction == "forward" else Reader(self.config, self._tensors, direction)

    @cached_property
    def _forward(self) -> Reader:
        return Reader(self.config, self._tensors, "forward")

    @cached_property
    def _vocabulary(self) -> list[str]:
        return self.tokenizer.vocabulary

    def next_words(self, text: str, *, count: int = 5) -> NextWords:
        """The likeliest words to follow a text.

        Args:
            text: At least one word.
            count: How many, at least 1; fewer if the vocabulary is smaller. Of equally likely ones the commoner first.

        Raises:
            ParameterError: A text without a word, or a count below 1.
            ModelError: The encoder only reads backwards.
        """
        if type(count) is not int or count < 1:
            raise ParameterError(f"count={count!r} is not a whole number from 1")
        beginning = self._begun(text)
        probabilities = np.exp(beginning.log_probabilities)
        unknown = float(probabilities[self.tokenizer.unknown_id])
        probabilities[self.tokenizer.unknown_id] = -1.0
        best = np.argsort(-probabilities, kind="stable")[: min(count, len(probabilities) - 1)]
        words = [(self._vocabulary[id], float(probabilities[id])) for id in best]
        return NextWords(words, unknown, beginning.not_known)

    def generate(
        self, prompt: str, *, words: int = 60, sampling: Sampling | None = None, seed: int = 0
    ) -> Iterator[WrittenWord]:
        """Go on with a text, word by word: what is given is checked at once, each word written when it is asked for.

        Args:
            prompt: How the text begins, at least one word.
            words: How many to write, 1 to 1,000,000.
            sampling: How they are drawn; `Sampling` as it is by default when not given.
            seed: The same seed writes the same text.

        Returns:
            The words; ``<unk>`` is never among them. They are lower-case, as the vocabulary is.

        Raises:
            ParameterError: A prompt without a word, a number of words or a seed out of range.
            ModelError: The encoder only reads backwards, or knows no word but ``<unk>``.
        """
        if type(words) is not int or not 1 <= words <= MOST_WORDS:
            raise ParameterError(f"words={words!r} is not a whole number from 1 to {MOST_WORDS}")
        if self.config.vocabulary_size == 1:
            raise ModelError("the encoder knows no word that it could write", where="tokenizer.json")
        random = generator(seed)
        return self._write(self._begun(prompt), words, sampling or Sampling(), random)

    def _write(
        self, beginning: _Beginning, words: int, sampling: Sampling, random: np.random.Generator
    ) -> Iterator[WrittenWord]:
        reader, states, log_probabilities = self._forward, beginning.states, beginning.log_probabilities
        joiner = Joiner()
        for word in beginning.words:
            joiner.push(word)
        for place in range(words):
            unknown = float(np.exp(log_probabilities[self.tokenizer.unknown_id]))
            log_probabilities[self.tokenizer.unknown_id] = -np.inf
            id = sampling.draw(log_probabilities, random)
            word = self._vocabulary[id]
            yield WrittenWord(word, joiner.push(word), float(np.exp(log_probabilities[id])), unknown)
            if place + 1 < words:
                log_probabilities = reader.log_probabilities(reader.push(states, id))[0]

    def _begun(self, text: str) -> _Beginning:
        """A text read by the forward reader."""
        reader = self.reader()
        encoding = self.tokenizer.encode(text)
        if not len(encoding.ids):
            raise ParameterError("there is no word in the text", hint="begin it with one word or more")
        states = reader.start()
        for id in encoding.ids.tolist():
            hidden = reader.push(states, id)
        unknown = encoding.ids == self.tokenizer.unknown_id
        not_known = [word for word, is_unknown in zip(encoding.words, unknown, strict=True) if is_unknown]
        return _Beginning(encoding.words, not_known, states, reader.log_probabilities(hidden)[0])

    def perplexity(self, texts: Sequence[str], *, direction: Direction = "forward") -> float:
        """e to the mean loss a word: among so many equally likely words the model is as unsure.

        Args:
            texts: Each read from its beginning, or by the backward reader from its end; the first word read is given
                and not told. A word outside the vocabulary counts as ``<unk>``.
            direction: Which reader.

        Returns:
            At least 1. One value for all words of all texts.

        Raises:
            ParameterError: One str instead of several, or no text of two words or more.
            ModelError: There is no such reader.
        """
        reader = self.reader(direction)
        batch = self.tokenizer.encode_batch(_several(texts))
        told = batch.lengths >= 2
        batch = batch.select(np.flatnonzero(told))
        if not len(batch):
            raise ParameterError("no text has two words, so that there is a word to tell")
        total = 0.0
        for indices in ordered_batches(batch.lengths, token_budget=reader.token_budget, max_texts=_MAX_TEXTS):
            total -= reader.log_likelihood(batch.select(indices))
        return math.exp(min(total / int((batch.lengths - 1).sum()), _MOST_NATS))


@dataclass(frozen=True)
class _Beginning:
    words: list[str]
    not_known: list[str]
    states: object
    log_probabilities: LogProbabilities


def _several(texts: Iterable[str]) -> Sequence[str]:
    if isinstance(texts, str | bytes):
        raise ParameterError("wanted several texts, got one", hint="put it into a list: [text]")
    return list(texts)
