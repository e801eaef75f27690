"""A small LSTM with a loss at its steps, forwards, in the letters of the course document.

i_t = σ(W_xi x_t + W_hi h_{t−1} + b_i)          f_t = σ(W_xf x_t + W_hf h_{t−1} + b_f)
g_t = tanh(W_xc x_t + W_hc h_{t−1} + b_c)       o_t = σ(W_xo x_t + W_ho h_{t−1} + b_o)
c_t = f_t ∘ c_{t−1} + i_t ∘ g_t                 h_t = o_t ∘ tanh(c_t)
L(t) = ½ ‖h_t − y_t‖²                           L = Σ_t L(t)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.activations import sigmoid as σ
from gatewise.ops.checks import Floats

GATES = ("i", "f", "c", "o")
"""Letters of the weights; c is the candidate's, whose value is g."""

NAMES = tuple(f"W_{side}{gate}" for side in "xh" for gate in GATES) + tuple(f"b_{gate}" for gate in GATES)

Weights = dict[str, Floats]
Nudges = Mapping[tuple[int, str], Floats]


@dataclass(frozen=True)
class Example:
    """A network and what it reads and should answer.

    Attributes:
        weights: By `NAMES`: ``W_x*`` ``[H, I]``, ``W_h*`` ``[H, H]``, ``b_*`` ``[H]``, float64.
        x: ``[T, I]``.
        y: ``[T, H]``, what h should be.
        counted: ``[T]``, 1 for steps whose loss counts, else 0.
    """

    weights: Weights
    x: Floats
    y: Floats
    counted: Floats


@dataclass(frozen=True)
class Step:
    """All values of a step, ``[I]`` or ``[H]``."""

    x: Floats
    h_before: Floats
    c_before: Floats
    i: Floats
    f: Floats
    g: Floats
    o: Floats
    c: Floats
    h: Floats


def example(*, steps: int, inputs: int, units: int, seed: int, only_last: bool = False) -> Example:
    """Weights, sequence and targets from N(0, 1); the same from the same seed, whether or not `only_last`.

    Args:
        steps: T.
        inputs: I.
        units: H.
        seed: Seeds everything.
        only_last: Count the loss of the last step alone.

    Raises:
        ParameterError: A size is below 1.
    """
    for name, size in (("steps", steps), ("inputs", inputs), ("units", units)):
        if size < 1:
            raise ParameterError(f"{name}={size} is below 1")
    draw = np.random.default_rng(seed)
    shapes = {"x": (units, inputs), "h": (units, units)}
    weights: Weights = {name: draw.normal(size=shapes[name[2]] if name[0] == "W" else (units,)) for name in NAMES}
    counted = np.zeros(steps) if only_last else np.ones(steps)
    counted[-1] = 1.0
    return Example(weights, draw.normal(size=(steps, inputs)), draw.normal(size=(steps, units)), counted)


def forward(one: Example, weights: Weights | None = None, nudges: Nudges | None = None) -> list[Step]:
    """The steps, from h = c = 0.

    Args:
        one: The example.
        weights: Instead of its own.
        nudges: Added to a value the moment it is computed, by step from 0 and letter (i, f, g, o, c or h): what follows
            from it changes, what led to it does not.
    """
    w, moved = weights or one.weights, nudges or {}
    h, c = np.zeros((2, one.y.shape[1]))
    steps = []
    for t, x in enumerate(one.x):
        before = h, c
        z = {gate: w[f"W_x{gate}"] @ x + w[f"W_h{gate}"] @ h + w[f"b_{gate}"] for gate in GATES}
        i, f, o = (σ(z[gate]) + moved.get((t, gate), 0) for gate in "ifo")
        g = np.tanh(z["c"]) + moved.get((t, "g"), 0)
        c = f * c + i * g + moved.get((t, "c"), 0)
        h = o * np.tanh(c) + moved.get((t, "h"), 0)
        steps.append(Step(x, *before, i, f, g, o, c, h))
    return steps


def loss(one: Example, weights: Weights | None = None, nudges: Nudges | None = None) -> float:
    """L = Σ_t ½ ‖h_t − y_t‖² over the steps that count; arguments as for `forward`."""
    h = np.array([step.h for step in forward(one, weights, nudges)])
    return float(0.5 * (one.counted[:, None] * (h - one.y) ** 2).sum())


def own_gradients(one: Example, steps: list[Step]) -> Floats:
    """∂L(t)/∂h_t ``[T, H]``: h_t − y_t where the step counts, else zero."""
    h = np.array([step.h for step in steps])
    gradients: Floats = one.counted[:, None] * (h - one.y)
    return gradients
