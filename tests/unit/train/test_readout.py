"""Ridge regression against scikit-learn's, and the run of a network whose encoder is never trained."""

from __future__ import annotations

import os
import re
import signal

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from small import SMALL, small_examples

from gatewise.data.examples import Examples
from gatewise.errors import Interrupted, ParameterError
from gatewise.models.classifier import Classifier
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import StoredModel, read_model
from gatewise.train.fit import fit
from gatewise.train.progress import LineReporter, QuietReporter, StepReport
from gatewise.train.readout import RIDGES
from gatewise.train.ridge import RidgePath

# Word vectors as wide as the small problem's vocabulary of 16: nothing is lost by their being random.
ECHO = SMALL.with_options(network="echo_state", embedding_size=32, hidden_size=64, spectral_radius=0.5)


class Recorder(QuietReporter):
    """Keeps all it hears; runs `act` at the first batch."""

    def __init__(self, act=None):
        self.steps, self.messages, self.act = [], [], act

    def step(self, report: StepReport) -> None:
        self.steps.append(report)
        if self.act:
            self.act()

    def message(self, text: str) -> None:
        self.messages.append(text)


def features(n: int = 60, width: int = 5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    # Scales and means as different as those of real states.
    x = random.normal(size=(n, width)) * [1, 10, 0.01, 1, 3][:width] + [0, 50, 0, -1, 2][:width]
    return x, random.normal(size=(n, 2)) + x[:, :2]


def accuracy(model: StoredModel, examples: Examples) -> float:
    predicted = Predictor(model).predict(examples.texts)
    return float(np.mean([a == b for a, b in zip(predicted, examples.labels, strict=True)]))


@pytest.mark.parametrize("ridge", [1e-6, 0.1, 10.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_readout_is_scikit_learns_ridge_on_standardised_features(ridge: float, weighted: bool) -> None:
    x, y = features()
    shares = np.random.default_rng(1).uniform(0.5, 2, len(x)) if weighted else np.ones(len(x))
    mean = np.average(x, axis=0, weights=shares)
    spread = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=shares))
    theirs = Ridge(alpha=ridge * shares.sum()).fit((x - mean) / spread, y, sample_weight=shares)
    weight, bias = RidgePath(x, y, shares).readout(ridge)
    # Two solutions of one system in float64, whose condition is about 10 here.
    np.testing.assert_allclose(x @ weight.T + bias, theirs.predict((x - mean) / spread), atol=1e-9)


def test_the_scale_of_features_and_the_number_of_examples_do_not_matter() -> None:
    x, y = features()
    want = x @ RidgePath(x, y).readout(0.5)[0].T
    scaled, twice = RidgePath(x * 1000, y).readout(0.5)[0], RidgePath(np.tile(x, (2, 1)), np.tile(y, (2, 1)))
    np.testing.assert_allclose(x * 1000 @ scaled.T, want, rtol=1e-9)
    np.testing.assert_allclose(x @ twice.readout(0.5)[0].T, want, rtol=1e-9)


def test_a_large_penalty_leaves_the_mean_alone() -> None:
    x, y = features()
    weight, bias = RidgePath(x, y).readout(1e12)
    np.testing.assert_allclose(x @ weight.T + bias, np.tile(y.mean(0), (len(x), 1)), atol=1e-9)


def test_constant_features_and_copies_of_a_feature_are_harmless() -> None:
    x, y = features()
    constant = np.full((len(x), 1), 0.3, np.float32)
    plain = np.hstack([x, x])
    weight, bias = RidgePath(np.hstack([plain, constant]), y).readout(1e-3)
    without, bias_without = RidgePath(plain, y).readout(1e-3)
    np.testing.assert_allclose(weight[:, :-1], without, atol=1e-9)
    np.testing.assert_allclose(bias, bias_without, atol=1e-7)  # features of size 50 times weights right to 1e-9
    assert not weight[:, -1].any()


def test_more_features_than_examples_are_fitted_by_the_smallest_weights() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(20, 50)), random.normal(size=(20, 1))
    weight, bias = RidgePath(x, y).readout(1e-9)
    np.testing.assert_allclose(x @ weight.T + bias, y, atol=1e-5)  # what a penalty of 1e-9 leaves


