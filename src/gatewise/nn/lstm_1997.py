"""The LSTM of 1997, without a forget gate (Hochreiter and Schmidhuber)."""

from __future__ import annotations

from typing import ClassVar

import torch

from gatewise.nn.initialise import initialise
from gatewise.nn.stepwise import State, Stepwise


class LSTM1997(Stepwise):
    """Ragged LSTM as first published; weights named as in ``torch.nn.LSTM``, gates in the order in, candidate, out.

    Equations: those of `gatewise.ops.lstm_1997`. Its cell adds up all it is given, so over hundreds of words h(s) is
    driven to its ends; input gates that begin half shut put that off.
    """

    gates: ClassVar[int] = 3
    states: ClassVar[int] = 2

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Glorot and orthogonal as our other networks; input gates begin at -3: 200 words do not fill the cell then."""
        initialise(self, generator)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith("bias_ih"):
                    parameter[: self.hidden_size] = -3.0

    def step(self, projected: torch.Tensor, state: State, weight_hh: torch.Tensor, name: str) -> State:
        """See `Stepwise.step`."""
        y, s = state
        net_in, net_c, net_out = torch.addmm(projected, y, weight_hh.T).chunk(3, 1)
        s = s + torch.sigmoid(net_in) * (4 * torch.sigmoid(net_c) - 2)
        return torch.sigmoid(net_out) * (2 * torch.sigmoid(s) - 1), s
