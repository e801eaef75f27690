"""Texts to train and to test on, as they are and with their words shuffled; accuracy by seed, kind and length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.studies.order.nets import Kind, Rival, train
from gatewise.text.ragged import Ragged

Targets = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Task:
    """Two sets of labelled texts.

    Attributes:
        vocabulary: The words by id.
        train, test: Token ids.
        train_targets, test_targets: ``[B]`` 0 or 1.
        parts: Masks of test texts to score by themselves, by name.
    """

    vocabulary: tuple[str, ...]
    train: Ragged
    train_targets: Targets
    test: Ragged
    test_targets: Targets
    parts: Mapping[str, Mask]


def shuffled(texts: Ragged, seed: int) -> Ragged:
    """The same texts, the words of each in random order.

    Example:
        >>> texts = Ragged.from_lists([[1, 2, 3, 4], [5, 6]])
        >>> [sorted(text) for text in (shuffled(texts, 0)[0].tolist(), shuffled(texts, 0)[1].tolist())]
        [[1, 2, 3, 4], [5, 6]]
    """
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.permutation(texts[row]) for row in range(len(texts))])


def by_length(lengths: npt.NDArray[np.int64], edges: tuple[int, ...]) -> dict[str, Mask]:
    """Masks of the texts of up to the first edge, above it up to the second, ..., and above the last.

    Example:
        >>> list(by_length(np.array([5, 90, 200]), (40, 120)))
        ['to 40', '41 to 120', 'over 120']
    """
    found = {f"to {edges[0]}": lengths <= edges[0]}
    found |= {f"{low + 1} to {high}": (lengths > low) & (lengths <= high) for low, high in pairwise(edges)}
    return {**found, f"over {edges[-1]}": lengths > edges[-1]}


def run_task(task: Task, kinds: Mapping[str, Kind], *, seed: int, also_shuffled: bool) -> dict[str, Any]:
    """Train every kind and score it.

    Args:
        task: The texts.
        kinds: Classifiers by name.
        seed: Of weights, batches and shuffles.
        also_shuffled: Also train on texts with their words shuffled.

    Returns:
        For each kind the accuracy on texts as they are, on shuffled ones, on each part, the share of texts whose answer
        is the same shuffled, and if asked for both accuracies after training on shuffled texts.
    """
    mixed_train, mixed_test = shuffled(task.train, 2 * seed + 1), shuffled(task.test, 2 * seed)
    found = {}
    for name, kind in kinds.items():
        rival = train(kind, task.train, task.train_targets, task.vocabulary, seed=seed)
        found[name] = _scores(rival, task, mixed_test)
        if also_shuffled:
            rival = train(kind, mixed_train, task.train_targets, task.vocabulary, seed=seed)
            scores = _scores(rival, task, mixed_test)
            found[name] |= {f"trained_shuffled_{key}": scores[key] for key in ("as_it_is", "shuffled")}
    return found


def _scores(rival: Rival, task: Task, mixed: Ragged) -> dict[str, Any]:
    answers, others = rival(task.test) > 0, rival(mixed) > 0
    is_right = answers == task.test_targets
    return {
        "as_it_is": float(is_right.mean()),
        "shuffled": float((others == task.test_targets).mean()),
        "same_answer": float((answers == others).mean()),
        "parts": {name: float(is_right[mask].mean()) for name, mask in task.parts.items() if mask.any()},
    }
