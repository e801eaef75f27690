"""How libraries lay the four gates out in one array: torch i, f, g, o in rows, Keras i, f, c, o in columns."""

from __future__ import annotations

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats, check_floats
from gatewise.studies.notations.forms import GATES, ByGate, Joined, TwoBiases

GATE_ORDERS = {
    "torch": ("i", "f", "g", "o"),
    "Keras": ("i", "f", "g", "o"),
    "as K and W write them down": ("f", "i", "g", "o"),
    "as S's pseudo-code goes": ("f", "g", "i", "o"),
}
"""Orders in which gates are stored or written down; g is Keras's c and the course documents' C̃ or N."""


def to_torch(form: TwoBiases, *, order: tuple[str, ...] = GATES) -> dict[str, Floats]:
    """Arrays with the names of ``torch.nn.LSTM``, gates below each other.

    Args:
        form: The weights.
        order: Of the gates; torch's unless you want to see what another one does.

    Raises:
        ParameterError: `order` does not have each gate once.

    Example:
        >>> from gatewise.studies.notations.forms import joined_to_two_biases, random_joined
        >>> arrays = to_torch(joined_to_two_biases(random_joined(inputs=2, units=3, seed=0)))
        >>> {name: array.shape for name, array in arrays.items()}
        {'weight_ih_l0': (12, 2), 'weight_hh_l0': (12, 3), 'bias_ih_l0': (12,), 'bias_hh_l0': (12,)}
    """
    if sorted(order) != sorted(GATES):
        raise ParameterError(f"order={order!r} does not have each of {', '.join(GATES)} once")
    named = {
        "weight_ih_l0": form.weight_ih,
        "weight_hh_l0": form.weight_hh,
        "bias_ih_l0": form.bias_ih,
        "bias_hh_l0": form.bias_hh,
    }
    return {name: np.concatenate([by_gate[gate] for gate in order]) for name, by_gate in named.items()}


def from_torch(arrays: dict[str, Floats]) -> TwoBiases:
    """The way back from `to_torch`; float64 arrays with torch's names and order.

    Raises:
        ParameterError: An array is missing, or its rows are not four times those of another.
    """
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    for name in names:
        if name not in arrays:
            raise ParameterError(f"there is no {name}")
    weight_ih, weight_hh, bias_ih, bias_hh = (_cut(name, arrays[name], axis=0) for name in names)
    return TwoBiases(weight_ih, weight_hh, bias_ih, bias_hh)


def to_keras(form: Joined) -> tuple[Floats, Floats, Floats]:
    """``kernel [I, 4H]``, ``recurrent_kernel [H, 4H]`` and ``bias [4H]``: transposed, one bias a gate.

    Example:
        >>> from gatewise.studies.notations.forms import random_joined
        >>> [array.shape for array in to_keras(random_joined(inputs=2, units=3, seed=0))]
        [(2, 12), (3, 12), (12,)]
    """
    H = form.units
    return (
        np.concatenate([form.weight[gate][:, H:].T for gate in GATES], axis=1),
        np.concatenate([form.weight[gate][:, :H].T for gate in GATES], axis=1),
        np.concatenate([form.bias[gate] for gate in GATES]),
    )


def from_keras(kernel: Floats, recurrent_kernel: Floats, bias: Floats) -> Joined:
    """The way back from `to_keras`.

    Raises:
        ParameterError: An array is not float64, or its columns are no multiple of four.
    """
    inputs, recurrent = _cut("kernel", kernel, axis=1), _cut("recurrent_kernel", recurrent_kernel, axis=1)
    weight = {gate: np.concatenate([recurrent[gate].T, inputs[gate].T], axis=1) for gate in GATES}
    return Joined(weight, _cut("bias", bias, axis=0))


def _cut(name: str, array: Floats, *, axis: int) -> ByGate:
    check_floats(name, array, (None,) * array.ndim, np.dtype(np.float64))
    if array.shape[axis] % 4:
        raise ParameterError(f"{name} has {array.shape[axis]} gate entries, no multiple of 4")
    return dict(zip(GATES, np.split(array, 4, axis=axis), strict=True))
