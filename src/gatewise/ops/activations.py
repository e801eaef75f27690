"""Nonlinearities of the gates."""

from __future__ import annotations

import numpy as np

from gatewise.ops.checks import Floats


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
