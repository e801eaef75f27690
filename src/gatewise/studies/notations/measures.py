"""What the study of notations measures: agreement, parameters, slips, and W's softmax without an output matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from gatewise.ops.checks import Floats
from gatewise.ops.lstm import pack_lstm
from gatewise.studies.notations import forms, literal
from gatewise.studies.notations.layouts import GATE_ORDERS, from_keras, to_keras, to_torch

# Of K's network, for which K counts 53,200.
UNITS, INPUTS = 100, 32


def answers(form: forms.Joined, x: Floats) -> dict[str, Floats]:
    """h ``[T, H]`` of one network by every way there is; the first is the one the others are compared with."""
    two = forms.joined_to_two_biases(form)
    arrays = to_torch(two)
    with_ones = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    return {
        "(1) W·[h, x] + b": literal.notation_1(form, x)[0],
        "(2) x·U + h·W, constant input": literal.notation_2(
            forms.joined_to_unbiased(form, constant_input=True), with_ones
        )[0],
        "(3) two biases": literal.notation_3(two, x)[0],
        "(3), bias in the other place": literal.notation_3(forms.joined_to_two_biases(form, bias_in="recurrent"), x)[0],
        "S's pseudo-code, returns in order": literal.pseudo_code(form, x)[0],
        "by Keras's layout and back": literal.notation_1(from_keras(*to_keras(form)), x)[0],
        "gatewise.ops": pack_lstm(*arrays.values()).forward(x, np.array([0, len(x)])).hidden,
        "torch.nn.LSTM": by_torch(arrays, x),
    }


def by_torch(arrays: dict[str, Floats], x: Floats) -> Floats:
    """h ``[T, H]`` by ``torch.nn.LSTM`` with these arrays, float64."""
    # On "meta", for initial weights would be drawn from the generator of the whole process.
    lstm = torch.nn.LSTM(x.shape[1], arrays["weight_hh_l0"].shape[1], dtype=torch.float64, device="meta")
    lstm.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()}, assign=True)
    with torch.no_grad():
        hidden: Floats = lstm(torch.tensor(x))[0].numpy()
    return hidden


def slips(form: forms.Joined, x: Floats) -> dict[str, Floats]:
    """h ``[T, H]`` after a mistake that raises no error."""
    two = forms.joined_to_two_biases(form)
    return {
        "return values swapped (S)": literal.pseudo_code(form, x, swapped=True)[0],
        **{
            f"gates loaded into torch {name}": by_torch(to_torch(two, order=order), x)
            for name, order in GATE_ORDERS.items()
            if order != GATE_ORDERS["torch"]
        },
        "one of two equal biases left out": literal.notation_3(_without_one_bias(two), x)[0],
    }


def _without_one_bias(form: forms.TwoBiases) -> forms.TwoBiases:
    """Of a network whose bias is shared equally between its two places."""
    half: forms.ByGate = {gate: (form.bias_ih[gate] + form.bias_hh[gate]) / 2 for gate in forms.GATES}
    nothing: forms.ByGate = {gate: np.zeros_like(bias) for gate, bias in half.items()}
    return forms.TwoBiases(form.weight_ih, form.weight_hh, half, nothing)


def by_step(wrong: Floats, right: Floats) -> list[float]:
    """Largest difference of a unit's h, for each step."""
    distances: list[float] = np.abs(wrong - right).max(axis=1).tolist()
    return distances


def counts() -> dict[str, int]:
    """Parameters of K's LSTM of 100 units over 32 inputs in each notation and library, and of the other networks."""
    form = forms.random_joined(inputs=INPUTS, units=UNITS, seed=0)
    bare = forms.Joined(form.weight, {gate: np.zeros(UNITS) for gate in forms.GATES})
    modules = {
        f"torch.nn.{kind.__name__}": kind(INPUTS, UNITS, device="meta")
        for kind in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM)
    }
    return {
        "(1) 4 (m² + mn + m)": form.parameters,
        "(2) 4 (m² + mn)": forms.joined_to_unbiased(bare).parameters,
        "(3) 4 (m² + mn + 2m)": forms.joined_to_two_biases(form).parameters,
        "Keras layout": sum(array.size for array in to_keras(form)),
        **{name: sum(entry.numel() for entry in module.parameters()) for name, module in modules.items()},
    }


def combining(units: int) -> list[dict[str, Any]]:
    """What ``prev_ht + input`` does by the kinds and sizes of its two sides."""
    cases: list[tuple[str, Any, Any]] = [
        ("lists", [0.0] * units, [1.0] * (units + 1)),
        ("arrays of different size", np.zeros(units), np.ones(units + 1)),
        ("arrays of equal size", np.zeros(units), np.ones(units)),
        ("array and array of one", np.zeros(units), np.ones(1)),
    ]
    return [{"what": what, "sizes": f"{len(h)} + {len(x)}", "result": _sum(h, x)} for what, h, x in cases]


def _sum(h: Any, x: Any) -> str:
    try:
        size = len(h + x)
    except ValueError:
        return "error: shapes differ"
    return f"{size} numbers, as meant" if size == len(h) + len(x) else f"{size} numbers, no error, and wrong"


def surest(sizes: Sequence[int]) -> dict[int, float]:
    """What no probability of softmax(h) reaches, for h with so many units, each of them in (-1, 1).

    One unit at 1, all others at -1: e / (e + (V - 1) / e) with V units.
    """
    result = {}
    for size in sizes:
        h = np.full(size, -1.0)
        h[0] = 1.0
        powers = np.exp(h)
        result[size] = float(powers[0] / powers.sum())
    return result
