"""The simple recurrent network (Elman 1990)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import _VF

from gatewise.nn.recurrent import Recurrent


class RNN(Recurrent):
    """Ragged simple recurrent network; weights as in ``torch.nn.RNN``.

    Equation::

        h' = tanh(W_ih x + b_ih + W_hh h + b_hh)
    """

    gates: ClassVar[int] = 1

    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """See `Recurrent.kernel`."""
        zeros = x.new_zeros(1, x.shape[1], self.hidden_size)
        hidden: torch.Tensor = _VF.rnn_tanh(x, zeros, weights, True, 1, 0.0, self.training, False, False)[0]
        return hidden
