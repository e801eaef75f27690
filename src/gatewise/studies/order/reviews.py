"""IMDB reviews: small sets of some films, tested on reviews of others; and the packaged model on its own split."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.baseline.nbsvm import NBSVM
from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.data.split import split_groups
from gatewise.errors import DataError
from gatewise.metrics.scores import wilson_interval
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import read_model
from gatewise.store.locate import find_model
from gatewise.studies.order.nets import BAG, LSTM, LSTM_LAST, MLP, NGRAMS, RNN, RNN_LAST
from gatewise.studies.order.tasks import Targets, Task, by_length
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from gatewise.text.truncate import truncate

EPOCHS = {BAG: 5, NGRAMS: 0, MLP: 5, RNN: 6, LSTM: 4, RNN_LAST: 8, LSTM_LAST: 8}
MOST_TOKENS, _MOST_WORDS = 200, 10_000
LENGTHS = (120, 160, 199)
WHOLE_LENGTHS = (150, 200, 300, 500)
_POSITIVE = "pos"


def load_reviews() -> Examples | None:
    """IMDB's training split, or None where it has not been fetched."""
    try:
        return load_named("imdb:train")
    except DataError:
        return None


def make_reviews(examples: Examples, count: int, seed: int) -> Task:
    """`count` reviews to train on and as many of other films to test on, cut to 200 tokens; with its own vocabulary."""
    halves = split_groups(examples, 0.5, seed)
    random = np.random.default_rng((seed, 2))
    train, test = (examples.select(np.sort(random.permutation(half)[:count])) for half in halves)
    tokenizer = WordTokenizer.train(train.texts, max_words=_MOST_WORDS)
    train_ids, test_ids = (_cut(tokenizer.encode_batch(part.texts)) for part in (train, test))
    parts = by_length(test_ids.lengths, LENGTHS)
    return Task(tuple(tokenizer.vocabulary), train_ids, _targets(train), test_ids, _targets(test), parts)


def load_packaged() -> tuple[Predictor, NBSVM]:
    """The packaged LSTM, and the n-gram model that was fitted on the same rows and lies beside it."""
    stored = read_model(find_model("imdb"), parts=("baseline", "metrics"))
    assert stored.baseline is not None
    return Predictor(stored), NBSVM.from_tensors(stored.baseline)


def measure_packaged(examples: Examples, seed: int) -> dict[str, Any]:
    """The packaged LSTM and its n-gram rival on reviews that neither was trained on, whole, as they are and shuffled.

    They are the development split of its training: used to choose its epoch and temperature, not to fit it.
    """
    predictor, rival = load_packaged()
    recipe = predictor.metrics["recipe"]
    held = examples.select(split_groups(examples, recipe["dev_share"], recipe["seed"])[1])
    random = np.random.default_rng((seed, 3))
    words = predictor.tokenizer.words_batch(held.texts)
    orders = [random.permutation(len(own)) for own in words]
    mixed = [[own[place] for place in order] for own, order in zip(words, orders, strict=True)]
    ids = predictor.tokenizer.encode_batch(held.texts)
    mixed_ids = Ragged.from_lists([ids[row][order] for row, order in enumerate(orders)])
    answers = {
        "lstm": (_answers(predictor, ids), _answers(predictor, mixed_ids)),
        NGRAMS: (rival.logits(words) > 0, rival.logits(mixed) > 0),
    }
    lengths = by_length(ids.lengths, WHOLE_LENGTHS)
    wanted = _targets(held) == 1
    return {name: _scores(own, other, wanted, lengths) for name, (own, other) in answers.items()}


def _scores(
    answers: npt.NDArray[np.bool_],
    others: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.bool_],
    parts: dict[str, npt.NDArray[np.bool_]],
) -> dict[str, Any]:
    is_right = answers == wanted
    return {
        "reviews": len(wanted),
        "as_it_is": float(is_right.mean()),
        "interval": wilson_interval(int(is_right.sum()), len(wanted)),
        "shuffled": float((others == wanted).mean()),
        "same_answer": float((answers == others).mean()),
        "parts": {name: float(is_right[mask].mean()) for name, mask in parts.items()},
        "sizes": {name: int(mask.sum()) for name, mask in parts.items()},
    }


def _answers(predictor: Predictor, ids: Ragged) -> npt.NDArray[np.bool_]:
    rows = range(len(ids))
    logits = [predictor.network.logits(ids.select(rows[begin : begin + 500])) for begin in rows[::500]]
    return np.concatenate(logits)[:, 0] > 0


def _cut(ids: Ragged) -> Ragged:
    return truncate(ids, MOST_TOKENS, "head")[0]


def _targets(examples: Examples) -> Targets:
    return np.array([label == _POSITIVE for label in examples.labels], dtype=np.int64)
