"""Gated recurrent unit.

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)          (1) reset gate: how much of the past the candidate sees
    z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)          (2) update gate: how much of the past stays
    n =    tanh(W_in x + b_in + r * (W_hn h + b_hn))    (3) candidate
    h' = (1 - z) * n + z * h                            (4) the output, a mean of candidate and past

Reference: Cho et al. (2014), arXiv:1406.1078, equations 5 to 8, in the variant of cuDNN and torch, which resets after
the product with W_hn and not before. Gate order r, z, n as in torch.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    (h,) = state
    recurrent = h @ weight_hh.T
    if bias_hh is not None:
        recurrent += bias_hh
    H = h.shape[1]
    opened = sigmoid(projected[:, : 2 * H] + recurrent[:, : 2 * H])
    r, z = opened[:, :H], opened[:, H:]  # (1), (2)
    n = np.tanh(projected[:, 2 * H :] + r * recurrent[:, 2 * H :])  # (3)
    return (n + z * (h - n),)  # (4)


GRU = Cell(name="gru", gates=3, states=("h",), step=_step)
