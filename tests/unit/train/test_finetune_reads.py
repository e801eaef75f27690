"""Fine-tuning a language model that reads backwards, or both: what is taken, how the two learn, what is stored."""

from __future__ import annotations

import numpy as np
import pytest
from small import SMALL, small_examples
from small_encoder import small_encoder
from test_finetune import FINE, QUIET
from test_run import Recorder, assert_same_model, terminate

from gatewise.errors import Interrupted, ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import read_model
from gatewise.train.fit import fit

STILL = FINE.with_options(transfer_rate=0.0, ema=0.0, embedding_bits=32, epochs=1)


def taken(model, prefix=""):
    """The weights of one reader of a classifier that are not its head's, by their names in a language model."""
    named = {name.removeprefix(prefix): tensor for name, tensor in model.tensors.items() if name.startswith(prefix)}
    return {name: tensor for name, tensor in named.items() if name.startswith(("embedding.", "encoder."))}


@pytest.mark.parametrize(
    ("directions", "asked", "reads"),
    [
        ("both", "forward", "forward"),
        ("both", "backward", "backward"),
        ("both", "both", "both"),
        ("backward", "forward", "backward"),  # The default, which a backward encoder settles otherwise.
        ("backward", "backward", "backward"),
    ],
)
def test_weights_come_from_the_language_model_that_reads_so(directions, asked, reads):
    encoder = small_encoder(directions)
    model = fit(small_examples(60), STILL.with_options(reads=asked), source=encoder, rival=False)
    assert model.config.network.reads == reads
    assert model.metrics["recipe"]["reads"] == reads
    found = {"forward": ("", "forward"), "backward": ("", "backward")}.get(reads)
    for prefix, reader in [found] if found else [("", "forward"), ("backward.", "backward")]:
        assert len(taken(model, prefix)) == 4
        for name, tensor in taken(model, prefix).items():
            np.testing.assert_array_equal(tensor, encoder.tensors[f"{reader}.{name}"], err_msg=name)


@pytest.mark.parametrize(("directions", "asked"), [("forward", "backward"), ("forward", "both"), ("backward", "both")])
def test_a_language_model_that_is_not_there_is_named(directions, asked):
    missing = "backward" if directions == "forward" else "forward"
    with pytest.raises(ParameterError, match=f"the encoder to begin with has no {missing} language model") as refused:
        fit(small_examples(60), STILL.with_options(reads=asked), source=small_encoder(directions), rival=False)
    assert "gatewise pretrain --direction both" in refused.value.hint


@pytest.mark.parametrize("reads", ["backward", "both"])
def test_it_learns_telling_words(reads):
    recipe = FINE.with_options(reads=reads, epochs=8, unfreeze=0.25, transfer_rate=1.0)
    model, unseen = fit(small_examples(), recipe, source=small_encoder("both"), rival=False), small_examples(seed=9)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95


def test_each_of_two_learns_exactly_what_it_would_alone():
    # Without noise, and without a norm of both together to clip by.
    recipe = QUIET.with_options(clip=0.0, selection="last", unfreeze=0.5)
    alone = fit(small_examples(), recipe, source=small_encoder("both"), rival=False)
    together = fit(small_examples(), recipe.with_options(reads="both"), source=small_encoder("both"), rival=False)
    for name, tensor in alone.tensors.items():
        np.testing.assert_array_equal(together.tensors[name], tensor, err_msg=name)
        assert not np.array_equal(together.tensors[f"backward.{name}"], tensor)


@pytest.mark.parametrize("stop_at", [7, 21])
def test_resuming_two_readers_gives_the_same_bits(tmp_path, stop_at):
    recipe, encoder = FINE.with_options(unfreeze=0.5, reads="both", epochs=2), small_encoder("both")
    undisturbed = fit(small_examples(), recipe, source=encoder, rival=False)
    with pytest.raises(Interrupted):
        fit(small_examples(), recipe, source=encoder, out=tmp_path, rival=False, reporter=Recorder(stop_at, terminate))
    assert_same_model(
        undisturbed, fit(small_examples(), recipe, source=encoder, out=tmp_path, rival=False, resume=True)
    )


def test_development_figures_are_those_of_the_mean_and_of_what_is_stored(tmp_path):
    dev = small_examples(80, seed=5)
    model = fit(small_examples(), FINE.with_options(reads="both"), dev=dev, source=small_encoder("both"), out=tmp_path)
    assert_same_model(model, read_model(tmp_path))
    predictor = Predictor.load(tmp_path)
    classes = [predictor.classes_.index(label) for label in dev.labels]
    probabilities = predictor.predict_proba(dev.texts)[np.arange(80), classes]
    assert model.metrics["development"]["log_loss"] == pytest.approx(-np.log(probabilities).mean(), abs=1e-6)
    with pytest.raises(ModelError, match="cannot stream"):
        predictor.stream("a good film")


def test_a_model_of_two_readers_can_be_begun_with():
    source = fit(small_examples(), SMALL.with_options(reads="both", epochs=1), rival=False)
    still = STILL.with_options(pooling="auto", min_count=2)
    model = fit(small_examples(60, seed=2), still, source=source, rival=False)
    assert model.config.network.reads == "both"
    for prefix in ("", "backward."):
        name = f"{prefix}encoder.weight_hh_l0"
        np.testing.assert_array_equal(model.tensors[name], source.tensors[name])
        assert not np.array_equal(model.tensors[f"{prefix}head.weight"], source.tensors[f"{prefix}head.weight"])
    with pytest.raises(
        ParameterError, match="reads='backward' cannot be had: the model to begin with has reads='both'"
    ):
        fit(small_examples(60), still.with_options(reads="backward"), source=source, rival=False)


def test_two_readers_can_be_trained_from_scratch():
    recipe = SMALL.with_options(reads="both", network="gru", epochs=8)
    model, unseen = fit(small_examples(), recipe, rival=False), small_examples(seed=9)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95
