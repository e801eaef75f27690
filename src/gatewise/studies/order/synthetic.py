"""The task on which only order can decide."""

from __future__ import annotations

import numpy as np

from gatewise.studies.order.negation import KINDS, Text, draw_pairs, vocabulary
from gatewise.studies.order.nets import BAG, LSTM, LSTM_LAST, MLP, NGRAMS, RNN, RNN_LAST
from gatewise.studies.order.tasks import Targets, Task, by_length
from gatewise.text.ragged import Ragged

EPOCHS = {BAG: 5, NGRAMS: 0, MLP: 5, RNN: 10, LSTM: 10, RNN_LAST: 10, LSTM_LAST: 10}
LENGTHS = (40, 80, 120)


def make_negation(pairs: int, seed: int) -> Task:
    """`pairs` pairs to train on and half as many to test on; no bag of words can be right in more than half of them."""
    random = np.random.default_rng((seed, 1))
    words = vocabulary()
    train, test = draw_pairs(pairs, random), draw_pairs(max(1, pairs // 2), random)
    (train_ids, train_targets), (test_ids, test_targets) = (_encoded(texts, words) for texts in (train, test))
    kinds = np.array([text.kind for text in test])
    parts = {kind: kinds == kind for kind in KINDS} | by_length(test_ids.lengths, LENGTHS)
    return Task(words, train_ids, train_targets, test_ids, test_targets, parts)


def _encoded(texts: list[Text], words: tuple[str, ...]) -> tuple[Ragged, Targets]:
    number = {word: id for id, word in enumerate(words)}
    ids = Ragged.from_lists([[number[word] for word in text.words] for text in texts])
    return ids, np.array([text.is_good for text in texts], dtype=np.int64)
