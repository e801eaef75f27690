"""What a text's score is without some of its words, read anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gatewise.explain.explanation import Floats
from gatewise.explain.reading import NO_WORD, Reading, what_is_read
from gatewise.explain.scoring import Scorer
from gatewise.runtime.predictor import MAX_TEXTS, Predictor
from gatewise.text.ragged import Ragged

Mask = npt.NDArray[np.bool_]


def occlusion(predictor: Predictor, reading: Reading, scorer: Scorer, score: float) -> Floats:
    """How much the score falls when each word is left out and the rest is read anew: ``[T]`` float64.

    The parts need not add up to the score: two words of which either is enough both get little.

    Args:
        predictor: The model.
        reading: The text.
        scorer: The class.
        score: Of the whole text.

    Notes:
        O(T^2): T texts of T - 1 words are read. Memory is that of one batch of the network, or of one such text.

    Reference:
        Li, Monroe and Jurafsky 2016, "Understanding Neural Networks through Representation Erasure", arXiv 1612.08220;
        with log odds and without dividing by the score.
    """
    return score - scores_without(predictor, reading, scorer, np.eye(len(reading.words), dtype=np.bool_))


def scores_without(predictor: Predictor, reading: Reading, scorer: Scorer, masks: Mask) -> Floats:
    """Log odds of a text without some of its words: those left are cut, framed and read anew, by the rival too.

    Args:
        predictor: The model.
        reading: The text.
        scorer: The class.
        masks: ``[n, T]``, True for each word that is left out.

    Returns:
        ``[n]`` float64.
    """
    if not len(masks):
        return np.zeros(0)
    parts = []
    for rows in _blocks(len(masks), len(reading.read), predictor.network.encoder.token_budget):
        batch = Ragged.from_lists([_left(predictor, reading, mask) for mask in masks[rows]])
        parts.append(scorer.scores(predictor.network.logits(batch), _rival(reading, scorer, masks[rows])))
    return np.concatenate(parts)


def _blocks(count: int, length: int, budget: int) -> Iterator[slice]:
    size = min(MAX_TEXTS, max(1, budget // max(1, length)))
    return (slice(begin, begin + size) for begin in range(0, count, size))


def _left(predictor: Predictor, reading: Reading, mask: Mask) -> npt.NDArray[np.int32]:
    stays = (reading.places == NO_WORD) | ~np.append(mask, False)[reading.places]
    return what_is_read(predictor, reading.tokens[stays], reading.places[stays])[0]


def _rival(reading: Reading, scorer: Scorer, masks: Mask) -> Floats | None:
    if scorer.rival is None:
        return None
    words = reading.words.words
    bags = scorer.rival.logits([[words[place] for place in np.flatnonzero(~mask)] for mask in masks])
    return bags.reshape(len(masks), -1)
