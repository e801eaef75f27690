"""The LSTM whose gates see the cell (Gers and Schmidhuber 2000)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from gatewise.nn.initialise import initialise
from gatewise.nn.stepwise import State, Stepwise


class PeepholeLSTM(Stepwise):
    """Ragged LSTM with peepholes; weights as in ``torch.nn.LSTM``, and ``peephole_l{k}``: p_i, p_f, p_o.

    Equations: those of `gatewise.ops.peephole_lstm`. Gates in the order i, f, g, o.
    """

    gates: ClassVar[int] = 4
    states: ClassVar[int] = 2

    def add_layer(self, name: str, width: int, recurrent_bias: bool) -> None:
        """See `Recurrent.add_layer`."""
        super().add_layer(name, width, recurrent_bias)
        self.register_parameter(f"peephole{name}", nn.Parameter(torch.empty(3 * self.hidden_size)))

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """As our LSTM begins, see `gatewise.nn.initialise`; the peepholes at zero."""
        initialise(self, generator, open_rows=slice(self.hidden_size, 2 * self.hidden_size))

    def step(self, projected: torch.Tensor, state: State, weight_hh: torch.Tensor, name: str) -> State:
        """See `Stepwise.step`."""
        h, c = state
        p_i, p_f, p_o = getattr(self, f"peephole{name}").chunk(3)
        z_i, z_f, z_g, z_o = torch.addmm(projected, h, weight_hh.T).chunk(4, 1)
        i, f = torch.sigmoid(z_i + p_i * c), torch.sigmoid(z_f + p_f * c)
        c = f * c + i * torch.tanh(z_g)
        o = torch.sigmoid(z_o + p_o * c)
        return o * torch.tanh(c), c
