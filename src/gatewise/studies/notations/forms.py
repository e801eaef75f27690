"""The three notations of one LSTM as data, and the ways from each to the others.

    (1) W·[h, x] + b            one matrix and one bias a gate; columns of h first, then of x
    (2) x·U + h·W               row vectors times two matrices a gate, no bias
    (3) W x + b + W' h + b'     column vectors, two matrices and two biases a gate, as in torch

What is lost on the way: from (3) to (1) the two biases become their sum, and nothing can tell them apart again; (2) can
say no bias, except as the weights of an input that is always 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats, check_floats

GATES = ("i", "f", "g", "o")
"""Input gate, forget gate, candidate, output gate, in torch's order."""

ByGate = dict[str, Floats]


@dataclass(frozen=True)
class Joined:
    """Notation (1): gate = σ(W·[h, x] + b).

    Attributes:
        weight: ``[H, H + I]`` float64 for each of `GATES`.
        bias: ``[H]`` for each.

    Raises:
        ParameterError: A gate is missing, or an array has the wrong shape.
    """

    weight: ByGate
    bias: ByGate

    def __post_init__(self) -> None:
        H = _rows("bias", self.bias)
        _check("weight", self.weight, (H, None))
        _check("bias", self.bias, (H,))

    @property
    def units(self) -> int:
        """H, the course documents' m."""
        return len(self.bias["i"])

    @property
    def parameters(self) -> int:
        """4 (m² + mn + m) with m units and n inputs."""
        return _size(self.weight, self.bias)


@dataclass(frozen=True)
class Unbiased:
    """Notation (2): gate = σ(x·U + h·W), with x and h as rows.

    Attributes:
        input: U, ``[I, H]`` float64 for each of `GATES`.
        recurrent: W, ``[H, H]`` for each.

    Raises:
        ParameterError: A gate is missing, or an array has the wrong shape.
    """

    input: ByGate
    recurrent: ByGate

    def __post_init__(self) -> None:
        H = _rows("recurrent", self.recurrent)
        _check("input", self.input, (None, H))
        _check("recurrent", self.recurrent, (H, H))

    @property
    def parameters(self) -> int:
        """4 (m² + mn)."""
        return _size(self.input, self.recurrent)


@dataclass(frozen=True)
class TwoBiases:
    """Notation (3): gate = σ(W_i x + b_i + W_h h + b_h).

    Attributes:
        weight_ih: ``[H, I]`` float64 for each of `GATES`.
        weight_hh: ``[H, H]`` for each.
        bias_ih: ``[H]`` for each.
        bias_hh: ``[H]`` for each.

    Raises:
        ParameterError: A gate is missing, or an array has the wrong shape.
    """

    weight_ih: ByGate
    weight_hh: ByGate
    bias_ih: ByGate
    bias_hh: ByGate

    def __post_init__(self) -> None:
        H = _rows("bias_ih", self.bias_ih)
        _check("weight_ih", self.weight_ih, (H, None))
        _check("weight_hh", self.weight_hh, (H, H))
        _check("bias_ih", self.bias_ih, (H,))
        _check("bias_hh", self.bias_hh, (H,))

    @property
    def parameters(self) -> int:
        """4 (m² + mn + 2m)."""
        return _size(self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)


def joined_to_two_biases(form: Joined, *, bias_in: Literal["input", "recurrent"] = "input") -> TwoBiases:
    """(1) to (3): the bias goes into one of the two places, zeros into the other.

    Example:
        >>> two = joined_to_two_biases(random_joined(inputs=2, units=3, seed=0))
        >>> two.weight_ih["f"].shape, two.weight_hh["f"].shape, two.bias_hh["f"].tolist()
        ((3, 2), (3, 3), [0.0, 0.0, 0.0])
    """
    if bias_in not in ("input", "recurrent"):
        raise ParameterError(f"bias_in={bias_in!r} is neither 'input' nor 'recurrent'")
    H, nothing = form.units, {gate: np.zeros_like(form.bias[gate]) for gate in GATES}
    return TwoBiases(
        weight_ih={gate: form.weight[gate][:, H:] for gate in GATES},
        weight_hh={gate: form.weight[gate][:, :H] for gate in GATES},
        bias_ih=form.bias if bias_in == "input" else nothing,
        bias_hh=form.bias if bias_in == "recurrent" else nothing,
    )


