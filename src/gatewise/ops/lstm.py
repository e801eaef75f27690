"""Long short-term memory.

    i = sigmoid(W_ii x + b_ii + W_hi h + b_hi)      (1) input gate: how much of the candidate is written
    f = sigmoid(W_if x + b_if + W_hf h + b_hf)      (2) forget gate: how much of the cell is kept
    g =    tanh(W_ig x + b_ig + W_hg h + b_hg)      (3) candidate
    o = sigmoid(W_io x + b_io + W_ho h + b_ho)      (4) output gate: how much of the cell is shown
    c' = f * c + i * g                              (5) the cell: a sum, through which gradients flow undiminished
    h' = o * tanh(c')                               (6) the output

Reference: Hochreiter and Schmidhuber (1997), Neural Computation 9(8), 1735-1780; the forget gate is of Gers,
Schmidhuber and Cummins (2000), Neural Computation 12(10), 2451-2471. No peepholes. Gate order i, f, g, o as in torch.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    h, c = state
    gates = h @ weight_hh.T
    gates += projected
    if bias_hh is not None:
        gates += bias_hh
    H = h.shape[1]
    # One sigmoid over all of the block is faster than three over slices, although g's share of it is thrown away.
    opened = sigmoid(gates)
    i, f, o = opened[:, :H], opened[:, H : 2 * H], opened[:, 3 * H :]  # (1), (2), (4)
    g = np.tanh(gates[:, 2 * H : 3 * H])  # (3)
    c = f * c + i * g  # (5)
    h = o * np.tanh(c)  # (6)
    return h, c


LSTM = Cell(name="lstm", gates=4, states=("h", "c"), step=_step)
