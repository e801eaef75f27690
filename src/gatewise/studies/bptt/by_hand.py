"""The way back by hand, T to 1, made precise; and the readings that the published lines allow besides.

d before a letter is the derivative of the whole loss with respect to that value, e.g. do_t = ∂L/∂o_t: behind the
sigmoid, not the sum inside it, whose slope o (1 − o) stands in the sums below.

    dh_t = ∂L(t)/∂h_t + W_hi^T z_i + W_hf^T z_f + W_hc^T z_c + W_ho^T z_o      all z of step t + 1        (1)
    dc_t = dh_t ∘ o_t ∘ (1 − tanh²(c_t)) + dc_{t+1} ∘ f_{t+1}                                             (2)
    do_t = dh_t ∘ tanh(c_t)    di_t = dc_t ∘ g_t    df_t = dc_t ∘ c_{t−1}    dg_t = dc_t ∘ i_t            (3)
    z_o = do ∘ o (1 − o)    z_i = di ∘ i (1 − i)    z_f = df ∘ f (1 − f)    z_c = dg ∘ (1 − g²)           (4)
    dW_x* = Σ_t z_*,t ⊗ x_t    dW_h* = Σ_t z_*,t ⊗ h_{t−1}    db_* = Σ_t z_*,t                            (5)

⊗ is the outer product, ``[H] ⊗ [I]`` a matrix ``[H, I]``; the published lines write it as a plain one.

The published chain for dc_{T−1} has L(T−1) through h_{T−1}, and L(T) through c_T. With L(t) the loss of step t that
is of (1) the first term alone: the way from c_{T−1} by h_{T−1} into the four gates of step T is missing. It is complete
if L(T−1) is read as all loss from T−1 on.

Reference: Werbos (1990), Proceedings of the IEEE 78(10), 1550-1560; Chen (2016), arXiv:1610.02583, whose lines the
course document takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.studies.bptt.network import GATES, Example, Step, Weights, forward, own_gradients

Reading = Literal["right", "printed chain", "slope twice", "products by elements"]
READINGS: tuple[Reading, ...] = ("right", "printed chain", "slope twice", "products by elements")


@dataclass(frozen=True)
class StepGradients:
    """Gradients at a step.

    Attributes:
        dh, dc, do, di, df, dg: ``[H]``, derivatives of L.
        from_loss, from_cell, from_gates: ``[H]``, the three ways whose sum dc is: by the step's own loss, by the next
            cell, and by h into the gates of the next step.
        share: What the step adds to each weight's gradient.
    """

    dh: Floats
    dc: Floats
    do: Floats
    di: Floats
    df: Floats
    dg: Floats
    from_loss: Floats
    from_cell: Floats
    from_gates: Floats
    share: Weights


def backward(one: Example, *, reading: Reading = "right", weights: Weights | None = None) -> list[StepGradients]:
    """Gradients of every step, in the order of time.

    Args:
        one: The example.
        weights: Instead of its own.
        reading: ``right``, (1) to (5). ``printed chain`` has only the first term of (1). ``slope twice`` takes do, di,
            df and dg for derivatives at the sums inside the gates and multiplies by the slope once more. ``products by
            elements`` takes h_{t−1} do_t for a product by elements, which fills only the diagonal of dW_h*.

    Raises:
        ParameterError: There is no such reading.

    Notes:
        O(T H (I + H)) products; what it keeps of the way forwards is O(T (I + H)) numbers.
    """
    if reading not in READINGS:
        raise ParameterError(f"reading={reading!r} is not one of {', '.join(READINGS)}")
    w = weights or one.weights
    steps = forward(one, w)
    nothing = np.zeros(one.y.shape[1])
    h_later, c_later = nothing, nothing
    found = []
    for step, own in zip(reversed(steps), reversed(own_gradients(one, steps)), strict=True):
        gradients = _at(step, own, h_later, c_later, reading)
        found.append(gradients)
        z = _slopes(step, gradients)
        c_later = gradients.dc * step.f
        if reading != "printed chain":
            h_later = sum((w[f"W_h{gate}"].T @ z[gate] for gate in GATES), start=nothing)
    return found[::-1]


def total(found: list[StepGradients]) -> Weights:
    """(5), the sums over time."""
    return {name: sum((step.share[name] for step in found[1:]), start=found[0].share[name]) for name in found[0].share}


def _at(step: Step, own: Floats, h_later: Floats, c_later: Floats, reading: Reading) -> StepGradients:
    dh = own + h_later  # (1)
    shown = np.tanh(step.c)
    way = step.o * (1 - shown**2)
    dc = dh * way + c_later  # (2)
    do, di, df, dg = dh * shown, dc * step.g, dc * step.c_before, dc * step.i  # (3)
    bare = StepGradients(dh, dc, do, di, df, dg, own * way, c_later, h_later * way, {})
    return StepGradients(**{**vars(bare), "share": _share(step, _slopes(step, bare), reading)})


def _slopes(step: Step, gradients: StepGradients) -> Weights:
    """(4), z by gate."""
    slope = _gate_slopes(step)
    d = {"i": gradients.di, "f": gradients.df, "c": gradients.dg, "o": gradients.do}
    return {gate: d[gate] * slope[gate] for gate in GATES}


def _gate_slopes(step: Step) -> Weights:
    i, f, g, o = step.i, step.f, step.g, step.o
    return {"i": i * (1 - i), "f": f * (1 - f), "c": 1 - g**2, "o": o * (1 - o)}


def _share(step: Step, z: Weights, reading: Reading) -> Weights:
    if reading == "slope twice":
        slope = _gate_slopes(step)
        z = {gate: z[gate] * slope[gate] for gate in GATES}
    by_input = {f"W_x{gate}": np.outer(z[gate], step.x) for gate in GATES}
    by_output = {f"W_h{gate}": np.outer(z[gate], step.h_before) for gate in GATES}
    if reading == "products by elements":
        by_output = {name: np.diag(np.diag(matrix)) for name, matrix in by_output.items()}
    return {**by_input, **by_output, **{f"b_{gate}": z[gate] for gate in GATES}}
