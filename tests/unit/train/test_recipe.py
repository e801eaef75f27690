"""What a network is trained by when no recipe is named, and what a recipe fills in by the number of texts."""

from __future__ import annotations

import pytest

from gatewise import TextClassifier
from gatewise.cli.train import _recipe
from gatewise.errors import ParameterError
from gatewise.store.networks import NETWORKS
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.recipe import Recipe


@pytest.mark.parametrize("network", NETWORKS)
def test_command_and_classifier_begin_with_the_networks_own_recipe(network):
    own = Recipe.of_network(network)
    assert own.network == network
    assert _recipe(None, None, {"network": network}, []) == own
    assert TextClassifier(network=network)._recipe() == own


def test_what_is_asked_for_wins_over_the_networks_own_recipe():
    assert Recipe.of_network("grid_lstm").layers == 2
    assert TextClassifier(network="grid_lstm", layers=1)._recipe().layers == 1
    assert _recipe(None, None, {"network": "grid_lstm", "layers": 3}, ["hidden_size=8"]).hidden_size == 8


def test_a_model_to_begin_with_brings_its_own_shape():
    assert _recipe(None, "imdb", {"network": "grid_lstm"}, []) == Recipe(network="grid_lstm")
    assert TextClassifier(network="grid_lstm", start_from="imdb")._recipe() == Recipe(network="grid_lstm")


def test_a_recipe_that_is_no_networks_is_not_taken_for_one():
    with pytest.raises(ParameterError, match="network='reproduce-a' is not one of"):
        Recipe.of_network("reproduce-a")


@pytest.mark.parametrize(
    ("count", "epochs"), [(25_000, 3), (7_000, 10), (2_000, 10), (340, 14), (60, 25)], ids=lambda n: str(n)
)
def test_few_texts_are_read_more_often(count, epochs):
    assert Recipe().for_examples(count).epochs == epochs
    assert Recipe(epochs=7).for_examples(count).epochs == 7


@pytest.mark.parametrize(("recipe", "earlier"), [(Recipe(), "half_embedding"), (PretrainRecipe(), "half")])
def test_the_earlier_name_of_the_bits_means_what_it_meant(recipe, earlier):
    assert recipe.with_options(**{earlier: True}).embedding_bits == 16
    assert recipe.with_options(**{earlier: False}).embedding_bits == 32
    with pytest.raises(ParameterError, match=f"{earlier}=8 is the earlier name of embedding_bits"):
        recipe.with_options(**{earlier: 8})
    with pytest.raises(ParameterError, match="is the earlier name of embedding_bits"):
        recipe.with_options(**{earlier: True, "embedding_bits": 8})


@pytest.mark.parametrize("bits", [4, 64, 8.0, True])
def test_other_bits_are_refused(bits):
    with pytest.raises(ParameterError, match="embedding_bits="):
        Recipe(embedding_bits=bits)
