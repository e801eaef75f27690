"""Checks of what the course documents print as equations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gatewise.ops.activations import ACTIVATIONS, sigmoid, tanh
from gatewise.ops.checks import Floats
from gatewise.studies.bptt import checks, descent
from gatewise.studies.bptt.by_hand import Reading, backward, total
from gatewise.studies.bptt.network import Example, example
from gatewise.studies.courses.item import Shown
from gatewise.studies.notations import forms, literal, measures

_Z = np.linspace(-8, 8, 1601)
_ROUNDING = 1e-14


def sigmoid_sign() -> Shown:
    """1 / (1 + e^z) is σ(−z)."""
    printed = 1 / (1 + np.exp(_Z))
    apart = float(np.abs(printed - sigmoid(-_Z)).max())
    falls = bool((np.diff(printed) < 0).all())
    return Shown(
        apart < _ROUNDING and falls,
        f"the printed function is σ(−z) to {_ROUNDING:g} and falls from {printed[0]:.4f} at −8 to {printed[-1]:.4f} "
        "at 8",
    )


def leaky_relu_label() -> Shown:
    """The line labelled f' is f."""
    one, z = ACTIVATIONS["leaky_relu"], _Z[np.abs(_Z) > 1e-3]
    slope = (one.function(z + 1e-4) - one.function(z - 1e-4)) / 2e-4
    right, wrong = (float(np.abs(line - slope).max()) for line in (one.derivative(z), one.function(z)))
    return Shown(
        right < 1e-9 < wrong,
        f"1 or 0.01 is the slope that differences give; z or 0.01 z would be off by up to {wrong:.2f} on ±8",
    )


def tanh_printed() -> Shown:
    """(1 − e^−2z) / (1 + e^−2z) is tanh, and its derivative 1 − tanh²."""
    printed = (1 - np.exp(-2 * _Z)) / (1 + np.exp(-2 * _Z))
    apart = float(np.abs(printed - tanh(_Z)).max())
    slope = _slope_error("tanh")
    return Shown(apart < _ROUNDING and slope < 1e-9, f"equal to {_ROUNDING:g}, its derivative to 1e-09")


def _slope_error(name: str) -> float:
    """Largest difference of a derivative to central differences on ±8."""
    one, d = ACTIVATIONS[name], 1e-5
    slope = (one.function(_Z + d) - one.function(_Z - d)) / (2 * d)
    return float(np.abs(slope - one.derivative(_Z)).max())


def gradient_step() -> Shown:
    """10.1 − 0.001."""
    new = descent.WEIGHT - descent.STEP
    return Shown(abs(new - 10.099) < 1e-12, f"{descent.WEIGHT} − {descent.STEP} = {new:.3f}")


def threshold_gradient() -> Shown:
    """Gradient descent on a threshold unit stands still; the perceptron's own rule does not."""
    unit = ACTIVATIONS["threshold"]
    first, last = descent.descend(unit, 1.0, 0, (0, 100))
    x, y = descent.points(0)
    x[:, :2] += 2 * (2 * y - 1)[:, None]  # Far enough apart for a line between them.
    w: Floats = np.zeros(3)
    for _ in range(100):
        for row, wanted in zip(x, y, strict=True):
            w = w + (wanted - unit.function(row @ w)) * row
    learnt = descent.error(unit, w, x, y)
    return Shown(
        first == last == 0.25 and learnt == 0,
        f"E stays at {last:.2f} for 100 steps of gradient descent; by the rule w ← w + (y − ŷ) x it is {learnt:.0f}",
    )


def swapped_returns() -> Shown:
    """ct, ht = LSTMCELL(...) of a cell that returns ht, Ct."""
    form, x = forms.random_joined(inputs=3, units=5, seed=0), _sequence(20, 3)
    right, _ = literal.notation_1(form, x)
    meant, _ = literal.pseudo_code(form, x)
    printed, _ = literal.pseudo_code(form, x, swapped=True)
    wrong = measures.by_step(printed, right)
    return Shown(
        np.array_equal(meant, right) and min(wrong) > 0.01,
        f"no error is raised, and h is off at every one of 20 steps, by {min(wrong):.2f} to {max(wrong):.2f}",
    )


def plus_for_concatenation() -> Shown:
    """prev_ht + input."""
    results = [case["result"] for case in measures.combining(5)]
    right = ["11 numbers, as meant", "error: shapes differ"] + 2 * ["5 numbers, no error, and wrong"]
    return Shown(
        results == right,
        "lists are joined; arrays of 5 and 6 numbers raise an error; arrays of 5 and 5, or of 5 and 1, are added "
        "without one",
    )


