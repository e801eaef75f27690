"""The simple recurrent network (Elman 1990)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import _VF

from gatewise.nn.bucketed import Bucketed
from gatewise.nn.stepwise import State, Stepwise


class RNN(Bucketed):
    """Ragged simple recurrent network; weights as in ``torch.nn.RNN``.

    Equation::

        h' = tanh(W_ih x + b_ih + W_hh h + b_hh)
    """

    gates: ClassVar[int] = 1

    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """See `Bucketed.kernel`."""
        zeros = x.new_zeros(1, x.shape[1], self.hidden_size)
        hidden: torch.Tensor = _VF.rnn_tanh(x, zeros, weights, True, 1, 0.0, self.training, False, False)[0]
        return hidden


class ReLURNN(Bucketed):
    """The same with max(0, z) in the place of tanh; weights as in ``torch.nn.RNN(nonlinearity="relu")``.

    Reference: Le, Jaitly and Hinton (2015), arXiv:1504.00941, who begin it at the identity.
    """

    gates: ClassVar[int] = 1

    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """See `Bucketed.kernel`."""
        zeros = x.new_zeros(1, x.shape[1], self.hidden_size)
        hidden: torch.Tensor = _VF.rnn_relu(x, zeros, weights, True, 1, 0.0, self.training, False, False)[0]
        return hidden


class SigmoidRNN(Stepwise):
    """The same with the logistic function in the place of tanh. Its slope is 1/4 at most: it forgets fastest."""

    gates: ClassVar[int] = 1

    def step(self, projected: torch.Tensor, state: State, weight_hh: torch.Tensor, name: str) -> State:
        """See `Stepwise.step`."""
        (h,) = state
        return (torch.sigmoid(torch.addmm(projected, h, weight_hh.T)),)


RNNS: dict[str, type[RNN] | type[ReLURNN] | type[SigmoidRNN]] = {"tanh": RNN, "relu": ReLURNN, "sigmoid": SigmoidRNN}
