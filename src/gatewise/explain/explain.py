"""Why a model answers as it does: the score of a class taken apart into the shares of the words."""

from __future__ import annotations

import numpy as np

from gatewise.errors import ModelError, ParameterError
from gatewise.explain.bag_shares import bag_shares
from gatewise.explain.explanation import Explanation, Floats
from gatewise.explain.integrated import integrated
from gatewise.explain.labels import class_index
from gatewise.explain.occlusion import occlusion, scores_without
from gatewise.explain.reading import Reading
from gatewise.explain.running import running_scores
from gatewise.explain.scoring import Scorer
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.runtime.predictor import Predictor

METHODS: tuple[str, ...] = ("running", "integrated", "occlusion")


def explain(
    predictor: Predictor, text: str, *, label: str | int | None = None, method: str | None = None
) -> Explanation:
    """Take the answer to a text apart.

    ============== ============================================== ==================================================
    method         contribution of a word                         baseline
    ============== ============================================== ==================================================
    ``running``    the score after it less the score before it    the score of the text without words
    ``integrated`` integrated gradients, see `integrated`         the score if every word were unknown
    ``occlusion``  the score less that without the word           that of the text without words
    ============== ============================================== ==================================================

    Those of ``running`` add up exactly, those of ``integrated`` to 1 % of the score's rise or 0.001 log odds (else
    `Explanation.gap` says by how much not), those of ``occlusion`` do not.

    Args:
        predictor: The model.
        text: Any str; the empty one has no words.
        label: The class to explain; that of highest probability when not given.
        method: One of `METHODS`; when not given ``running`` for a model that reads forwards only, else ``integrated``.

    Raises:
        ParameterError: `text` is not a str, or no such class or method.
        ModelError: The method does not go with the model: ``running`` with one that is not causal, ``integrated`` with
            one that has no way back.

    Notes:
        Deterministic. ``running`` O(T), ``integrated`` O(T) with a factor of 32 to 512, ``occlusion`` O(T^2).
    """
    method = _method(predictor, method)
    reading = Reading.of(predictor, text)
    network = predictor.network.logits(reading.batch)
    probabilities = probabilities_from_logits(predictor.blended(network, [text]), predictor.config.temperature)[0]
    index = class_index(predictor, label, probabilities)
    scorer = Scorer(predictor, index)
    rival = scorer.rival
    bag = None if rival is None else rival.logits([reading.words.words]).reshape(1, -1)
    score = float(scorer.scores(network, bag)[0])
    running = running_scores(predictor, reading, scorer) if predictor.config.network.is_causal else None
    baseline, contributions = _parts(method, predictor, reading, scorer, score, running)
    return Explanation(
        words=reading.words,
        labels=predictor.config.labels,
        probabilities=probabilities,
        label=predictor.config.labels[index],
        method=method,
        score=score,
        baseline=baseline,
        contributions=contributions,
        running=None if running is None else running[1:],
        rival=_rival_shares(predictor, reading, index),
    )


def _method(predictor: Predictor, method: str | None) -> str:
    is_causal = predictor.config.network.is_causal
    if method is None:
        return "running" if is_causal else "integrated"
    if method not in METHODS:
        raise ParameterError(f"method={method!r} is not one of {', '.join(METHODS)}")
    if method == "running" and not is_causal:
        raise ModelError(
            "the method 'running' is for models that read forwards only, and this one also reads from a text's end",
            hint="take the method 'integrated'",
        )
    return method


def _parts(
    method: str, predictor: Predictor, reading: Reading, scorer: Scorer, score: float, running: Floats | None
) -> tuple[float, Floats]:
    """Baseline and contributions."""
    if method == "integrated":
        return integrated(predictor, reading, scorer, score)
    if method == "occlusion":
        nothing = np.ones((1, len(reading.words)), np.bool_)
        baseline = float(scores_without(predictor, reading, scorer, nothing)[0])
        return baseline, occlusion(predictor, reading, scorer, score)
    assert running is not None
    return float(running[0]), np.diff(running)


def _rival_shares(predictor: Predictor, reading: Reading, index: int) -> Floats | None:
    """The rival's own log odds by word: with K > 2 it tells each class from the rest, so that a logit is log odds."""
    if predictor.rival is None:
        return None
    shares = bag_shares(predictor.rival, reading.words.words)
    if shares.shape[1] > 1:
        return shares[:, index]
    return shares[:, 0] if index == 1 else -shares[:, 0]
