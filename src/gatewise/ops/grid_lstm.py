"""Grid LSTM: an LSTM along every axis of a grid, the depth of the network among them.

A block of the grid stands at one word and one layer. Along each axis it takes in a hidden vector h and a memory m, and
hands on new ones. One transform serves every axis, with weights of the axis' own; it sees the hidden vectors of all
axes, stacked:

    H   = [h_depth; h_time]                 (a) all hidden vectors that come in; on a 1-D grid h_depth alone
    g_u = sigmoid(W_u H + b_u)              (b) update gate, elsewhere called the input gate
    g_f = sigmoid(W_f H + b_f)              (c) forget gate
    g_o = sigmoid(W_o H + b_o)              (d) output gate
    g_c =    tanh(W_c H + b_c)              (e) candidate
    m'  = g_f * m + g_u * g_c               (f) the memory
    h'  = tanh(g_o * m')                    (g) the output; here the gate is inside the tanh
    H'  = [h_depth; h_time']                (h) what the depth axis sees instead of H: it has priority

The time axis transforms first, so that the depth axis, from which the answer is read, sees what the word has done to
the time axis: without (h) the top of a network would hear of a word through its own column only. At the bottom the
word enters as h_depth and m_depth by one projection; at a sequence's start h_time and m_time are zero.

Layers are the steps of the depth axis, so they may share their weights as the steps of time do: the tied grid. A 1-D
grid has the depth axis only: each word by itself goes through a deep feed-forward network with gates.

Reference: Kalchbrenner, Danihelka and Graves (2015), arXiv:1507.01526: the background section for the transform, 3.1
for blocks, 3.2 for priority, 3.5 for sharing. The letters are ours, and so are the biases. Order of rows: u, f, o, c.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gatewise.ops.activations import sigmoid
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.scan import scan


class Axis(NamedTuple):
    """The weights of one axis of a block.

    Attributes:
        weight: ``[4H, A * H]`` for a grid of A axes; its columns are in the order depth, time.
        bias: ``[4H]``.
    """

    weight: Floats
    bias: Floats


Block = tuple[Axis, ...]


def transform(sums: Floats, memory: Floats) -> State:
    """Equations (b) to (g), from the sums W H + b on.

    Args:
        sums: ``[B, 4H]``: those of u, f, o, c.
        memory: m, ``[B, H]``.

    Returns:
        h' and m', ``[B, H]`` each.

    Example:
        >>> h, m = transform(np.zeros((1, 4)), np.ones((1, 1)))
        >>> m.tolist(), h.round(3).tolist()
        ([[0.5]], [[0.245]])
    """
    width = memory.shape[1]
    g_u, g_f, g_o = np.split(sigmoid(sums[:, : 3 * width]), 3, axis=1)  # (b), (c), (d)
    g_c = np.tanh(sums[:, 3 * width :])  # (e)
    m = g_f * memory + g_u * g_c  # (f)
    return np.tanh(g_o * m), m  # (g)


def pass_block(depth: State, time: State | None, block: Block) -> tuple[State, State | None]:
    """What one block hands on, of what comes in.

    Args:
        depth: h and m ``[B, H]`` from the layer below.
        time: h and m from the word before; None on a 1-D grid.
        block: The weights of the depth axis, and on a 2-D grid of the time axis.

    Returns:
        The same for the layer above and for the next word.

    Example:
        >>> axis, zero = Axis(np.zeros((4, 1)), np.zeros(4)), np.zeros((1, 1))
        >>> (h, m), _ = pass_block((zero, np.ones((1, 1))), None, (axis,))
        >>> m.tolist()
        [[0.5]]
    """
    if time is None:
        return transform(_sums(depth[0], block[0]), depth[1]), None
    new_time = transform(_sums(np.concatenate([depth[0], time[0]], axis=1), block[1]), time[1])  # (a)
    prior = np.concatenate([depth[0], new_time[0]], axis=1)  # (h)
    return transform(_sums(prior, block[0]), depth[1]), new_time


def scan_layer(depth: State, offsets: Offsets, block: Block, *, reverse: bool = False) -> State:
    """A layer of blocks with the same weights, one a row, over ragged sequences.

    Only the time axis has to be walked: when all its hidden vectors are there, the depth axis is one product for all
    rows.

    Args:
        depth: h and m ``[N, H]`` from the layer below, float32 or float64.
        offsets: ``[B + 1]`` int64. Empty sequences and B = 0 are legal.
        block: The weights of the depth axis, and on a 2-D grid of the time axis.
        reverse: Time begins at each sequence's own last row.

    Returns:
        The same for the layer above.

    Raises:
        ParameterError: An array of the wrong shape or dtype.

    Notes:
        Cost O(N A^2 H^2).

    Example:
        >>> axis, zeros = Axis(np.zeros((4, 2)), np.zeros(4)), np.zeros((3, 1))
        >>> scan_layer((zeros, zeros), np.array([0, 1, 3]), (axis, axis))[0].tolist()
        [[0.0], [0.0], [0.0]]
    """
    h, width = depth[0], depth[0].shape[1]
    if len(block) == 2:
        below, before = np.split(block[1].weight, [width], axis=1)
        times, _ = scan(_TIME, h @ below.T + block[1].bias, offsets, before, reverse=reverse)
        h = np.concatenate([h, times], axis=1)
    return transform(_sums(h, block[0]), depth[1])


def _sums(joined: Floats, axis: Axis) -> Floats:
    sums: Floats = joined @ axis.weight.T
    return sums + axis.bias


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    """Along time: `projected` is the share of the layer below in W H + b; there is no `bias_hh`."""
    sums = state[0] @ weight_hh.T + projected
    return transform(sums if bias_hh is None else sums + bias_hh, state[1])


_TIME = Cell(name="grid_lstm", gates=4, states=("h", "m"), step=_step)
