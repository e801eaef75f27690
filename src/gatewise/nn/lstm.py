"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import _VF

from gatewise.nn.recurrent import Recurrent


class LSTM(Recurrent):
    """Ragged LSTM; weights as in ``torch.nn.LSTM``, gates in the order i, f, g, o.

    Equations, with σ the logistic function and ∘ the product by elements::

        i = σ(W_ii x + b_ii + W_hi h + b_hi)      f = σ(W_if x + b_if + W_hf h + b_hf)
        g = tanh(W_ig x + b_ig + W_hg h + b_hg)   o = σ(W_io x + b_io + W_ho h + b_ho)
        c' = f ∘ c + i ∘ g                        h' = o ∘ tanh(c')

    Example:
        >>> import torch
        >>> lstm = LSTM(3, 5)
        >>> hidden, final = lstm(torch.ones(6, 3), torch.tensor([0, 4, 6]))
        >>> bool(torch.equal(hidden[3], final[0])), bool(torch.equal(hidden[5], final[1]))
        (True, True)
    """

    gates: ClassVar[int] = 4

    def _open_gates(self, bias: torch.Tensor) -> None:
        bias[self.hidden_size : 2 * self.hidden_size] = 1.0

    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """See `Recurrent.kernel`; torch's fused CPU path, cuDNN on a GPU."""
        zeros = x.new_zeros(1, x.shape[1], self.hidden_size)
        hidden: torch.Tensor = _VF.lstm(x, (zeros, zeros), weights, True, 1, 0.0, self.training, False, False)[0]
        return hidden
