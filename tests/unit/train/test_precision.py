"""Training with products in bfloat16: opt-in, recorded, refused where it cannot be; judged and stored in float32."""

from __future__ import annotations

import numpy as np
import pytest
from small import SMALL, small_examples

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.runtime.predictor import Predictor
from gatewise.train.fit import fit

needs_bf16 = pytest.mark.skipif(not native.has_bf16(), reason="no kernels for bfloat16 here")
ROUGH = SMALL.with_options(precision="bf16", epochs=8, hidden_size=16)


@needs_bf16
def test_a_network_learns_as_well():
    model, unseen = fit(small_examples(), ROUGH, rival=False), small_examples(seed=9)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95
    assert model.metrics["recipe"]["precision"] == "bf16"
    assert model.metrics["training"]["kernels"] == native.isa()


@needs_bf16
def test_development_figures_are_those_of_the_stored_model():
    examples, dev = small_examples(), small_examples(80, seed=5)
    model = fit(examples, ROUGH.with_options(epochs=1), dev=dev, rival=False)
    classes = [model.config.labels.index(label) for label in dev.labels]
    probabilities = Predictor(model).predict_proba(dev.texts)[np.arange(80), classes]
    # In bfloat16 the loss would differ in the third digit.
    assert model.metrics["development"]["log_loss"] == pytest.approx(-np.log(probabilities).mean(), abs=1e-6)


@needs_bf16
def test_the_same_seed_gives_the_same_bits_and_others_than_in_float32():
    one, same, exact = (
        fit(small_examples(), recipe.with_options(epochs=1), rival=False)
        for recipe in (ROUGH, ROUGH, ROUGH.with_options(precision="fp32"))
    )
    name = "encoder.weight_hh_l0"
    assert np.array_equal(one.tensors[name], same.tensors[name])
    assert not np.array_equal(one.tensors[name], exact.tensors[name])


def test_is_refused_before_anything_is_read_where_there_are_no_kernels(monkeypatch, tmp_path):
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    with pytest.raises(ParameterError, match="bf16"):
        fit(small_examples(), ROUGH, out=tmp_path / "m", rival=False)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"precision": "fp16"}, "precision='fp16' is not one of fp32, bf16"), ({"network": "gru"}, "not for 'gru'")],
)
def test_impossible_recipes_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        ROUGH.with_options(**options)
