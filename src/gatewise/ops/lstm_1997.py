"""Long short-term memory as it was first published: no forget gate, so that the cell keeps all it was ever given.

    y_in  = sigmoid(net_in)               (7) input gate
    y_out = sigmoid(net_out)              (8) output gate
    s'    = s + y_in * g(net_c)           (9) the cell's state: the constant error carousel
    y     = y_out * h(s')                     its output
    g(x)  = 4 / (1 + e^-x) - 2            (5) in [-2, 2]; that is 2 tanh(x/2)
    h(x)  = 2 / (1 + e^-x) - 1            (4) in [-1, 1]; that is tanh(x/2)

with net = W x + b + U y for each. Every cell has gates of its own (memory blocks of size 1).

Reference: Hochreiter and Schmidhuber (1997), Neural Computation 9(8), 1735-1780: section 4 for (7) to (9), appendix A.1
for g and h, whose equation numbers there are 4 and 5. The forget gate came with Gers, Schmidhuber and Cummins (2000).
Gate order: in, candidate, out.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    y, s = state
    net = y @ weight_hh.T + projected
    if bias_hh is not None:
        net += bias_hh
    net_in, net_c, net_out = np.split(net, 3, axis=1)
    s = s + sigmoid(net_in) * (2 * np.tanh(net_c / 2))  # (7), (5), (9)
    return sigmoid(net_out) * np.tanh(s / 2), s  # (8), (4)


LSTM_1997 = Cell(name="lstm_1997", gates=3, states=("y", "s"), step=_step)