def two_biases_to_joined(form: TwoBiases) -> Joined:
    """(3) to (1): matrices side by side, biases summed. The same network, but its two biases cannot be had back."""
    return Joined(
        weight={gate: np.concatenate([form.weight_hh[gate], form.weight_ih[gate]], axis=1) for gate in GATES},
        bias={gate: form.bias_ih[gate] + form.bias_hh[gate] for gate in GATES},
    )


def joined_to_unbiased(form: Joined, *, constant_input: bool = False) -> Unbiased:
    """(1) to (2): transposed and cut in two.

    Args:
        form: What to write anew.
        constant_input: Put the bias in a last row of U; the network then reads one more input, always 1.

    Raises:
        ParameterError: A bias is not zero and there is no constant input to carry it.

    Example:
        >>> form = random_joined(inputs=2, units=3, seed=0)
        >>> joined_to_unbiased(form, constant_input=True).input["f"].shape
        (3, 3)
        >>> joined_to_unbiased(form)
        Traceback (most recent call last):
        gatewise.errors.ParameterError: bias of gate i is not zero, and this notation has no bias
        constant_input=True carries it as the weights of an input that is always 1
    """
    H = form.units
    for gate in GATES:
        if not constant_input and form.bias[gate].any():
            hint = "constant_input=True carries it as the weights of an input that is always 1"
            raise ParameterError(f"bias of gate {gate} is not zero, and this notation has no bias", hint=hint)
    biases = {gate: form.bias[gate][None] if constant_input else np.zeros((0, H)) for gate in GATES}
    return Unbiased(
        input={gate: np.concatenate([form.weight[gate][:, H:].T, biases[gate]]) for gate in GATES},
        recurrent={gate: form.weight[gate][:, :H].T for gate in GATES},
    )


def unbiased_to_joined(form: Unbiased, *, constant_input: bool = False) -> Joined:
    """(2) to (1): the way back from `joined_to_unbiased`.

    Args:
        form: What to write anew.
        constant_input: Whether the last input is always 1, so that its weights are the biases; else they are zero.

    Raises:
        ParameterError: A constant input is said to be there, but there is no input at all.
    """
    inputs = len(form.input["i"])
    if constant_input and not inputs:
        raise ParameterError("constant_input=True, but there is no input")
    last = inputs - 1 if constant_input else inputs
    nothing = np.zeros(len(form.recurrent["i"]))
    return Joined(
        weight={gate: np.concatenate([form.recurrent[gate].T, form.input[gate][:last].T], axis=1) for gate in GATES},
        bias={gate: form.input[gate][-1] if constant_input else nothing for gate in GATES},
    )


def random_joined(*, inputs: int, units: int, seed: int) -> Joined:
    """An LSTM in notation (1) with weights and biases from N(0, 1/2²), the same from the same seed.

    Raises:
        ParameterError: A size is below 1.
    """
    for name, size in (("inputs", inputs), ("units", units)):
        if size < 1:
            raise ParameterError(f"{name}={size} is below 1")
    draw = np.random.default_rng(seed)
    return Joined(
        weight={gate: draw.normal(0, 0.5, (units, units + inputs)) for gate in GATES},
        bias={gate: draw.normal(0, 0.5, units) for gate in GATES},
    )


def _rows(name: str, by_gate: ByGate) -> int:
    if set(by_gate) != set(GATES):
        raise ParameterError(f"{name} has the gates {', '.join(by_gate)}, wanted {', '.join(GATES)}")
    return len(by_gate["i"])


def _check(name: str, by_gate: ByGate, shape: tuple[int | None, ...]) -> None:
    _rows(name, by_gate)
    for gate in GATES:
        check_floats(f"{name}[{gate!r}]", by_gate[gate], shape, np.dtype(np.float64))
        if by_gate[gate].shape != by_gate["i"].shape:
            raise ParameterError(f"{name}[{gate!r}] and {name}['i'] differ in shape")


def _size(*matrices: ByGate) -> int:
    return sum(array.size for by_gate in matrices for array in by_gate.values())
