"""Objectives of threshold and linear units, plain gradient descent, and the perceptron recipes."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small import SMALL, small_examples

from gatewise.errors import Interrupted
from gatewise.metrics.calibration import fit_temperature
from gatewise.models.classifier import Classifier
from gatewise.ops.activations import threshold
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged
from gatewise.train.batch import Encoded
from gatewise.train.fit import fit
from gatewise.train.loop import Run
from gatewise.train.objective import OBJECTIVES, mean_of_texts, perceptron, squared_error
from gatewise.train.progress import QuietReporter
from gatewise.train.recipe import Recipe

PLAIN = Recipe(
    network="perceptron",
    objective="perceptron",
    optimizer="sgd",
    schedule="constant",
    learning_rate=0.5,
    epochs=1,
    clip=0.0,
    ema=0.0,
    word_dropout=0.0,
    embedding_dropout=0.0,
    input_dropout=0.0,
    output_dropout=0.0,
)


def one_step(vectors: list[list[float]], classes: list[int], recipe: Recipe, weight: list[list[float]]) -> Classifier:
    """The network after one step on texts of one word each, whose vectors are given, from a given head."""
    n = len(vectors)
    config = NetworkConfig(n, max(2, len(weight)), "perceptron", len(vectors[0]), pooling="mean")
    network = Classifier(config)
    network.embedding.load_state_dict({"weight": torch.tensor(vectors)})
    network.head.load_state_dict({"weight": torch.tensor(weight), "bias": torch.zeros(len(weight))})
    texts = Encoded(Ragged.from_lists([np.array([i], np.int32) for i in range(n)]), np.array(classes))
    run = Run(network=network, recipe=recipe.with_options(batch_texts=n), train=texts, reporter=QuietReporter())
    run.run()
    assert run.state.step == 1
    return network


# Binary fractions, so that no product or sum is rounded and "equal" can mean equal.
FRACTIONS = st.integers(-8, 8).map(lambda n: n / 4)


@given(
    x=st.lists(FRACTIONS, min_size=3, max_size=3),
    w=st.lists(FRACTIONS, min_size=3, max_size=3),
    y=st.integers(0, 1),
)
def test_a_step_on_one_example_is_exactly_rosenblatts_rule(x: list[float], w: list[float], y: int) -> None:
    network = one_step([x], [y], PLAIN, [w])
    total = float(np.dot(w, x))
    # A sum of exactly zero does not fire here, as class 1 needs a logit above zero.
    answer = threshold(np.array([total]))[0] if total else 0.0
    np.testing.assert_array_equal(
        network.head.weight.detach().numpy()[0], np.array(w) + 0.5 * (y - answer) * np.array(x)
    )
    assert network.head.bias.item() == 0.5 * (y - answer)


def test_a_batch_adds_up_the_rule_of_its_wrong_examples_and_takes_the_mean() -> None:
    vectors, weight = [[1.0, 0.5], [-2.0, 1.0], [0.25, 4.0], [-1.0, -1.0]], [[1.0, -0.5]]
    classes = [1, 1, 0, 0]
    network = one_step(vectors, classes, PLAIN, weight)
    x, w = np.array(vectors), np.array(weight)[0]
    errors = np.array(classes) - (x @ w > 0)
    assert errors.tolist() == [0, 1, 0, 0]
    np.testing.assert_array_equal(network.head.weight.detach().numpy()[0], w + 0.5 * (errors @ x) / 4)


def test_word_vectors_learn_by_the_same_error_signal_and_only_where_the_answer_is_wrong() -> None:
    vectors, weight = [[1.0, 0.5], [-2.0, 1.0]], [[1.0, -0.5]]
    network = one_step(vectors, [1, 1], PLAIN, weight)
    got = network.embedding.weight.detach().numpy()
    np.testing.assert_array_equal(got[0], vectors[0])
    np.testing.assert_array_equal(got[1], np.array(vectors[1]) + 0.5 * np.array(weight[0]) / 2)


def test_several_classes_are_one_threshold_unit_each_against_the_rest() -> None:
    vectors, weight = [[1.0, 2.0]], [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    network = one_step(vectors, [2], PLAIN, weight)
    errors = np.array([[0 - 1], [0 - 1], [1 - 0]])
    want = np.array(weight) + 0.5 * errors * np.array(vectors)
    np.testing.assert_array_equal(network.head.weight.detach().numpy(), want)


@pytest.mark.parametrize("outputs", [1, 3])
def test_criteria_are_those_of_their_formulas(outputs: int) -> None:
    torch.manual_seed(0)
    logits = torch.randn(20, outputs, dtype=torch.double)
    targets = torch.randint(0, max(2, outputs), (20,))
    y = targets[:, None].double() if outputs == 1 else torch.eye(3, dtype=torch.double)[targets]
    sign = 2 * y - 1
    torch.testing.assert_close(perceptron(logits, targets), torch.relu(-sign * logits).sum(1))
    torch.testing.assert_close(squared_error(logits, targets), (0.5 * (logits + 0.5 - y) ** 2).sum(1))


@pytest.mark.parametrize("objective", ["squared-error", "cross-entropy"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_slopes_are_right(objective: str, outputs: int) -> None:
    logits = torch.randn(6, outputs, dtype=torch.double, requires_grad=True)
    targets = torch.arange(6) % max(2, outputs)
    assert torch.autograd.gradcheck(lambda z: OBJECTIVES[objective](z, targets), logits)


def test_the_perceptrons_slope_is_answer_minus_truth_at_zero_too() -> None:
    logits = torch.tensor([[2.0], [-2.0], [0.0], [2.0], [-2.0], [0.0]], requires_grad=True)
    perceptron(logits, torch.tensor([1, 1, 1, 0, 0, 0])).sum().backward()
    assert logits.grad.flatten().tolist() == [0, -1, -1, 1, 0, 0]


def test_a_linear_unit_ends_at_the_least_squares_solution() -> None:
    random = np.random.default_rng(0)
    vectors, classes = random.normal(size=(40, 3)), random.integers(0, 2, 40)
    config = NetworkConfig(40, 2, "perceptron", 3, pooling="mean")
    network = Classifier(config)
    network.embedding.load_state_dict({"weight": torch.tensor(vectors).float()})
    network.embedding.weight.requires_grad_(False)
    texts = Encoded(Ragged.from_lists([np.array([i], np.int32) for i in range(40)]), classes)
    recipe = PLAIN.with_options(objective="squared-error", epochs=400, batch_texts=40)
    Run(network=network, recipe=recipe, train=texts, reporter=QuietReporter()).run()
    design = np.hstack([vectors, np.ones((40, 1))])
    solution = np.linalg.lstsq(design, classes, rcond=None)[0]
    # Float32 descent to the bottom of a well-conditioned bowl. The logit is the output less 1/2.
    np.testing.assert_allclose(network.head.weight.detach().numpy()[0], solution[:3], atol=1e-5)
    assert network.head.bias.item() == pytest.approx(solution[3] - 0.5, abs=1e-5)


def test_class_weights_weigh_the_mean() -> None:
    losses, targets = torch.tensor([1.0, 1.0, 4.0]), torch.tensor([0, 0, 1])
    assert mean_of_texts(losses, targets).item() == 2.0
    assert mean_of_texts(losses, targets, torch.tensor([0.75, 1.5])).item() == pytest.approx(7.5 / 3)


@pytest.mark.parametrize("objective", list(OBJECTIVES))
@pytest.mark.parametrize("network", ["mlp", "lstm"])
def test_every_objective_trains_every_network(objective: str, network: str) -> None:
    recipe = SMALL.with_options(network=network, objective=objective, epochs=8)
    seen, unseen = small_examples(), small_examples(seed=9)
    if objective == "ordinal":  # For labels that are numbers.
        seen, unseen = (replace(one, labels=[1 + (label == "pos") for label in one.labels]) for one in (seen, unseen))
    model = fit(seen, recipe, rival=False)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.9


@pytest.mark.parametrize("stop_at", [3, 14])
def test_plain_gradient_descent_resumes_to_the_same_bits(tmp_path, stop_at: int) -> None:
    class Stopper(QuietReporter):
        def step(self, report) -> None:
            if report.step == stop_at:
                os.kill(os.getpid(), signal.SIGTERM)

    recipe = SMALL.with_options(network="perceptron", objective="perceptron", optimizer="sgd", learning_rate=1.0)
    undisturbed = fit(small_examples(), recipe, rival=False)
    with pytest.raises(Interrupted, match="saved"):
        fit(small_examples(), recipe, out=tmp_path, rival=False, reporter=Stopper())
    resumed = fit(small_examples(), recipe, out=tmp_path, rival=False, resume=True)
    for name, array in undisturbed.tensors.items():
        np.testing.assert_array_equal(array, resumed.tensors[name])


@pytest.mark.parametrize("recipe", ["perceptron-threshold", "perceptron-linear", "perceptron-logistic"])
def test_the_shipped_perceptrons_learn_and_know_how_sure_they_are(recipe: str) -> None:
    shipped = Recipe.load(recipe)
    assert shipped.network == "perceptron"
    assert shipped.optimizer == "sgd"
    model = fit(small_examples(), shipped.with_options(min_count=1), rival=False)
    unseen = small_examples(seed=9)
    probabilities = Predictor(model).predict_proba(unseen.texts)[:, 1]
    truth = np.array([label == "pos" for label in unseen.labels])
    assert ((probabilities > 0.5) == truth).mean() > 0.95


@pytest.mark.parametrize("scale", [1e-6, 0.3, 1e6])
def test_a_temperature_undoes_the_scale_of_a_threshold_units_sums_within_its_bounds(scale: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=500)
    truth = (random.uniform(size=500) < 1 / (1 + np.exp(-logits))).astype(int)
    want = np.clip(scale * fit_temperature(logits, truth), 0.05, 20)
    assert fit_temperature(logits * scale, truth) == pytest.approx(want)
