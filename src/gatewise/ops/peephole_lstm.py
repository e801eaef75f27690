"""Long short-term memory with peepholes: the gates also see the cell, whatever the output gate shows of it.

    i = sigmoid(W_ii x + b_ii + W_hi h + b_hi + p_i * c)    (1) input gate, which sees the cell before
    f = sigmoid(W_if x + b_if + W_hf h + b_hf + p_f * c)    (2) forget gate, which sees it too
    g =    tanh(W_ig x + b_ig + W_hg h + b_hg)              (3) candidate
    c' = f * c + i * g                                      (4) the cell
    o = sigmoid(W_io x + b_io + W_ho h + b_ho + p_o * c')   (5) output gate, which sees the new cell
    h' = o * tanh(c')                                       (6) the output

Reference: Gers and Schmidhuber (2000), Recurrent nets that time and count, IJCNN 2000; written here as in Graves
(2013), arXiv:1308.0850, equations 7 to 11, whose peephole matrices are diagonal: one weight a unit. Gate order i, f, g,
o.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats, check_floats


def peephole_lstm(peephole: Floats) -> Cell:
    """The cell with those peepholes.

    Args:
        peephole: ``[3H]``: p_i, p_f, p_o.

    Raises:
        ParameterError: Not such an array.

    Example:
        >>> cell = peephole_lstm(np.zeros(3))
        >>> h, c = cell.step(np.zeros((1, 4)), (np.zeros((1, 1)), np.ones((1, 1))), np.zeros((4, 1)), None)
        >>> c.tolist()
        [[0.5]]
    """
    check_floats("peephole", peephole, (None,))
    p_i, p_f, p_o = np.split(peephole, 3)

    def step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
        h, c = state
        sums = h @ weight_hh.T + projected
        if bias_hh is not None:
            sums += bias_hh
        z_i, z_f, z_g, z_o = np.split(sums, 4, axis=1)
        i = sigmoid(z_i + p_i * c)  # (1)
        f = sigmoid(z_f + p_f * c)  # (2)
        g = np.tanh(z_g)  # (3)
        c = f * c + i * g  # (4)
        o = sigmoid(z_o + p_o * c)  # (5)
        return o * np.tanh(c), c  # (6)

    return Cell(name="peephole_lstm", gates=4, states=("h", "c"), step=step)
