"""Simple recurrent network.

    h' = tanh(W_ih x + b_ih + W_hh h + b_hh)            (1)

Reference: Elman (1990), Cognitive Science 14(2), 179-211.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    (h,) = state
    total = h @ weight_hh.T
    total += projected
    if bias_hh is not None:
        total += bias_hh
    return (np.tanh(total),)  # (1)


RNN = Cell(name="rnn", gates=1, states=("h",), step=_step)
