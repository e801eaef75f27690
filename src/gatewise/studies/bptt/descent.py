"""The gradient step W ← W − α ∂E/∂W with E = ½ (ŷ − y)², on one unit with two inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gatewise.ops.activations import ACTIVATIONS, Activation
from gatewise.ops.checks import Floats

WEIGHT, STEP = 10.1, 0.001  # The worked number of the slides, which says 10.999.
POINTS = 40


def points(seed: int) -> tuple[Floats, Floats]:
    """Clouds around (−1, −1) and (1, 1): ``[40, 3]``, the last column 1 for the bias, and their classes ``[40]``."""
    draw = np.random.default_rng([seed, 1])
    y = np.arange(POINTS) % 2 * 1.0
    x = draw.normal(size=(POINTS, 2)) + (2 * y - 1)[:, None]
    return np.concatenate([x, np.ones((POINTS, 1))], axis=1), y


def error(unit: Activation, w: Floats, x: Floats, y: Floats) -> float:
    """Mean of E = ½ (ŷ − y)² with ŷ = f(x·w)."""
    return float((0.5 * (unit.function(x @ w) - y) ** 2).mean())


def gradient(unit: Activation, w: Floats, x: Floats, y: Floats) -> Floats:
    """∂E/∂w = mean of (ŷ − y) f'(x·w) x."""
    z = x @ w
    mean: Floats = x.T @ ((unit.function(z) - y) * unit.derivative(z)) / len(y)
    return mean


def descend(unit: Activation, rate: float, seed: int, when: Sequence[int]) -> list[float]:
    """E after so many steps from w = 0."""
    x, y = points(seed)
    w: Floats = np.zeros(x.shape[1])
    found = []
    for step in range(max(when) + 1):
        if step in when:
            found.append(error(unit, w, x, y))
        w = w - rate * gradient(unit, w, x, y)
    return found


def steepest(seed: int) -> float:
    """Largest curvature of a linear unit's E: from a rate of 2 divided by it on, the steps overshoot."""
    x, y = points(seed)
    return float(np.linalg.eigvalsh(x.T @ x / len(y)).max())


def gradient_error(name: str, seed: int) -> float:
    """Largest difference of ∂E/∂w to central differences at a random w."""
    x, y = points(seed)
    unit, w, d = ACTIVATIONS[name], np.random.default_rng([seed, 2]).normal(size=3), 1e-5
    sides = [(error(unit, w + side, x, y) - error(unit, w - side, x, y)) / (2 * d) for side in np.eye(3) * d]
    return float(np.abs(np.array(sides) - gradient(unit, w, x, y)).max())
