"""Nonlinearities of gates and neurons, each with its derivative: NumPy, elementwise, in the dtype of their input.

`ACTIVATIONS` has them by name. None of them overflows or warns, whatever finite number or infinity it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gatewise.ops.checks import Floats

LEAK = 0.01  # Slope of the leaky ReLU to the left of zero, torch's default.


def linear(x: Floats) -> Floats:
    """The identity f(x) = x, as a copy; the unit of linear regression.

    Example:
        >>> linear(np.array([-2.0, 3.0])).tolist()
        [-2.0, 3.0]
    """
    result: Floats = np.positive(x)
    return result


def linear_derivative(x: Floats) -> Floats:
    """f'(x) = 1.

    Example:
        >>> linear_derivative(np.array([-2.0, 3.0])).tolist()
        [1.0, 1.0]
    """
    return np.ones_like(x)


def sigmoid(x: Floats) -> Floats:
    """The logistic function 1 / (1 + e^-x), elementwise, in the dtype of `x`.

    Written with tanh, sigmoid(x) = (1 + tanh(x/2)) / 2, which can neither overflow nor warn, whatever `x` is. The
    absolute error is that of the dtype; far to the left the relative one is not, which no gate minds (probabilities are
    not made here).

    Example:
        >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    # Scalars of Python, not of NumPy, so that float32 stays float32.
    result: Floats = np.tanh(x * 0.5)
    result *= 0.5
    result += 0.5
    return result


def sigmoid_derivative(x: Floats) -> Floats:
    """σ'(x) = σ(x) (1 - σ(x)), at most 1/4, at zero.

    Example:
        >>> sigmoid_derivative(np.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.25, 0.0]
    """
    y = sigmoid(x)
    return y * (1 - y)


def tanh(x: Floats) -> Floats:
    """The hyperbolic tangent (1 - e^-2x) / (1 + e^-2x).

    Example:
        >>> tanh(np.array([-1000.0, 0.0, 1000.0])).tolist()
        [-1.0, 0.0, 1.0]
    """
    result: Floats = np.tanh(x)
    return result


def tanh_derivative(x: Floats) -> Floats:
    """tanh'(x) = 1 - tanh(x)^2, at most 1, at zero.

    Example:
        >>> tanh_derivative(np.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 1.0, 0.0]
    """
    y = tanh(x)
    return 1 - y * y


def relu(x: Floats) -> Floats:
    """The rectifier max(0, x).

    Example:
        >>> relu(np.array([-2.0, 0.0, 3.0])).tolist()
        [0.0, 0.0, 3.0]
    """
    result: Floats = np.maximum(x, 0)
    return result


def relu_derivative(x: Floats) -> Floats:
    """f'(x) = 1 where x > 0, else 0; at zero, where there is none, 0 as in torch.

    Example:
        >>> relu_derivative(np.array([-2.0, 0.0, 3.0])).tolist()
        [0.0, 0.0, 1.0]
    """
    return (x > 0).astype(x.dtype)


def leaky_relu(x: Floats) -> Floats:
    """The leaky rectifier: x where x > 0, else a x, with a = `LEAK`.

    Example:
        >>> leaky_relu(np.array([-2.0, 0.0, 3.0])).tolist()
        [-0.02, 0.0, 3.0]
    """
    # The larger of the two, because a < 1.
    result: Floats = np.maximum(x, x * LEAK)
    return result


def leaky_relu_derivative(x: Floats) -> Floats:
    """f'(x) = 1 where x > 0, else a = `LEAK`; at zero, where there is none, a as in torch.

    Example:
        >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0])).tolist()
        [0.01, 0.01, 1.0]
    """
    return np.where(x > 0, 1, LEAK).astype(x.dtype)


def softplus(x: Floats) -> Floats:
    """The smooth rectifier log(1 + e^x).

    Example:
        >>> softplus(np.array([-1000.0, 0.0, 1000.0])).round(4).tolist()
        [0.0, 0.6931, 1000.0]
    """
    # The power's exponent is never positive, so that it cannot overflow.
    result: Floats = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return result


def softplus_derivative(x: Floats) -> Floats:
    """f'(x) = 1 / (1 + e^-x), the logistic function.

    Example:
        >>> softplus_derivative(np.array([-1000.0, 0.0, 1000.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    return sigmoid(x)


def threshold(x: Floats) -> Floats:
    """The unit of the perceptron: 1 where x > 0, else 0.

    Example:
        >>> threshold(np.array([-2.0, 0.0, 3.0])).tolist()
        [0.0, 0.0, 1.0]
    """
    return (x > 0).astype(x.dtype)


def threshold_derivative(x: Floats) -> Floats:
    """f'(x) = 0; at zero, where it jumps, there is none and 0 is given: no gradient descent without another rule.

    Example:
        >>> threshold_derivative(np.array([-2.0, 0.0, 3.0])).tolist()
        [0.0, 0.0, 0.0]
    """
    return np.zeros_like(x)


@dataclass(frozen=True)
class Activation:
    """A nonlinearity and its derivative.

    Attributes:
        name: As in `ACTIVATIONS`.
        formula: Of f(z), to be read.
        derivative_formula: Of f'(z).
        function: Of a float32 or float64 array of any shape; a new array of that shape and dtype.
        derivative: The same for f'. It takes z, not f(z).
    """

    name: str
    formula: str
    derivative_formula: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]


ACTIVATIONS: dict[str, Activation] = {
    one.name: one
    for one in (
        Activation("linear", "z", "1", linear, linear_derivative),
        Activation("sigmoid", "1 / (1 + e^−z)", "σ(z) (1 − σ(z))", sigmoid, sigmoid_derivative),
        Activation("tanh", "(1 − e^−2z) / (1 + e^−2z)", "1 − tanh²(z)", tanh, tanh_derivative),
        Activation("relu", "max(0, z)", "1 if z > 0 else 0", relu, relu_derivative),
        Activation("leaky_relu", "z if z > 0 else 0.01 z", "1 if z > 0 else 0.01", leaky_relu, leaky_relu_derivative),
        Activation("softplus", "log(1 + e^z)", "1 / (1 + e^−z)", softplus, softplus_derivative),
        Activation("threshold", "1 if z > 0 else 0", "0 where z ≠ 0", threshold, threshold_derivative),
    )
}
