"""Contextual decomposition: what a phrase says by itself in an LSTM, and what its words say together only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.explain.explanation import Floats, Words
from gatewise.explain.labels import class_of
from gatewise.explain.lstm_parts import Parts, read_layers
from gatewise.explain.margin import Margin, check_lstm, single_networks
from gatewise.explain.reading import Reading
from gatewise.runtime.build import Tensors
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig

Mask = npt.NDArray[np.bool_]

MOST_WORDS = 50  # A phrase of n words takes 1 + n passes over the text.
# Numbers of one array of parts ``[P, S, 4H]`` that is made at a time: 64 MB.
_MOST_NUMBERS = 8 << 20


@dataclass(frozen=True, eq=False)
class PhraseDecomposition:
    """The network's margin of one class, divided between a phrase and all else.

    Attributes:
        words: The text and its words.
        positions: ``[n]`` int64, the words of the phrase.
        label: The class; of an ordinal model the highest one.
        phrase: What the phrase brings by itself, in the network's own logits before blend and temperature; see
            `gatewise.explain.margin.Margin`.
        alone: ``[n]``, what each of its words brings as a phrase of one word.
        rest: What everything else brings, and what the phrase and the rest bring together.
        bias: Of the head.
    """

    words: Words
    positions: npt.NDArray[np.int64]
    label: str | int
    phrase: float
    alone: Floats
    rest: float
    bias: float

    @property
    def interaction(self) -> float:
        """What the words of the phrase bring together only: `phrase` less the sum of `alone`."""
        return self.phrase - float(self.alone.sum())

    @property
    def margin(self) -> float:
        """The network's margin of the class: ``phrase + rest + bias``."""
        return self.phrase + self.rest + self.bias

    def as_json(self) -> dict[str, Any]:
        """All of it as what JSON can hold."""
        named = [self.words.words[place] for place in self.positions.tolist()]
        return {
            "label": self.label,
            "positions": self.positions.tolist(),
            "words": [{"word": word, "alone": float(part)} for word, part in zip(named, self.alone, strict=True)],
            "phrase": self.phrase,
            "interaction": self.interaction,
            "rest": self.rest,
            "bias": self.bias,
            "margin": self.margin,
        }


def decompose(
    predictor: Predictor, text: str, phrase: str | Sequence[int], *, label: str | int | None = None
) -> PhraseDecomposition:
    r"""Divide the states of an LSTM into what comes from a phrase and what does not, and so the margin of a class.

    Every hidden state is :math:`h_t = \beta_t + \gamma_t` and every cell :math:`c_t = \beta^c_t + \gamma^c_t`, where
    the first part comes from the words of the phrase alone. A gate is written as a sum, :math:`\sigma(r + q + b) =
    \hat r + \hat q + \sigma(b)` with r what the phrase and q what all else brings to its inside, and :math:`\hat r` the
    mean of what r changes when it is added before and after q, the bias always being first. Products of such sums are
    multiplied out: to the phrase belong products of parts of the phrase with each other and with biases, and of the
    update of the cell the product of two biases where the word is the phrase's. The output gate is not divided.

    A pooled maximum is divided as the row that has it; the mean and the last state are sums. Layers above the first
    read the divided states of the one below.

    Args:
        predictor: A model whose network is an LSTM.
        text: Any str.
        phrase: Words as they stand in the text, found at their first place; or numbers of words, counted from 0, which
            need not be neighbours. At most 50 words.
        label: The class; that of highest probability when not given.

    Raises:
        ParameterError: The phrase is not in the text, is empty or too long, or holds words that are cut away; or there
            is no such class.
        ModelError: The network is no LSTM.

    Notes:
        O(n T) for a phrase of n words, in float64. The answer is about the network: of a blend, the rival's part is not
        there. Deterministic.

    Reference:
        Murdoch, Liu and Yu 2018, "Beyond Word Importance: Contextual Decomposition to Extract Interactions from LSTMs",
        arXiv 1801.05453, section 3.2; what a word and the state before it bring is taken together, as in the code of
        the authors.

    Example:
        >>> from gatewise.runtime.predictor import Predictor
        >>> found = decompose(Predictor.load("imdb"), "This film is not good.", "not good", label="neg")
        >>> found.phrase > 0, found.interaction > 0
        (True, True)
    """
    check_lstm(predictor.network, "phrases can be taken out of the rest")
    reading = Reading.of(predictor, text)
    positions = _positions(predictor, reading, phrase)
    index = class_of(predictor, text, label)
    masks = np.vstack([np.isin(reading.read_places, positions), reading.read_places == positions[:, None]])
    found = [_margins(config, tensors, reading, masks, index) for config, tensors in single_networks(predictor.network)]
    inside, outside, bias = (np.mean(parts, axis=0) for parts in zip(*found, strict=True))
    shown = -1 if predictor.config.network.ordinal else index
    return PhraseDecomposition(
        words=reading.words,
        positions=positions,
        label=predictor.config.labels[shown],
        phrase=float(inside[0]),
        alone=inside[1:],
        rest=float(outside[0]),
        bias=float(bias),
    )


