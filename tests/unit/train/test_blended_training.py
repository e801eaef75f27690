"""Training with a blend: fitted on the development split, recorded, stored; refused where it cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from small import SMALL, small_examples

from gatewise import TextClassifier
from gatewise.errors import ParameterError
from gatewise.evaluate.wording import development_line
from gatewise.metrics.scores import log_loss
from gatewise.runtime.predictor import Predictor
from gatewise.train.fit import fit

# A network that has learnt little, so that the rival has something to add.
WEAK = SMALL.with_options(epochs=1, learning_rate=0.003, blend=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder, dev = tmp_path_factory.mktemp("blend"), small_examples(120, seed=7)
    return folder, dev, fit(small_examples(), WEAK, dev=dev, out=folder)


def test_the_figures_are_those_of_the_stored_blend(trained):
    folder, dev, model = trained
    predictor, figures = Predictor.load(folder, parts=()), model.metrics["development"]
    probabilities = predictor.predict_proba(dev.texts)
    truth = np.array([label == "pos" for label in dev.labels]).astype(int)
    assert model.config.blend.weight == figures["blend"] > 0
    assert figures["log_loss"] == pytest.approx(log_loss(truth, probabilities), abs=1e-5)  # torch against NumPy
    assert figures["accuracy"] == pytest.approx((probabilities.argmax(1) == truth).mean())
    assert figures["temperature"] == model.config.temperature
    # The thresholds that abstaining chooses from are of the blend too.
    thresholds = np.array(figures["risk_coverage"]["thresholds"])
    assert np.abs(thresholds[:, None] - probabilities.max(1)).min(1).max() < 1e-5


def test_the_parts_stand_beside_it_and_are_not_better(trained):
    figures = trained[2].metrics["development"]
    assert figures["log_loss"] <= figures["network_log_loss"]
    assert {"network_accuracy", "network_temperature", "baseline_accuracy"} <= figures.keys()
    line = development_line(figures)
    assert f"network alone {figures['network_accuracy']:.1%}" in line
    assert f"which has the weight {figures['blend']:g}" in line


def test_the_network_itself_is_that_of_a_run_without_a_blend(trained):
    plain = fit(small_examples(), WEAK.with_options(blend=False), dev=trained[1], rival=False)
    assert plain.config.blend is None
    for name, array in plain.tensors.items():
        np.testing.assert_array_equal(array, trained[2].tensors[name])


@pytest.mark.parametrize(
    ("count", "options", "rival", "message"),
    [
        (240, {}, True, "the development split, which has 24 examples; 100 are needed"),
        (240, {"dev_share": 0.0}, True, "which has 0 examples"),
        (1200, {}, False, "rival=False leaves that out"),
    ],
)
def test_a_blend_that_cannot_be_fitted_is_refused_before_training(count, options, rival, message):
    with pytest.raises(ParameterError, match=message):
        fit(small_examples(count), WEAK.with_options(epochs=10_000, **options), rival=rival)


def test_a_classifier_saves_and_evaluates_its_blend(tmp_path):
    data = small_examples(400)
    classifier = TextClassifier(options={**WEAK.to_json(), "dev_share": 0.3})
    classifier.fit(data.texts, data.labels).save(tmp_path)
    again = TextClassifier.from_folder(tmp_path)
    np.testing.assert_array_equal(again.predict_proba(data.texts[:9]), classifier.predict_proba(data.texts[:9]))
    unseen = small_examples(60, seed=3)
    assert again.evaluate(unseen.texts, unseen.labels)["blend"]["weight"] == classifier.predictor.config.blend.weight
