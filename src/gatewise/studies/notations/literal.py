"""The forward pass as each course document writes it, one function each, and slips in one of them.

All take ``[T, I]`` float64 and begin with h = c = 0; they return h and c after every step, ``[T, H]`` each.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.activations import sigmoid as σ
from gatewise.ops.checks import Floats
from gatewise.studies.notations.forms import Joined, TwoBiases, Unbiased

tanh = np.tanh
Trace = tuple[Floats, Floats]


def notation_1(form: Joined, x: Floats) -> Trace:
    """f = σ(W_f·[h, x] + b_f), likewise i and o; C̃ = tanh(W_C·[h, x] + b_C); C = f C + i C̃; h = o tanh(C) (K, G)."""
    W, b = form.weight, form.bias
    h, C = _start(form.units)
    trace = []
    for x_t in x:
        h_x = np.concatenate([h, x_t])
        f = σ(W["f"] @ h_x + b["f"])
        i = σ(W["i"] @ h_x + b["i"])
        candidate = tanh(W["g"] @ h_x + b["g"])
        C = f * C + i * candidate
        o = σ(W["o"] @ h_x + b["o"])
        h = o * tanh(C)
        trace.append((h, C))
    return _stacked(trace, form.units)


def notation_2(form: Unbiased, x: Floats) -> Trace:
    """f = σ(x·U_f + H·W_f), likewise i and o; N = tanh(x·U_c + H·W_c); C = f C + i N; H = o tanh(C) (W)."""
    U, W = form.input, form.recurrent
    units = len(W["i"])
    H, C = _start(units)
    trace = []
    for x_t in x:
        f = σ(x_t @ U["f"] + H @ W["f"])
        i = σ(x_t @ U["i"] + H @ W["i"])
        N = tanh(x_t @ U["g"] + H @ W["g"])
        C = f * C + i * N
        o = σ(x_t @ U["o"] + H @ W["o"])
        H = o * tanh(C)
        trace.append((H, C))
    return _stacked(trace, units)


def notation_3(form: TwoBiases, x: Floats) -> Trace:
    """f = σ(W_if x + b_if + W_hf h + b_hf), likewise i, o and, with tanh, g; c = f c + i g; h = o tanh(c) (W)."""
    W_i, b_i, W_h, b_h = form.weight_ih, form.bias_ih, form.weight_hh, form.bias_hh
    units = len(b_i["i"])
    h, c = _start(units)
    trace = []
    for x_t in x:
        f = σ(W_i["f"] @ x_t + b_i["f"] + W_h["f"] @ h + b_h["f"])
        i = σ(W_i["i"] @ x_t + b_i["i"] + W_h["i"] @ h + b_h["i"])
        o = σ(W_i["o"] @ x_t + b_i["o"] + W_h["o"] @ h + b_h["o"])
        g = tanh(W_i["g"] @ x_t + b_i["g"] + W_h["g"] @ h + b_h["g"])
        c = f * c + i * g
        h = o * tanh(c)
        trace.append((h, c))
    return _stacked(trace, units)


def cell(prev_ct: Floats, prev_ht: Floats, input: Floats, form: Joined) -> Trace:
    """S's LSTMCELL, line by line, ``prev_ht + input`` being [h, x] as it means. Note the order of what it returns."""
    W, b = form.weight, form.bias
    combined = np.concatenate([prev_ht, input])
    ft = σ(W["f"] @ combined + b["f"])
    candidate = tanh(W["g"] @ combined + b["g"])
    it = σ(W["i"] @ combined + b["i"])
    Ct = prev_ct * ft + candidate * it
    ot = σ(W["o"] @ combined + b["o"])
    ht = ot * tanh(Ct)
    return ht, Ct


def pseudo_code(form: Joined, x: Floats, *, swapped: bool = False) -> Trace:
    """S's loop over `cell`.

    Args:
        form: The weights.
        x: ``[T, I]``.
        swapped: As printed, ``ct, ht = LSTMCELL(ct, ht, input)``, although the cell returns h first.
    """
    ct, ht = _start(form.units)
    trace = []
    for x_t in x:
        if swapped:
            ct, ht = cell(ct, ht, x_t, form)
        else:
            ht, ct = cell(ct, ht, x_t, form)
        trace.append((ht, ct))
    return _stacked(trace, form.units)


def _start(units: int) -> Trace:
    return np.zeros(units), np.zeros(units)


def _stacked(trace: list[Trace], units: int) -> Trace:
    h, c = np.array(trace).reshape(-1, 2, units).swapaxes(0, 1)
    return h, c