def _margins(
    config: NetworkConfig, tensors: Tensors, reading: Reading, masks: Mask, index: int
) -> tuple[Floats, Floats, float]:
    """Margins of one network by the words of each mask, and by all else, ``[P]``; and the head's bias."""
    step = -1 if config.reads == "backward" else 1
    rows = tensors["embedding.weight"][reading.read[::step]].astype(np.float64)
    margin, inside, outside = Margin.of(config, tensors, index), [], []
    for block in _blocks(len(masks), len(rows), config.hidden_size):
        own = masks[block, ::step]
        given = Parts(rows * own[:, :, None], rows * ~own[:, :, None])
        hidden = read_layers(config, tensors, given, own)
        features = _features(config, hidden)
        inside.append(features.inside @ margin.weight)
        outside.append(features.outside @ margin.weight)
    return np.concatenate(inside), np.concatenate(outside), margin.bias


def _blocks(count: int, length: int, width: int) -> Iterator[slice]:
    size = max(1, _MOST_NUMBERS // (4 * width * length))
    return (slice(begin, begin + size) for begin in range(0, count, size))


def _features(config: NetworkConfig, hidden: Parts) -> Parts:
    """The pooled features ``[P, features]`` of divided hidden states ``[P, S, F]``."""
    parts = [_pooled(part, config, hidden) for part in config.pooling.split("+")]
    return Parts(
        np.concatenate([part.inside for part in parts], axis=1),
        np.concatenate([part.outside for part in parts], axis=1),
    )


def _pooled(part: str, config: NetworkConfig, hidden: Parts) -> Parts:
    if part == "mean":
        return Parts(hidden.inside.mean(axis=1), hidden.outside.mean(axis=1))
    S, F = hidden.inside.shape[1:]
    # Every mask divides the same states, so that the rows are those of the first one.
    rows = np.where(np.arange(F) < config.hidden_size, S - 1, 0) if part == "last" else hidden.whole[0].argmax(axis=0)
    return Parts(hidden.inside[:, rows, np.arange(F)], hidden.outside[:, rows, np.arange(F)])


def _positions(predictor: Predictor, reading: Reading, phrase: str | Sequence[int]) -> npt.NDArray[np.int64]:
    words = reading.words
    positions = _found(predictor, words, phrase) if isinstance(phrase, str) else _numbered(words, phrase)
    if not len(positions):
        raise ParameterError("the phrase has no words", hint="give words that stand in the text")
    if len(positions) > MOST_WORDS:
        raise ParameterError(f"the phrase has {len(positions)} words, at most {MOST_WORDS} are possible")
    if not words.is_read[positions].all():
        gone = words.words[positions[~words.is_read[positions]][0]]
        raise ParameterError(f"the network does not read all of the phrase: {gone!r} is cut away")
    return positions


def _found(predictor: Predictor, words: Words, phrase: str) -> npt.NDArray[np.int64]:
    wanted = predictor.tokenizer.words(phrase)
    for begin in range(len(words) - len(wanted) + 1):
        if words.words[begin : begin + len(wanted)] == wanted:
            return np.arange(begin, begin + len(wanted))
    raise ParameterError(f"the phrase {phrase!r} is not in the text", hint="give whole words, as they stand there")


def _numbered(words: Words, phrase: Sequence[int]) -> npt.NDArray[np.int64]:
    wrong = [place for place in phrase if type(place) is not int or not 0 <= place < len(words)]
    if wrong:
        raise ParameterError(f"word number {wrong[0]!r} is not from 0 to {len(words) - 1}")
    return np.array(sorted(set(phrase)), np.int64)
