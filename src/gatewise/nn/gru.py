"""Gated recurrent unit (Cho et al. 2014, 1406.1078), in torch's form with the reset gate after the product."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import _VF

from gatewise.nn.bucketed import Bucketed


class GRU(Bucketed):
    """Ragged GRU; weights as in ``torch.nn.GRU``, gates in the order r, z, n.

    Equations::

        r = σ(W_ir x + b_ir + W_hr h + b_hr)      z = σ(W_iz x + b_iz + W_hz h + b_hz)
        n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn))
        h' = (1 - z) ∘ n + z ∘ h
    """

    gates: ClassVar[int] = 3

    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """See `Bucketed.kernel`."""
        zeros = x.new_zeros(1, x.shape[1], self.hidden_size)
        hidden: torch.Tensor = _VF.gru(x, zeros, weights, True, 1, 0.0, self.training, False, False)[0]
        return hidden
