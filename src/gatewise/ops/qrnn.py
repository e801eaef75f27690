"""The quasi-recurrent layer: gates by a convolution over a few words, and a recurrence without weights.

    Z = tanh(W_z * X),   F = sigmoid(W_f * X),   O = sigmoid(W_o * X)               (1) * is a masked convolution
    z_t = tanh(W_z^1 x_{t-1} + W_z^2 x_t), ...                                      (2) the same for a window of 2
    h_t = f_t h_{t-1} + (1 - f_t) z_t                                               (3) f-pooling
    c_t = f_t c_{t-1} + (1 - f_t) z_t,    h_t = o_t c_t                             (4) fo-pooling
    c_t = f_t c_{t-1} + i_t z_t,          h_t = o_t c_t                             (5) ifo-pooling
    F = 1 - dropout(1 - sigmoid(W_f * X))                                           (6) zoneout, in training

Products within (3) to (6) are unit by unit. Masked: step t sees x_{t-k+1} to x_t and nothing later, and zeros stand
before the beginning of a sequence. The dropout in (6) does not rescale what it keeps: with probability p it sets a
forget gate to exactly 1. The paper writes no biases; each of z, f, o and i has one here.

Reference: Bradbury, Merity, Xiong and Socher (2016), arXiv:1611.01576, equations 1 to 6. Blocks of the weights in the
order z, f, o, i, as far as the pooling has them.
"""

from __future__ import annotations

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats, Offsets, check_floats, check_offsets
from gatewise.ops.linear_scan import shifted
from gatewise.ops.qrnn_pool import Zoned, check_pooling, twin_pool


def qrnn(
    x: Floats,
    offsets: Offsets,
    weight: Floats,
    bias: Floats,
    *,
    window: int,
    pooling: str,
    reverse: bool = False,
    zoned: Zoned | None = None,
) -> Floats:
    """One direction of one layer, equations (1) to (6), in NumPy.

    Args:
        x: ``[N, I]`` float32 or float64.
        offsets: ``[B + 1]`` int64. Empty sequences, B = 0 and N = 0 are legal.
        weight: ``[P * H, window * I]``, of the same dtype; P is 2, 3 or 4. Within a row the oldest word of the window
            comes first, the word just read last.
        bias: ``[P * H]``.
        window: k, words that a step sees; at least 1.
        pooling: ``f``, ``fo`` or ``ifo``.
        reverse: Read each sequence from its own end; the words before a word are then those after it in the text.
        zoned: ``[N, H]`` uint8, 1 where the forget gate is set to 1 by (6), else 0.

    Returns:
        ``[N, H]``: h beside the row that has just been read.

    Raises:
        ParameterError: No such pooling, or an array of the wrong shape or dtype; its name is in the message.

    Notes:
        O(N k I P H), nearly all of it one product of matrices.

    Example:
        >>> x, weight = np.array([[1.0], [2.0], [4.0]]), np.zeros((2, 2))
        >>> weight[0] = [10.0, -10.0]  # z is tanh of 10 times the word before less the word itself
        >>> qrnn(x, np.array([0, 3]), weight, np.zeros(2), window=2, pooling="f").round(3)[:, 0].tolist()
        [-0.5, -0.75, -0.875]
    """
    check_floats("x", x, (None, None), weight.dtype)
    check_window(window)
    check_floats("weight", weight, (len(bias), window * x.shape[1]))
    check_offsets(offsets, len(x))
    sums = windows(x, offsets, window, reverse=reverse) @ weight.T  # (2)
    check_pooling(bias, pooling, zoned, len(x))
    return twin_pool(sums, bias, offsets, pooling, reverse, zoned).hidden


def windows(x: Floats, offsets: Offsets, window: int, *, reverse: bool = False) -> Floats:
    """What each step of the convolution sees: ``[N, window * I]``, the oldest word first.

    Args:
        x: ``[N, I]``.
        offsets: ``[B + 1]`` int64.
        window: k.
        reverse: Words come from the end of a sequence.

    Example:
        >>> windows(np.array([[1.0], [2.0], [3.0]]), np.array([0, 2, 3]), 2).tolist()
        [[0.0, 1.0], [1.0, 2.0], [0.0, 3.0]]
    """
    if window == 1:
        return x
    return np.concatenate([shifted(x, offsets, back, reverse=reverse) for back in range(window - 1, -1, -1)], axis=1)


def check_window(window: int) -> None:
    """Raise `ParameterError` unless a step can see so many words."""
    if type(window) is not int or window < 1:
        raise ParameterError(f"window={window!r} is not a whole number from 1 up")
