"""The published settings have the published number of parameters, and their recipes say what the sources say."""

from __future__ import annotations

import pytest

from gatewise.errors import ParameterError
from gatewise.models.classifier import Classifier
from gatewise.store.config import NetworkConfig
from gatewise.studies.reproduce import PUBLISHED, _verdict, reproduce
from gatewise.train.progress import QuietReporter
from gatewise.train.recipe import Recipe


def network(name: str) -> Classifier:
    recipe = Recipe.load(PUBLISHED[name].recipe)
    return Classifier(
        NetworkConfig(
            recipe.max_words,
            2,
            embedding_size=recipe.embedding_size,
            hidden_size=recipe.hidden_size,
            pooling=recipe.pooling,
            recurrent_bias=recipe.recurrent_bias,
        )
    )


@pytest.mark.parametrize(("name", "parts"), [("a", (75_000, 1_040, 11)), ("b", (160_000, 53_200, 101))])
def test_parameters_are_those_published(name, parts):
    model = network(name)
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.embedding, model.encoder, model.head)]
    assert tuple(counts) == parts
    assert sum(counts) == PUBLISHED[name].parameters


def test_settings_are_those_published():
    a, b = Recipe.load("reproduce-a"), Recipe.load("reproduce-b")
    assert (a.max_words, a.max_tokens, a.epochs, a.batch_texts, a.dev_share) == (5000, 300, 5, 128, 0.2)
    assert (b.max_words, b.max_tokens, b.epochs, b.batch_texts, b.dev_share) == (5000, 600, 10, 64, 0.0)
    for recipe in (a, b):
        assert (recipe.learning_rate, recipe.adam_epsilon, recipe.selection) == (1e-3, 1e-7, "last")
        assert not recipe.ema
        assert not recipe.clip


@pytest.mark.parametrize(
    ("scores", "verdict"), [((0.856, 0.853, 0.854), "reached"), ((0.853, 0.855, 0.853), "not reached")]
)
def test_verdict_allows_half_a_point_below_the_published_mean(scores, verdict):
    runs = [{"accuracy": score, "loss": 0.3, "parameters": 76_051} for score in scores]
    assert _verdict("a", PUBLISHED["a"], runs)["verdict"] == verdict


def test_an_unknown_experiment_is_named(tmp_path):
    with pytest.raises(ParameterError, match="'z'"):
        reproduce("z", tmp_path, QuietReporter())
