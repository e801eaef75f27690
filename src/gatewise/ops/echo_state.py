"""Echo state network: a random recurrent network that is never trained, with leaky integrators as units.

    x~ = tanh(W_in u + b_in + W x + b_hh)               (2)    the new
    x' = (1 - a) x + a x~                               (3)    what is kept of the old: the leak a in (0, 1]

The readout y = W_out x' (4) is the head of the model, behind the pooling.

Reference: Jaeger (2001), The "echo state" approach to analysing and training recurrent neural networks, GMD Report 148;
leaky integrators in Jaeger, Lukosevicius, Popovici and Siewert (2007), Neural Networks 20(3), 335-352. Equations are
numbered as in Lukosevicius (2012), A practical guide to applying echo state networks, where the biases are the column
of W_in that reads a constant 1.
"""

from __future__ import annotations

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats


def echo_state(leak: float) -> Cell:
    """The cell with that leak.

    Args:
        leak: Share of the new in a state, a: above 0 and up to 1, where the state is x~ itself.

    Raises:
        ParameterError: Another number.

    Example:
        >>> cell = echo_state(0.25)
        >>> cell.step(np.array([[1e9]]), (np.array([[-1.0]]),), np.array([[2.0]]), None)[0].tolist()
        [[-0.5]]
    """
    if not 0 < leak <= 1:
        raise ParameterError(f"leak={leak!r} is not a number above 0 and up to 1")
    # A scalar of Python, not of NumPy, so that float32 stays float32.
    a = float(leak)

    def step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
        (x,) = state
        total = x @ weight_hh.T + projected
        if bias_hh is not None:
            total += bias_hh
        new = np.tanh(total)  # (2)
        return ((1 - a) * x + a * new,)  # (3)

    return Cell(name="echo_state", gates=1, states=("x",), step=step)
