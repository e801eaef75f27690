"""Parts of an evaluation: slices, calibration, confusion, training rows, truncation, worst errors, training facts."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.evaluate.comparison import accuracy_score
from gatewise.metrics import scores
from gatewise.metrics.calibration import expected_calibration_error, probabilities_from_logits, reliability_bins
from gatewise.metrics.slices import length_slices, negation_slices, star_slices
from gatewise.store.folder import StoredModel
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.text.truncate import truncate

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HISTOGRAM_BINS = 20
SHOWN_CHARACTERS = 280
_ENDS = 20
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
HISTORY_ENTRIES = ("epoch", "step", "train_loss", "dev_loss", "dev_accuracy", "seconds", "tokens_per_second")


def truncation(stored: StoredModel, texts: Sequence[str]) -> tuple[Ragged, dict[str, Any]]:
    """The texts as token ids before any cut, and what the model's limit cuts away."""
    encoded = tokenizer_from_json(stored.tokenizer).encode_batch(texts)
    _, cut = truncate(encoded, stored.config.text.max_tokens, stored.config.text.truncation)
    return encoded, {
        "texts_cut": cut.texts_cut,
        "texts": cut.texts,
        "tokens_cut": cut.tokens_cut,
        "tokens": cut.tokens,
        "max_tokens": stored.config.text.max_tokens,
        "kept": stored.config.text.truncation,
    }


def calibration(truth: Labels, logits: Floats, temperature: float) -> dict[str, Any]:
    """Calibration of the answers at temperature 1 (``before``) and at the model's own (``after``)."""
    both = {"before": 1.0, "after": temperature}
    return {"temperature": temperature, **{name: _calibrated(truth, logits, value) for name, value in both.items()}}


def _calibrated(truth: Labels, logits: Floats, temperature: float) -> dict[str, Any]:
    probabilities = probabilities_from_logits(logits, temperature)
    return {
        "ece": expected_calibration_error(truth, probabilities),
        "log_loss": scores.log_loss(truth, probabilities),
        "brier": scores.brier(truth, probabilities),
        "bins": reliability_bins(truth, probabilities),
    }


def confusion_table(truth: Labels, model: Floats) -> list[list[int]]:
    """Counts ``[true class][predicted class]``."""
    table: list[list[int]] = scores.confusion(truth, model.argmax(axis=1), model.shape[1]).tolist()
    return table


def slices(examples: Examples, encoded: Ragged, right: Mask, rival_right: Mask | None) -> list[dict[str, Any]]:
    """Accuracy on parts of the examples: by length, by negation, by stars where there are any; empty parts left out."""
    kinds: dict[str, Mapping[str, Mask]] = {
        "length": length_slices(encoded.lengths),
        "negation": negation_slices(examples.texts),
        "stars": {} if examples.stars is None else star_slices(examples.stars),
    }
    return [
        {"kind": kind, "name": name, "n": int(mask.sum()), **_masked(right, rival_right, mask)}
        for kind, masks in kinds.items()
        for name, mask in masks.items()
        if mask.any()
    ]


def _masked(right: Mask, rival_right: Mask | None, mask: Mask) -> dict[str, Any]:
    return accuracy_score(right[mask], None if rival_right is None else rival_right[mask])


def training_overlap(
    stored: StoredModel, texts: Sequence[str], right: Mask, rival_right: Mask | None
) -> dict[str, Any] | None:
    """How many examples were rows of the training data, and the accuracy on the others; None when that is unknown.

    ``unseen`` is None when no example is left.
    """
    if stored.training_rows is None:
        return None
    unseen = ~np.isin(text_keys(texts), stored.training_rows)
    rest = _masked(right, rival_right, unseen) if unseen.any() else None
    return {"n": int((~unseen).sum()), "unseen": rest, "unseen_n": int(unseen.sum())}


def histogram(truth: Labels, model: Floats) -> dict[str, Any]:
    """Counts of equal bins of a probability from 0 to 1, for each true class.

    With two classes it is the probability of the second; with more, that of the true class.
    """
    classes = model.shape[1]
    shown = model[:, 1] if classes == 2 else model[np.arange(len(truth)), truth]
    edges = np.linspace(0.0, 1.0, HISTOGRAM_BINS + 1)
    counts = [np.histogram(shown[truth == index], bins=edges)[0].tolist() for index in range(classes)]
    return {"of": "second class" if classes == 2 else "true class", "edges": edges.tolist(), "counts": counts}


