"""What the gradients by hand are compared with: torch's automatic ones, and central differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from gatewise.ops.checks import Floats
from gatewise.studies.bptt.by_hand import Reading, StepGradients, backward, total
from gatewise.studies.bptt.network import GATES, NAMES, Example, Weights, loss

STEP = 1e-5  # Of central differences: about the cube root of float64's rounding, where their error is least.


def by_autograd(one: Example) -> Weights:
    """Gradients of the weights through ``torch.nn.LSTM``, which shares nothing with the code by hand."""
    lstm = _torch_lstm(one)
    hidden, _ = lstm(torch.tensor(one.x))
    (0.5 * torch.tensor(one.counted)[:, None] * (hidden - torch.tensor(one.y)) ** 2).sum().backward()
    found: Weights = {}
    for side, parameter in (("W_x", "weight_ih_l0"), ("W_h", "weight_hh_l0"), ("b_", "bias_ih_l0")):
        gradient = getattr(lstm, parameter).grad.numpy()
        found |= {f"{side}{gate}": block for gate, block in zip(GATES, np.split(gradient, 4), strict=True)}
    return found


def _torch_lstm(one: Example) -> torch.nn.LSTM:
    w = one.weights
    arrays = {
        "weight_ih_l0": [w[f"W_x{gate}"] for gate in GATES],
        "weight_hh_l0": [w[f"W_h{gate}"] for gate in GATES],
        "bias_ih_l0": [w[f"b_{gate}"] for gate in GATES],
        "bias_hh_l0": [np.zeros_like(w["b_i"]) for _ in GATES],
    }
    # On "meta", for initial weights would be drawn from the generator of the whole process.
    lstm = torch.nn.LSTM(one.x.shape[1], one.y.shape[1], dtype=torch.float64, device="meta")
    lstm.load_state_dict({name: torch.tensor(np.concatenate(blocks)) for name, blocks in arrays.items()}, assign=True)
    # What is assigned takes over neither the module's dtype nor its wish for gradients.
    return lstm.requires_grad_()


def by_differences(one: Example) -> Weights:
    """Gradients of the weights as (L(w + d) − L(w − d)) / 2d, one entry after the other."""
    found = {}
    for name in NAMES:
        matrix = one.weights[name]
        gradient = np.empty_like(matrix)
        for place in np.ndindex(matrix.shape):
            left, right = matrix.copy(), matrix.copy()
            left[place] -= STEP
            right[place] += STEP
            gradient[place] = _slope(loss(one, {**one.weights, name: left}), loss(one, {**one.weights, name: right}))
        found[name] = gradient
    return found


def nudged(one: Example, letter: str) -> Floats:
    """∂L/∂(value) ``[T, H]`` of a value between (i, f, g, o, c or h), moved by itself a little up and down."""
    T, H = one.y.shape
    found = np.empty((T, H))
    for t in range(T):
        for unit, nudge in enumerate(np.eye(H) * STEP):
            sides = (loss(one, nudges={(t, letter): side}) for side in (-nudge, nudge))
            found[t, unit] = _slope(*sides)
    return found


def _slope(left: float, right: float) -> float:
    return (right - left) / (2 * STEP)


def largest_difference(one: Weights, other: Weights) -> float:
    """Largest absolute difference of an entry."""
    return max(float(np.abs(one[name] - other[name]).max()) for name in NAMES)


def distance(wrong: Weights, right: Weights, names: tuple[str, ...] = NAMES) -> float:
    """‖wrong − right‖ / ‖right‖ over all entries of some weights; not a number where the right ones are all zero."""
    apart = sum(float(((wrong[name] - right[name]) ** 2).sum()) for name in names)
    whole = sum(float((right[name] ** 2).sum()) for name in names)
    return math.sqrt(apart / whole) if whole else math.nan


def error_of(one: Example, reading: Reading) -> float:
    """Relative error of all gradients together by a reading."""
    return distance(total(backward(one, reading=reading)), total(backward(one)))


def descended(examples: list[Example], reading: Reading, *, rate: float, when: tuple[int, ...]) -> list[float]:
    """Median loss of several examples after so many steps of gradient descent with the gradients of a reading."""
    found = []
    for one in examples:
        weights, losses = one.weights, []
        for step in range(max(when) + 1):
            if step in when:
                losses.append(loss(one, weights))
            gradients = total(backward(one, reading=reading, weights=weights))
            weights = {name: weights[name] - rate * gradients[name] for name in NAMES}
        found.append(losses)
    medians: list[float] = np.median(found, axis=0).tolist()
    return medians


def projections(found: list[StepGradients]) -> dict[str, list[float]]:
    """Share of each step in each gradient: ⟨share_t, dW⟩ / ‖dW‖², which sums to 1; below 0 where it opposes."""
    sums = total(found)
    result = {}
    for name, whole in sums.items():
        size = float((whole**2).sum())
        result[name] = [float((step.share[name] * whole).sum()) / size if size else 0.0 for step in found]
    return result


def work_per_weight(one: Example) -> float:
    """Multiplications by or for each entry of the matrices at each step, forwards and backwards, as they are made."""
    made = []

    class Counted(np.ndarray[Any, Any]):
        def __matmul__(self, other: Any) -> Any:
            made.append(self.size)
            return np.asarray(self) @ other

    matrices = {name: array.view(Counted) if name[0] == "W" else array for name, array in one.weights.items()}
    found = backward(one, weights=matrices)
    outer = sum(share.size for step in found for name, share in step.share.items() if name[0] == "W")
    entries = sum(array.size for name, array in one.weights.items() if name[0] == "W")
    return (sum(made) + outer) / entries / len(one.x)
