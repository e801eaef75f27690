"""Teachers: trained models whose answers a student learns, and what they say of the texts of its run.

A teacher's score of class k is log p_k, the calibrated probability that it gives to users, less the mean over the
classes; the scores of several teachers are averaged, which is their geometric mean as far as probabilities go.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from gatewise.data.leaks import overlap, text_keys
from gatewise.errors import ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import StoredModel, read_model
from gatewise.store.locate import find_model
from gatewise.train.batch import Encoded
from gatewise.train.checkpoint import CheckpointFolder
from gatewise.train.corpus import Corpus
from gatewise.train.progress import Reporter
from gatewise.train.recipe import Recipe
from gatewise.train.terms import TERMS
from gatewise.train.unlabelled import Unlabelled

Scores = npt.NDArray[np.float32]
Labels = Sequence[str | int]

# Texts read between two looks at the clock, and seconds between two messages.
_TEXTS_AT_ONCE, _MESSAGE_EVERY = 1024, 30.0

# What a probability that has become 0 is taken for: e^-708, about the least that float64 has in full precision.
_LEAST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Teacher:
    """A trained model, of any network and vocabulary.

    Attributes:
        name: For messages and the record of the student.
        model: As it was read.
    """

    name: str
    model: StoredModel

    @cached_property
    def digest(self) -> str:
        """SHA-256 of configuration, tokenizer, weights and rival."""
        model = self.model
        sha = hashlib.sha256(json.dumps(model.config.to_json(), sort_keys=True).encode())
        sha.update(model.tokenizer.encode("utf-8", "surrogatepass"))
        for tensors in (model.tensors, model.baseline or {}):
            for name in sorted(tensors):
                sha.update(f"{name}\n".encode() + np.ascontiguousarray(tensors[name]).tobytes())
        return sha.hexdigest()

    def scores(self, texts: Sequence[str], labels: Labels, reporter: Reporter) -> Scores:
        """What it says of `texts`, ``[n, K]``, columns in the order of `labels`, its own classes in any order."""
        predictor = Predictor(self.model)
        known = list(self.model.config.labels)
        columns = [known.index(label) for label in labels]
        scores = np.empty((len(texts), len(columns)), dtype=np.float32)
        began = told = time.monotonic()
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            some = slice(start, start + _TEXTS_AT_ONCE)
            scores[some] = centred_logs(predictor.predict_proba(texts[some]))[:, columns]
            now, done = time.monotonic(), min(some.stop, len(texts))
            if now - told >= _MESSAGE_EVERY:
                told = now
                left = (now - began) * (len(texts) - done) / done
                reporter.message(f"teacher {self.name}: {done:,} of {len(texts):,} texts, {left:.0f} s left")
        return scores


def read_teacher(name_or_path: str | Path) -> Teacher:
    """The model of a name or folder, see `find_model`; called by the folder's own name, without the way to it.

    Raises:
        ModelError: There is no such model, or it is damaged.
    """
    folder = find_model(name_or_path)
    return Teacher(folder.resolve().name, read_model(folder))


@dataclass(frozen=True)
class Taught:
    """What a run with teachers reads.

    Attributes:
        texts: The labelled training texts, then those without label, with the teachers' scores.
        teachers: Who gave them.
    """

    texts: Encoded
    teachers: Sequence[Teacher]


def centred_logs(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """log p_k of each row, less their mean, ``[n, K]`` like `probabilities`.

    Example:
        >>> centred_logs(np.array([[0.2, 0.8], [0.5, 0.5]])).round(3).tolist()
        [[-0.693, 0.693], [0.0, 0.0]]
    """
    logs = np.log(np.maximum(probabilities, _LEAST))
    scores: npt.NDArray[np.float64] = logs - logs.mean(1, keepdims=True)
    return scores


def check_teachers(teachers: Sequence[Teacher], labels: Labels, recipe: Recipe) -> None:
    """Raise `ParameterError` where the recipe cannot have teachers, or one of them has other classes than `labels`."""
    if not teachers:
        return
    if recipe.objective != "cross-entropy" and recipe.objective not in TERMS:
        raise ParameterError(
            f"objective={recipe.objective!r} does not go with teachers; cross-entropy, {', '.join(TERMS)} do"
        )
    if recipe.supervision != "text":
        raise ParameterError(f"supervision={recipe.supervision!r} does not go with teachers, text does")
    if recipe.network == "echo_state":
        raise ParameterError("an echo state network is fitted in one piece, not by steps, and has no use for teachers")
    for teacher in teachers:
        known = teacher.model.config.labels
        if set(known) != set(labels):
            raise ParameterError(
                f"the teacher has other classes: {_listed(known)}, the examples have {_listed(labels)}",
                where=teacher.name,
                hint="teachers and examples must have the same labels, spelt the same",
            )


def _listed(labels: Labels) -> str:
    shown = ", ".join(repr(label) for label in sorted(labels, key=str)[:5])
    return shown + (", ..." if len(labels) > 5 else "")


def teach(
    teachers: Sequence[Teacher],
    corpus: Corpus,
    unlabelled: Unlabelled | None,
    texts: Sequence[str] | None,
    checkpoints: CheckpointFolder | None,
    reporter: Reporter,
) -> Taught | None:
    """Ask the teachers, once, of all texts of the training part and all unlabelled ones; never of development texts.

    Args:
        teachers: Checked by `check_teachers`; none for None.
        corpus: The labelled texts.
        unlabelled: Which of `texts` are used, and as what ids the student reads them.
        texts: All unlabelled texts that were given.
        checkpoints: Where the answers of each teacher are kept until the run has ended, so that a resumed run does not
            ask again. None for a run that is not stored.
        reporter: Is told of the progress.
    """
    if not teachers:
        return None
    read, labelled = [*corpus.train.texts], corpus.encoded_train
    tokens, targets = labelled.tokens, labelled.targets
    if unlabelled is not None and texts is not None:
        read += [texts[row] for row in unlabelled.rows.tolist()]
        tokens = tokens.joined(unlabelled.tokens)
        targets = np.concatenate([targets, np.full(len(unlabelled), -1, dtype=np.int64)])
    total = np.zeros((len(read), len(corpus.labels)))
    for number, teacher in enumerate(teachers, 1):
        reporter.message(f"teacher {number} of {len(teachers)}, {teacher.name}: {len(read):,} texts")
        total += _kept_scores(teacher, read, corpus.labels, checkpoints, reporter)
    return Taught(Encoded(tokens, targets, (total / len(teachers)).astype(np.float32)), teachers)


def _kept_scores(
    teacher: Teacher, texts: Sequence[str], labels: Labels, checkpoints: CheckpointFolder | None, reporter: Reporter
) -> Scores:
    """The scores of a teacher, from the checkpoints where they are kept there already."""
    if checkpoints is None:
        return teacher.scores(texts, labels, reporter)
    key = _question(teacher, texts, labels)
    kept = checkpoints.scores(key, reporter.message)
    if kept is not None:
        return kept.numpy()
    scores = teacher.scores(texts, labels, reporter)
    checkpoints.save_scores(key, torch.from_numpy(scores))
    return scores


def _question(teacher: Teacher, texts: Sequence[str], labels: Labels) -> str:
    """Digest of who is asked what."""
    sha = hashlib.sha256(f"{teacher.digest} {json.dumps(list(labels))}".encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        sha.update(len(data).to_bytes(8, "little") + data)
    return sha.hexdigest()[:32]


def note_other_splits(teachers: Sequence[Teacher], corpus: Corpus, seed: int | None, reporter: Reporter) -> None:
    """Tell of teachers that seem to have learnt labels of this run's development split, which they pass on.

    Args:
        teachers: Any number.
        corpus: Training and development texts.
        seed: By which the development split was drawn, or None where it was given.
        reporter: Is told, once for all of them.
    """
    if corpus.dev is None:
        return
    held_out = text_keys(corpus.dev.texts)
    named = [one.name for one in teachers if _has_learnt(one.model, held_out, len(corpus.train), seed)]
    if named:
        reporter.message(
            f"taught by models of another split, which have learnt labels of this run's development texts and pass "
            f"them on: {', '.join(named)}; its development figures flatter (the same data and seed, or --dev, avoid it)"
        )


def _has_learnt(model: StoredModel, held_out: npt.NDArray[np.uint64], examples: int, seed: int | None) -> bool:
    rows = model.training_rows
    if rows is None or not overlap(held_out, rows).any():
        return False
    # The rows are those of its training and its development part; that these are ours is told by size and seed.
    training = model.metrics.get("training")
    is_same_size = isinstance(training, dict) and training.get("examples") == examples
    return not (is_same_size and seed in (None, model.metrics.get("seed")))