def notations_agree() -> Shown:
    """The three notations, torch and Keras's layout."""
    first, *others = measures.answers(forms.random_joined(inputs=3, units=5, seed=0), _sequence(20, 3)).values()
    apart = max(float(np.abs(other - first).max()) for other in others)
    return Shown(apart <= 1e-12, "all outputs of 20 steps agree to 1e-12, those of torch.nn.LSTM included")


def no_bias() -> Shown:
    """Notation (2) with nothing to read has every gate at one half, whatever its weights."""
    form, nothing = forms.random_joined(inputs=3, units=5, seed=0), np.zeros((1, 3))
    bare = forms.Unbiased(
        {gate: form.weight[gate][:, 5:].T for gate in forms.GATES},
        {gate: form.weight[gate][:, :5].T for gate in forms.GATES},
    )
    without, with_bias = literal.notation_2(bare, nothing)[0], literal.notation_1(form, nothing)[0]
    carried = forms.joined_to_unbiased(form, constant_input=True)
    mended = literal.notation_2(carried, np.array([[0.0, 0.0, 0.0, 1.0]]))[0]
    return Shown(
        not without.any() and bool(with_bias.all()) and bool(np.abs(mended - with_bias).max() < 1e-12),
        "of a zero input it gives h = 0 whatever its weights; with a further input of 1 it gives what (1) gives",
    )


def softmax_of_h() -> Shown:
    """softmax(h) without an output matrix."""
    reached = measures.surest([5000])[5000]
    h, _ = literal.notation_1(forms.random_joined(inputs=3, units=50, seed=0), 50 * _sequence(20, 3))
    shares = np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)
    bound = measures.surest([50])[50]
    return Shown(
        bool(shares.max() < bound) and reached < 0.0015,
        f"h lies in (−1, 1), so with 5,000 words = 5,000 units no probability reaches {reached:.2%}",
    )


def printed_chain() -> Shown:
    """The chain for dc without the way through h."""
    one, single = _example(), example(steps=1, inputs=2, units=3, seed=0)
    error, none = _error(one, "printed chain"), _error(single, "printed chain")
    apart = checks.largest_difference(total(backward(one)), checks.by_autograd(one))
    return Shown(
        apart < 1e-10 and none == 0 and error > 0.01,
        f"with all ways the gradients are autograd's to 1e-10; as printed they are {error:.1%} off at 4 steps and "
        "right at 1",
    )


def outer_products() -> Shown:
    """Σ o (1 − o) h do."""
    one = _example()
    diagonal, twice = _error(one, "products by elements"), _error(one, "slope twice")
    return Shown(
        min(diagonal, twice) > 0.01,
        f"by elements the gradients are {diagonal:.1%} off, with do taken at the sum inside the gate {twice:.1%}",
    )


def loss_at_every_step() -> Shown:
    """The loss of the last step and of all steps have different gradients."""
    every, last = (
        total(backward(example(steps=4, inputs=2, units=3, seed=0, only_last=only_last))) for only_last in (False, True)
    )
    apart = checks.distance(last, every)
    return Shown(apart > 0.1, f"the gradients of the two differ by {apart:.0%} in an example of 4 steps")


def vanishing_and_exploding() -> Shown:
    """‖∂L/∂c‖ at step 1 over that at step 50 of an LSTM, with small and with large recurrent weights."""
    small, large = (_through_time(scale) for scale in (0.3, 2.0))
    return Shown(
        small < 1e-6 and large > 100,
        f"over 49 steps of 16 units ‖∂L/∂c‖ is multiplied by {small:.0e} in the median with recurrent weights from "
        f"N(0, 0.3²), by {large:.0f} with N(0, 2²)",
    )


def _through_time(scale: float) -> float:
    found = []
    for seed in range(20):
        one = example(steps=50, inputs=4, units=16, seed=seed, only_last=True)
        factors = {"W_h": scale, "W_x": 0.3}
        weights = {name: matrix * factors.get(name[:3], 0.0) for name, matrix in one.weights.items()}
        steps = backward(replace(one, weights=weights))
        found.append(np.linalg.norm(steps[0].dc) / np.linalg.norm(steps[-1].dc))
    return float(np.median(found))


def _example() -> Example:
    return example(steps=4, inputs=2, units=3, seed=0)


def _error(one: Example, reading: Reading) -> float:
    return checks.error_of(one, reading)


def _sequence(steps: int, inputs: int) -> Floats:
    return np.random.default_rng([0, 1]).normal(size=(steps, inputs))
