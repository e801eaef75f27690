"""Simple recurrent network.

    h' = a(W_ih x + b_ih + W_hh h + b_hh)               (1)    with a = tanh, the logistic function, or max(0, z)

Reference: Elman (1990), Cognitive Science 14(2), 179-211, with the logistic function; tanh is today's usual choice;
max(0, z) as in Le, Jaitly and Hinton (2015), arXiv:1504.00941.
"""

from __future__ import annotations

from gatewise.errors import ParameterError
from gatewise.ops.activations import ACTIVATIONS
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats

_CHOICES = ("tanh", "sigmoid", "relu")


def rnn(activation: str = "tanh") -> Cell:
    """The cell with that activation.

    Raises:
        ParameterError: Neither ``tanh`` nor ``sigmoid`` nor ``relu``.

    Example:
        >>> import numpy as np
        >>> rnn("relu").step(np.array([[-1.0]]), (np.array([[3.0]]),), np.array([[2.0]]), None)[0].tolist()
        [[5.0]]
    """
    if activation not in _CHOICES:
        raise ParameterError(f"activation={activation!r} is not one of {', '.join(_CHOICES)}")
    a = ACTIVATIONS[activation].function

    def step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
        (h,) = state
        total = h @ weight_hh.T
        total += projected
        if bias_hh is not None:
            total += bias_hh
        return (a(total),)  # (1)

    return Cell(name="rnn", gates=1, states=("h",), step=step)


RNN = rnn()