def test_rows_are_taken_in_parts_without_changing_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = features()
    whole = RidgePath(x, y).readout(0.1)
    monkeypatch.setattr("gatewise.train.ridge._ROWS", 7)
    for one, other in zip(whole, RidgePath(x, y).readout(0.1), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("options", [{}, {"bidirectional": True, "layers": 2}, {"leak": 0.5, "pooling": "mean"}])
def test_an_echo_state_network_learns_telling_words(options: dict) -> None:
    model = fit(small_examples(), ECHO.with_options(**options), rival=False)
    assert accuracy(model, small_examples(seed=9)) > 0.9
    assert model.metrics["history"][0]["ridge"] in RIDGES
    assert model.metrics["training"]["epochs"] == 1


def test_only_the_head_is_learnt() -> None:
    model = fit(small_examples(), ECHO.with_options(seed=3), rival=False)
    drawn = Classifier(model.config.network, embedding_range=ECHO.embedding_range, spectral_radius=0.5, seed=3)
    for name, array in drawn.to_arrays().items():
        want = array.astype(np.float16).astype(np.float32) if name == "embedding.weight" else array
        assert np.array_equal(model.tensors[name], want) == (not name.startswith("head.")), name


def test_same_seed_same_bits_and_another_seed_others() -> None:
    one, same, other = (fit(small_examples(), ECHO.with_options(seed=s), rival=False) for s in (3, 3, 4))
    for name, array in one.tensors.items():
        np.testing.assert_array_equal(array, same.tensors[name])
    assert not np.array_equal(one.tensors["head.weight"], other.tensors["head.weight"])


@pytest.mark.parametrize("softmax", [False, True])
def test_the_head_gives_log_odds_so_that_a_temperature_of_one_is_about_right(softmax: bool) -> None:
    examples = small_examples(1000)
    wrong = np.random.default_rng(0).uniform(size=1000) < 0.25
    examples.labels = [
        ("pos", "neg")[int((label == "pos") ^ flip)] for label, flip in zip(examples.labels, wrong, strict=True)
    ]
    model = fit(examples, ECHO.with_options(softmax=softmax, ridge=0.1, dev_share=0.3), rival=False)
    # Right in 3 of 4: log odds of 1.1, which the line 4 y - 2 puts at 1.
    assert 0.7 < model.config.temperature < 1.4


def test_one_unit_and_two_units_say_the_same() -> None:
    fixed = ECHO.with_options(ridge=0.1, dev_share=0.0)
    one, two = (Predictor(fit(small_examples(), fixed.with_options(softmax=s), rival=False)) for s in (False, True))
    texts = small_examples(seed=5).texts
    # The same solution, rounded to float32 twice.
    np.testing.assert_allclose(one.predict_proba(texts), two.predict_proba(texts), atol=1e-5)


def test_several_classes_are_told_apart() -> None:
    def three(seed: int) -> Examples:
        random = np.random.default_rng(seed)
        labels = random.choice(["red", "green", "blue"], 300).tolist()
        return Examples([f"it is {random.choice(['very', 'so'])} {label} here" for label in labels], labels, source="")

    model = fit(three(0), ECHO, rival=False)
    assert model.tensors["head.weight"].shape[0] == 3
    assert accuracy(model, three(1)) == 1.0


def test_balanced_weights_help_the_rare_class() -> None:
    examples = small_examples(400)
    rare = examples.select([i for i in range(400) if i % 2 == 0 or i % 40 == 1])
    fixed = ECHO.with_options(ridge=10.0)
    plain, balanced = (fit(rare, fixed.with_options(class_weight=w), rival=False) for w in ("none", "balanced"))
    test = small_examples(seed=3)
    positives = [t for t, label in zip(test.texts, test.labels, strict=True) if label == "pos"]
    means = [np.mean(Predictor(model).logits(positives)) for model in (plain, balanced)]
    assert means[1] > means[0] + 1


def test_the_run_says_what_it_does_and_what_plays_no_part(capsys: pytest.CaptureFixture[str]) -> None:
    recorder = Recorder()
    fit(small_examples(), ECHO, rival=False, reporter=recorder)
    assert any("ridge regression, in which epochs, learning rate and dropouts" in m for m in recorder.messages)
    assert any("does best on the development split" in m for m in recorder.messages)
    assert recorder.steps[-1].progress == 1.0
    assert recorder.steps[-1].loss is None
    reporter = LineReporter()
    reporter._next = 0.0  # A line is due at once.
    reporter.step(recorder.steps[-1])
    assert "tokens/s" in (line := capsys.readouterr().err)
    assert "loss" not in line


def test_a_stopped_run_begins_again_and_gives_the_same_model(tmp_path) -> None:
    undisturbed = fit(small_examples(), ECHO, rival=False)
    stop = Recorder(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(Interrupted, match=r"nothing was saved.*\n.*--resume begins again") as stopped:
        fit(small_examples(), ECHO, out=tmp_path, rival=False, reporter=stop)
    assert stopped.value.exit_code == 130
    recorder = Recorder()
    resumed = fit(small_examples(), ECHO, out=tmp_path, rival=False, resume=True, reporter=recorder)
    assert any("begins again" in message for message in recorder.messages)
    for name, array in undisturbed.tensors.items():
        np.testing.assert_array_equal(array, resumed.tensors[name])
    assert not (tmp_path / "checkpoints").exists()
    assert read_model(tmp_path).config == undisturbed.config


def test_a_time_limit_leaves_texts_unread_and_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatewise.train.readout._BATCH_TEXTS", 32)
    recorder = Recorder()
    model = fit(small_examples(), ECHO, rival=False, reporter=recorder, time_limit=1e-6)
    assert any(re.search(r"is near after \d\d of 216 texts", message) for message in recorder.messages)
    assert np.isfinite(model.tensors["head.weight"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dev_share": 0.0}, "ridge=0 is chosen on a development split"),
        ({"supervision": "every-word"}, "supervision='every-word' is not there for network='echo_state'"),
        ({"objective": "perceptron"}, "objective='perceptron' is not there for network='echo_state'"),
    ],
)
def test_what_a_regression_cannot_do_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit(small_examples(), ECHO.with_options(**options), rival=False)


def test_without_a_development_split_a_given_penalty_serves() -> None:
    model = fit(small_examples(), ECHO.with_options(dev_share=0.0, ridge=0.1), rival=False)
    assert accuracy(model, small_examples(seed=9)) > 0.9
    assert model.metrics["history"][0]["ridge"] == 0.1


def test_another_models_reservoir_can_be_taken_over() -> None:
    source = fit(small_examples(), ECHO.with_options(seed=7), rival=False)
    examples = small_examples(120, seed=2)
    model = fit(examples, ECHO.with_options(min_count=2), source=source, rival=False)
    for name in ("embedding.weight", "encoder.weight_ih_l0", "encoder.weight_hh_l0"):
        np.testing.assert_array_equal(model.tensors[name], source.tensors[name])
    assert not np.array_equal(model.tensors["head.weight"], source.tensors["head.weight"])
    with pytest.raises(ParameterError, match="network='echo_state' cannot be had"):
        fit(examples, ECHO, source=fit(small_examples(), SMALL.with_options(network="perceptron"), rival=False))


def test_a_run_leaves_autograd_as_it_was_and_the_reservoir_out_of_it() -> None:
    network = Classifier(fit(small_examples(), ECHO, rival=False).config.network)
    assert torch.is_grad_enabled()
    assert {name for name, one in network.named_parameters() if one.requires_grad} == {
        "embedding.weight",
        "head.weight",
        "head.bias",
    }
