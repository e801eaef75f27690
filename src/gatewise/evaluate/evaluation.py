"""A model on labelled examples: everything there is to say about it, as plain JSON values.

A score is a dict of ``value``, ``rival``, ``difference`` and ``difference_interval``. The entries of a result:

- ``name``, ``source``, ``n``, ``classes``, ``has_rival``, ``model`` (shape and size)
- ``blend``: None, or of a blend with the rival the ``weight`` of the rival, and ``accuracy``: a score whose
  ``rival`` is the network alone
- ``accuracy``: a score with ``interval`` and ``rival_interval`` (Wilson, 95 %)
- ``scores``: ``macro_f1``, ``roc_auc``, ``log_loss``, ``brier``, ``ece``
- ``per_class``: ``classes`` and ``macro``, see `gatewise.evaluate.measures.by_class`
- ``calibration``: ``temperature``; ``before`` (at 1) and ``after``: ``ece``, ``log_loss``, ``brier``, ``bins``
- ``confusion``: counts ``[true][predicted]``
- ``selective``: what abstaining from the least sure answers does, see `gatewise.evaluate.selective`
- ``correlations``: for two classes, scores ``pearson_label``, ``spearman_label``, ``deviation_mean``,
  ``deviation_sd`` and, with stars, ``pearson_stars``, ``spearman_stars``; the score is the probability of the
  second class and the deviation is abs(score - label)
- ``order``: for an ordinal model, scores of the expected value against the label: ``mean_absolute_error`` in units of
  the label, ``pearson_label``, ``spearman_label``, and ``deviation_mean``, ``deviation_sd`` on a scale of 0 to 1
- ``published_subset``: for imdb:test, the fixed documents' ``scores``, ``published`` ones, ``note``
- ``slices``: accuracy by length, negation and stars
- ``groups``: with `by`, see `gatewise.evaluate.groups.judge_groups`; ``pairs``: with `pairs`, see `judge_pairs` there
- ``training_overlap``: ``n`` examples that were training rows, accuracy on the ``unseen`` ones
- ``truncation``, ``histogram``, ``worst``, ``training`` (what the model's record tells, with ``history``)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.errors import DataError
from gatewise.evaluate import parts
from gatewise.evaluate.comparison import RESAMPLES, accuracy_score, compare
from gatewise.evaluate.facts import model_facts, training_facts
from gatewise.evaluate.groups import group_masks, judge_groups, judge_pairs, pair_rows
from gatewise.evaluate.measures import by_class, class_means, correlations, probability_scores
from gatewise.evaluate.order import order_measure, order_on_subset
from gatewise.evaluate.selective import selective
from gatewise.evaluate.subset import PUBLISHED, PUBLISHED_NOTE, published_subset
from gatewise.evaluate.words import Splitting, read_words, truncation
from gatewise.evaluate.worst import shorten, worst_errors
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.store.config import ModelConfig
from gatewise.store.order import label_values

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

MOST_CLASSES_RESAMPLED = 20
_SHOWN_UNKNOWN = 10


class Judged(Protocol):
    """What of a predictor is needed to judge it; `gatewise.runtime.predictor.Predictor` is one."""

    @property
    def config(self) -> ModelConfig:
        """Shape, classes, temperature, limit on the texts."""

    @property
    def tokenizer(self) -> Splitting:
        """Gives the words of texts."""

    @property
    def metrics(self) -> dict[str, Any]:
        """Content of metrics.json; may be empty."""

    @property
    def training_rows(self) -> npt.NDArray[np.uint64] | None:
        """``[n]`` hashes of the training texts, or None."""

    def logits(self, texts: Sequence[str]) -> Floats:
        """``[n, outputs]`` float64, before the temperature."""

    def network_logits(self, texts: Sequence[str]) -> Floats:
        """The same of the network alone, asked for where the model is a blend."""

    def blended(self, network_logits: Floats, texts: Sequence[str]) -> Floats:
        """`logits`, from `network_logits`."""

    def baseline_proba(self, texts: Sequence[str]) -> Floats | None:
        """``[n, K]`` float64 of the bag-of-words rival, or None when the model has none."""


def evaluate(
    predictor: Judged,
    examples: Examples,
    *,
    name: str,
    worst: int = 10,
    abstain: float | None = None,
    by: str | None = None,
    pairs: str | None = None,
) -> dict[str, Any]:
    """Judge a model on labelled examples, beside the bag-of-words rival that was trained on the same rows.

    Args:
        predictor: The model.
        examples: What to judge it on; every label must be one of the model's classes. Labels that are spelled like a
            class count as it, so that the class ``"1"`` meets the label 1 of a file of numbers.
        name: What the data is called in reports. ``imdb:test`` adds the figures of the fixed 4,500 documents.
        worst: How many of the most wrong answers to list.
        abstain: Also tell what abstaining below this highest probability does.
        by: One of `examples.columns`, whose parts are also judged apart.
        pairs: One of `examples.columns`, which names pairs of examples.

    Returns:
        Plain JSON values without NaN, None where something is undefined or unknown. The head of this
        module lists the entries.
        `gatewise.evaluate.terminal.show` and `gatewise.evaluate.html.html_report` draw it.

    Raises:
        DataError: There is no example, labels that the model does not know (named, with counts), a column that is
            none, or that groups nothing.
        ParameterError: `abstain` is no probability.

    Notes:
        Deterministic: the resampling behind the intervals has a fixed seed.
    """
    if examples.texts and not examples.labels:
        raise DataError(f"{name} has no labels to judge by")
    config = predictor.config
    truth = label_indices(examples.labels, config.labels)
    parted = None if by is None else group_masks(examples, by)
    paired = None if pairs is None else pair_rows(examples, pairs)
    alone = predictor.network_logits(examples.texts) if config.blend is not None else None
    logits = predictor.logits(examples.texts) if alone is None else predictor.blended(alone, examples.texts)
    model = probabilities_from_logits(logits, config.temperature)
    rival = predictor.baseline_proba(examples.texts)
    right = model.argmax(axis=1) == truth
    rival_right = None if rival is None else rival.argmax(axis=1) == truth
    values = label_values(config.labels) if config.network.ordinal else ()
    words = read_words(predictor.tokenizer, config.text, examples.texts)
    # Scores that loop over the classes are too slow to draw again for very many of them.
    class_draws = RESAMPLES if model.shape[1] <= MOST_CLASSES_RESAMPLED else 0
    return {
        "name": name,
        "source": examples.source,
        "n": len(examples),
        "classes": list(config.labels),
        "model": model_facts(config.network),
        "has_rival": rival is not None,
        "blend": _blend(config, truth, alone, right),
        "accuracy": accuracy_score(right, rival_right),
        "scores": compare(class_means(truth), model, rival, resamples=class_draws)
        | compare(probability_scores(truth), model, rival),
        "per_class": by_class(truth, model, rival, config.labels),
        "calibration": parts.calibration(truth, logits, config.temperature),
        "selective": selective(truth, model, rival, abstain),
        "confusion": parts.confusion_table(truth, model),
        "correlations": _correlations(truth, model, rival, examples.stars),
        "order": compare(order_measure(truth, values), model, rival) if values else None,
        "published_subset": _published(name, examples, truth, model, rival, values),
        "slices": parts.slices(examples, words, right, rival_right),
        "groups": None if parted is None else judge_groups(parted, right, rival_right),
        "pairs": None if paired is None else judge_pairs(paired, right, rival_right),
        "training_overlap": parts.training_overlap(predictor.training_rows, examples.texts, right, rival_right),
        "histogram": parts.histogram(truth, model),
        "truncation": truncation(words),
        "worst": worst_errors(examples, truth, model, rival, classes=config.labels, count=worst),
        "training": training_facts(predictor.metrics),
    }


def label_indices(labels: Sequence[str | int], classes: Sequence[str | int]) -> Labels:
    """Place of each label among the classes of a model, ``[n]`` int64.

    Raises:
        DataError: No label at all, or labels that are none of the classes.

    Example:
        >>> label_indices(["pos", "neg"], ["neg", "pos"]).tolist(), label_indices([2, 1], ["1", "2"]).tolist()
        ([1, 0], [1, 0])
    """
    if not labels:
        raise DataError("there is no example to evaluate on")
    places: dict[str | int, int] = {}
    for place, label in enumerate(classes):
        places.setdefault(str(label), place)
    # The exact class goes before one that is only spelled alike.
    places.update({label: place for place, label in enumerate(classes)})
    found = [places.get(label, places.get(str(label), -1)) for label in labels]
    unknown = Counter(str(label) for label, place in zip(labels, found, strict=True) if place < 0)
    if unknown:
        raise DataError(_unknown_labels(unknown, len(labels), classes), hint="give the labels the names of the classes")
    return np.array(found, dtype=np.int64)


def _unknown_labels(unknown: Counter[str], count: int, classes: Sequence[str | int]) -> str:
    named = ", ".join(f"{shorten(label, 40)!r} ({times:,}×)" for label, times in unknown.most_common(_SHOWN_UNKNOWN))
    more = f" and {len(unknown) - _SHOWN_UNKNOWN:,} more" if len(unknown) > _SHOWN_UNKNOWN else ""
    known = ", ".join(repr(label) for label in classes[:_SHOWN_UNKNOWN]) + (
        " ..." if len(classes) > _SHOWN_UNKNOWN else ""
    )
    total = sum(unknown.values())
    return (
        f"{total:,} of {count:,} examples have labels the model does not know: {named}{more}; its classes are {known}"
    )


def _correlations(truth: Labels, model: Floats, rival: Floats | None, stars: Floats | None) -> dict[str, Any] | None:
    if model.shape[1] != 2:
        return None
    return compare(correlations(truth, stars), model, rival)


def _blend(config: ModelConfig, truth: Labels, alone: Floats | None, right: parts.Mask) -> dict[str, Any] | None:
    return None if config.blend is None or alone is None else parts.blend(config.blend.weight, truth, alone, right)


def _published(
    name: str, examples: Examples, truth: Labels, model: Floats, rival: Floats | None, values: Sequence[float]
) -> dict[str, Any] | None:
    """The correlations on the fixed 4,500 documents, beside the published figures; for the IMDB test split only."""
    if name == "imdb:test" and examples.ids is not None and values:
        return order_on_subset(examples.ids, truth, model, rival, values)
    if name != "imdb:test" or examples.ids is None or model.shape[1] != 2:
        return None
    rows = published_subset(examples.ids)
    stars = None if examples.stars is None else examples.stars[rows]
    ours = _correlations(truth[rows], model[rows], None if rival is None else rival[rows], stars)
    return {"n": len(rows), "scores": ours, "published": dict(PUBLISHED), "note": PUBLISHED_NOTE}