def worst_errors(
    examples: Examples,
    truth: Labels,
    model: Floats,
    rival: Floats | None,
    classes: Sequence[str | int],
    count: int,
) -> list[dict[str, Any]]:
    """The wrong answers that give the true class the least probability, the worst first."""
    wrong = np.flatnonzero(model.argmax(axis=1) != truth)
    order = wrong[np.argsort(model[wrong, truth[wrong]], kind="stable")][:count]
    return [_error(int(row), examples, truth, model, rival, classes) for row in order]


def _error(
    row: int,
    examples: Examples,
    truth: Labels,
    model: Floats,
    rival: Floats | None,
    classes: Sequence[str | int],
) -> dict[str, Any]:
    predicted = int(model[row].argmax())
    return {
        "row": row,
        "id": None if examples.ids is None else examples.ids[row],
        "text": shorten(examples.texts[row], SHOWN_CHARACTERS),
        "label": classes[truth[row]],
        "predicted": classes[predicted],
        "probability": float(model[row, predicted]),
        "rival_predicted": None if rival is None else classes[int(rival[row].argmax())],
    }


def shorten(text: str, most: int) -> str:
    """A text of at most `most` characters on one line: its beginning and its end where it is longer.

    White space becomes single blanks. Control characters, characters that turn the direction of writing, and lone
    surrogates become U+FFFD: a text of a stranger may not command the terminal it is shown on.

    Example:
        >>> shorten("one  two\\nthree", 40), shorten("abcdefghijklmnopqrstuvwxyz", 11)
        ('one two three', 'abcde … xyz')
    """
    if len(text) > _ENDS * most:  # What lies between the ends of a long text is never looked at.
        text = text[: _ENDS // 2 * most] + text[-_ENDS // 2 * most :]
    line = " ".join("".join(map(_printable, text)).split())
    if len(line) <= most:
        return line
    tail = most // 3
    return f"{line[: most - tail - 3].rstrip()} … {line[len(line) - tail :].lstrip()}"


def _printable(character: str) -> str:
    """White space as a blank; U+FFFD for what could take over a terminal or cannot be written."""
    if character.isspace():
        return " "
    kind = unicodedata.category(character)
    return "\N{REPLACEMENT CHARACTER}" if kind in ("Cc", "Cs") or character in _TURNS else character


def model_facts(stored: StoredModel) -> dict[str, Any]:
    """What the model is: its network, its size, the limit on its texts."""
    network = stored.config.network
    return {
        "network": network.network,
        "bidirectional": network.bidirectional,
        "embedding_size": network.embedding_size,
        "hidden_size": network.hidden_size,
        "layers": network.layers,
        "pooling": network.pooling,
        "vocabulary_size": network.vocabulary_size,
        "parameters": sum(int(tensor.size) for tensor in stored.tensors.values()),
    }


def training_facts(stored: StoredModel) -> dict[str, Any]:
    """What metrics.json tells of the training: seed, source, development accuracy of model and rival, history.

    What it does not tell is None, or an empty history. Entries that are no finite number become None.
    """
    metrics = stored.metrics
    development, training = _mapping(metrics.get("development")), _mapping(metrics.get("training"))
    history = metrics.get("history")
    return {
        "seed": _number(metrics.get("seed")),
        "source": training.get("source") if isinstance(training.get("source"), str) else None,
        "examples": _number(training.get("examples")),
        "seconds": _number(training.get("seconds")),
        "best_epoch": _number(training.get("best_epoch")),
        "development_examples": _number(development.get("examples")),
        "development_accuracy": _number(development.get("accuracy")),
        "development_rival_accuracy": _number(development.get("baseline_accuracy")),
        "history": [
            {name: _number(epoch.get(name)) for name in HISTORY_ENTRIES}
            for epoch in (history if isinstance(history, list) else [])
            if isinstance(epoch, dict)
        ],
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None
