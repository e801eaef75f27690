"""The activations of the course documents: what they are, their slopes, checks of both, and two misprints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from gatewise.errors import ParameterError
from gatewise.ops.activations import ACTIVATIONS, LEAK, Activation, sigmoid
from gatewise.ops.checks import Floats
from gatewise.studies.activations_plot import plot
from gatewise.studies.report import Finding, Report, Table

RANGES = {
    "linear": "(−∞, ∞)",
    "sigmoid": "(0, 1)",
    "tanh": "(−1, 1)",
    "relu": "[0, ∞)",
    "leaky_relu": "(−∞, ∞)",
    "softplus": "(0, ∞)",
    "threshold": "{0, 1}",
}
# What torch calls them; it has no threshold that could be differentiated.
IN_TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": torch.nn.Identity(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.LeakyReLU(LEAK),
    "softplus": torch.nn.functional.softplus,
}
WIDEST = 8.0  # Beyond it a sigmoid is within 4e-4 of its bounds.
STEP = 1e-5  # Of central differences in float64: about the cube root of its rounding, where their error is least.
DEPTH = 20


def activations(*, seed: int = 0, points: int = 1000) -> Report:
    """Table, plot and check of the seven activations, and what the misprints would do.

    Args:
        seed: Seeds the places at which the derivatives are checked.
        points: How many places, within ±8.

    Raises:
        ParameterError: Fewer than one point.

    Example:
        >>> report = activations(points=10)
        >>> sorted(report.numbers["check"]["relu"])
        ['central_differences', 'torch_slope', 'torch_value']
    """
    if points < 1:
        raise ParameterError(f"points={points} is below 1")
    z = np.random.default_rng(seed).uniform(-WIDEST, WIDEST, points)
    z = z[np.abs(z) > STEP]  # A difference across a kink is no slope.
    check = {name: checked(one, z) for name, one in ACTIVATIONS.items()}
    numbers = {"check": check, "largest_slope": _largest_slopes(), **misprints(z), **tripled()}
    return Report(
        name="activations",
        title="Activations and their slopes",
        question="Which functions do the course documents use, are the derivatives they print right, and what would "
        "their misprints do?",
        method=_METHOD,
        settings={"seed": seed, "points": points, "step": STEP, "leak": LEAK},
        numbers=numbers,
        findings=_findings(numbers),
        tables=(_table(numbers["largest_slope"]), _check_table(check)),
        plots=(plot(),),
        advice=_ADVICE,
    )


def checked(one: Activation, z: Floats) -> dict[str, float | None]:
    """Largest errors at `z`: of f' against central differences, of f and f' against torch (None where it has none)."""
    left, right = z - STEP, z + STEP
    differences = (one.function(right) - one.function(left)) / (right - left)
    result: dict[str, float | None] = {"central_differences": _largest(differences - one.derivative(z))}
    if one.name not in IN_TORCH:
        return {**result, "torch_value": None, "torch_slope": None}
    there = torch.tensor(z, requires_grad=True)
    values = IN_TORCH[one.name](there)
    (slopes,) = torch.autograd.grad(values.sum(), there)
    return {
        **result,
        "torch_value": _largest(one.function(z) - values.detach().numpy()),
        "torch_slope": _largest(one.derivative(z) - slopes.numpy()),
    }


def misprints(z: Floats) -> dict[str, Any]:
    """What the misprinted lines are instead, in numbers."""
    printed, slope = 1 / (1 + np.exp(z)), _printed_slope(z)
    leaky = ACTIVATIONS["leaky_relu"]
    with np.errstate(over="ignore", invalid="ignore"):
        # exp(-2z) is above the largest float64 from z = -355 on, and infinity over infinity is no number.
        far = np.array([-400.0])
        tanh_far = (1 - np.exp(-2 * far)) / (1 + np.exp(-2 * far))
    return {
        "printed_sigmoid": {
            "distance_to_sigmoid_of_minus_z": _largest(printed - sigmoid(-z)),
            "distance_to_sigmoid": _largest(printed - sigmoid(z)),
            "slope_at_zero": float(_printed_slope(np.zeros(1))[0]),
            "distance_of_slope_to_minus_f_times_1_minus_f": _largest(slope + printed * (1 - printed)),
        },
        "leaky_relu_line_read_as_slope": _largest(leaky.function(z) - leaky.derivative(z)),
        "softplus_above_relu_at_most": float(np.log(2)),
        "printed_tanh_at_minus_400_is_a_number": bool(np.isfinite(tanh_far).all()),
    }


def _printed_slope(z: Floats) -> Floats:
    """Of 1 / (1 + e^z)."""
    slope: Floats = -np.exp(z) / (1 + np.exp(z)) ** 2
    return slope


def tripled() -> dict[str, float]:
    """Three times the value before, fifty times over: without and with tanh, and the slope of the whole with tanh."""
    free, held, slope = 1.0, 1.0, 1.0
    for _ in range(50):
        slope *= 3 * (1 - np.tanh(3 * held) ** 2)
        free, held = 3 * free, float(np.tanh(3 * held))
    return {"tripled_50_times": free, "tripled_with_tanh": held, "slope_of_tripled_with_tanh": float(slope)}


def _largest(values: Floats) -> float:
    return float(np.abs(values).max())


def _largest_slopes() -> dict[str, float]:
    z = np.linspace(-WIDEST, WIDEST, 16_001)  # Zero, where σ' and tanh' are largest, is one of them.
    return {name: _largest(one.derivative(z)) for name, one in ACTIVATIONS.items()}


def _table(slopes: dict[str, float]) -> Table:
    rows = tuple(
        (one.name, one.formula, one.derivative_formula, RANGES[one.name], slopes[one.name])
        for one in ACTIVATIONS.values()
    )
    return Table("The seven activations", ("name", "f(z)", "f′(z)", "range", f"largest |f′|, ±{WIDEST:g}"), rows)


def _check_table(check: dict[str, dict[str, float | None]]) -> Table:
    rows = tuple(
        (name, *("not in torch" if error is None else error for error in errors.values()))
        for name, errors in check.items()
    )
    names = ("name", "f′ against central differences", "f against torch", "f′ against torch")
    return Table("Largest absolute errors of our functions, float64", names, rows)


def _findings(numbers: dict[str, Any]) -> tuple[Finding, ...]:
    worst = max(errors["central_differences"] for errors in numbers["check"].values())
    printed, slopes = numbers["printed_sigmoid"], numbers["largest_slope"]
    return (
        Finding(
            "The sigmoid is 1 / (1 + e^z)",
            "K",
            "false",
            f"The printed line is σ(−z), within {printed['distance_to_sigmoid_of_minus_z']:.1e}: it falls, with slope "
            f"{printed['slope_at_zero']} at zero, and is up to {printed['distance_to_sigmoid']:.3f} away from σ. The "
            "derivative printed beside it, f (1 − f), has the wrong sign for it.",
        ),
        Finding(
            "The derivatives of linear, sigmoid, tanh and ReLU are 1, σ (1 − σ), 1 − tanh² and 1 or 0",
            "K",
            "true",
            f"Central differences agree to {worst:.1e} with these and with the other three of the table. At zero ReLU "
            "has no derivative; torch and we take the left one, 0.",
        ),
        Finding(
            "The line of leaky ReLU labelled f′ (z or az) is its derivative",
            "K",
            "false",
            "It is f itself. Read as a slope it would be wrong by up to "
            f"{numbers['leaky_relu_line_read_as_slope']:.2f} on ±{WIDEST:g}, where the slope is 1 or {LEAK}.",
        ),
        Finding(
            "Softplus is a smooth stand-in for ReLU",
            "K",
            "true",
            f"Its slope is σ. It lies above ReLU by at most log 2 = {numbers['softplus_above_relu_at_most']:.4f}, at "
            "zero, where ReLU gives exact zeros and softplus does not.",
        ),
        Finding(
            "Gradients of ReLU can exceed 1 and grow layer by layer",
            "S",
            "partly",
            f"Not of ReLU itself: its slope is at most {slopes['relu']:g}. What grows is the product with the weights, "
            "which ReLU does not hold back; the study gradients measures it.",
        ),
        Finding(
            "Multiplying by 3 again and again explodes without tanh",
            "W",
            "true",
            f"After 50 times 1 has become {numbers['tripled_50_times']:.1e}, with tanh "
            f"{numbers['tripled_with_tanh']:.4f}. The price: the slope of the whole is "
            f"{numbers['slope_of_tripled_with_tanh']:.1e}, a vanished gradient.",
        ),
    )


_METHOD = (
    "Each function and its derivative is computed in float64 at points drawn uniformly within ±8. The derivative is "
    "compared with (f(z + d) − f(z − d)) / 2d, d = 1e-5, and with torch's automatic one, which there is none of for "
    "threshold.",
    "Points nearer than d to zero are left out, for ReLU, leaky ReLU and threshold have a kink or a jump there.",
    "a of leaky ReLU is 0.01, torch's default; the course document leaves it open.",
)
_ADVICE = (
    "Gates want a sigmoid, for its values are shares between 0 and 1; the candidate and the shown cell want tanh, "
    "which has a sign.",
    f"The slope of a sigmoid is at most a quarter: {DEPTH} of them in a row leave at most {0.25**DEPTH:.1e} of a "
    "gradient, weights aside. Those of tanh and ReLU reach 1.",
    "A threshold has no slope, so that gradient descent leaves its weights where they are; the perceptron has a "
    "learning rule of its own.",
    "Compute tanh and softplus by library functions. The printed tanh, (1 − e^−2z) / (1 + e^−2z), is right on paper "
    "and not a number in float64 at z = −400.",
)
