"""The score after every word, and what each word changed: exact, for a network that reads forwards only."""

from __future__ import annotations

import numpy as np

from gatewise.baseline.running import RunningRival
from gatewise.explain.explanation import Floats
from gatewise.explain.reading import NO_WORD, Reading
from gatewise.explain.scoring import Scorer
from gatewise.runtime.predictor import Predictor
from gatewise.runtime.stream import Stream
from gatewise.text.ragged import Ragged


def running_scores(predictor: Predictor, reading: Reading, scorer: Scorer) -> Floats:
    """Log odds before the first word and after each word, in one pass.

    They are those of `Predictor.stream`: the score after t words is that of the text made of these t words, within the
    frame. The words of a frame that come after the text are read anew after each word. Of a word that the network does
    not read, because the text is cut, only the rival's part is there.

    Args:
        predictor: A causal model.
        reading: The text.
        scorer: The class.

    Returns:
        ``[T + 1]`` float64; the last one is the score of the text.

    Raises:
        ModelError: The model is not causal.

    Notes:
        O(T), memory O(T).
    """
    begin, end = reading.span
    stream = Stream(predictor.network, before=reading.read[:begin], after=reading.read[end:])
    network = predictor.network.logits(_unread(reading))
    rival = None if scorer.rival is None else RunningRival(scorer.rival)
    answers, bags = [network[0]], [] if scorer.rival is None else [scorer.rival.bias.astype(np.float64)]
    ids = dict(zip(reading.read_places.tolist(), reading.read.tolist(), strict=True))
    for place, word in enumerate(reading.words.words):
        answers.append(stream.push(ids[place]) if place in ids else answers[-1])
        if rival is not None:
            bags.append(rival.push(word).copy())
    return scorer.scores(np.stack(answers), np.stack(bags) if bags else None)


def _unread(reading: Reading) -> Ragged:
    """What the network reads of a text without words."""
    return Ragged.from_lists([reading.read[reading.read_places == NO_WORD]])
