"""Small models with random weights, every kind that can be explained."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.explain.scoring import Scorer
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import BlendConfig, ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.keras import KerasTokenizer
from gatewise.text.tokenizer import WordTokenizer

WORDS = ["<unk>", ",", ".", "!", "a", "bad", "boring", "film", "good", "great", "is", "it", "not", "the", "this", "was"]
TEXTS = [
    "This film is GREAT!",
    "",
    "not good, not good, not boring either",
    "Caf\u00e9 😀😀 <br /><br />the film was\u2026 good \ud800 bad",
    "the plot was, frankly, not it . " * 3,
    "😀",
]
SHARE = BlendConfig(0.4, 1.5, 2.5)
LABELS = {2: ("neg", "pos"), 3: (1, 2, 3)}


def model(
    *,
    classes: int = 2,
    text: TextConfig | None = None,
    blend: BlendConfig | None = None,
    size: float = 0.4,
    **network: Any,
) -> Predictor:
    """A model of words in float64, so that no rounding hides a mistake."""
    shape = NetworkConfig(len(WORDS), classes, **{"embedding_size": 5, "hidden_size": 4, **network})
    return build(shape, text or TextConfig(), WordTokenizer(WORDS).to_json(), blend, size)


def build(
    shape: NetworkConfig, text: TextConfig, tokenizer: str, blend: BlendConfig | None, size: float = 0.4
) -> Predictor:
    """A model of any tokenizer."""
    random = np.random.default_rng(1)
    tensors = {name: random.normal(size=at) * size for name, at in shape.tensor_shapes().items()}
    config = ModelConfig(shape, text, LABELS[shape.classes], temperature=1.5, blend=blend)
    stored = StoredModel(config=config, tensors=tensors, tokenizer=tokenizer, metrics={})
    if blend is not None:
        stored = dataclasses.replace(stored, baseline=rival(shape.classes).to_tensors())
    return Predictor(stored)


def keras(maxlen: int | None, **options: Any) -> Predictor:
    """A model that reads as Keras does, with pads in front."""
    tokenizer = KerasTokenizer(WORDS[4:], num_words=12, maxlen=maxlen)
    shape = NetworkConfig(12, 2, embedding_size=5, hidden_size=4)
    return build(shape, TextConfig(), tokenizer.to_json(), options.get("blend"))


def hashed(maxlen: int | None, **options: Any) -> Predictor:
    """A model of hashed words."""
    shape = NetworkConfig(12, 2, embedding_size=5, hidden_size=4)
    return build(shape, TextConfig(), HashedTokenizer(12, maxlen=maxlen).to_json(), options.get("blend"))


def rival(classes: int) -> NBSVM:
    """A bag of words fitted to noise."""
    random = np.random.default_rng(0)
    texts = [random.choice(WORDS[1:], 9).tolist() for _ in range(90)]
    return NBSVM.fit(texts, np.arange(90) % classes, classes)


def log_odds(model: Predictor, texts: list[str], index: int) -> np.ndarray:
    """What the score of a class must be, from the probabilities that users see."""
    probabilities = model.predict_proba(texts)
    return np.log(probabilities[:, index]) - np.log(np.delete(probabilities, index, axis=1).sum(axis=1))


def scorer(model: Predictor, index: int) -> Scorer:
    """The score of one class."""
    return Scorer(model, index)
