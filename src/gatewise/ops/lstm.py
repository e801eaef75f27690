"""Long short-term memory.

    i = sigmoid(W_ii x + b_ii + W_hi h + b_hi)      (1) input gate: how much of the candidate is written
    f = sigmoid(W_if x + b_if + W_hf h + b_hf)      (2) forget gate: how much of the cell is kept
    g =    tanh(W_ig x + b_ig + W_hg h + b_hg)      (3) candidate
    o = sigmoid(W_io x + b_io + W_ho h + b_ho)      (4) output gate: how much of the cell is shown
    c' = f * c + i * g                              (5) the cell: a sum, through which gradients flow undiminished
    h' = o * tanh(c')                               (6) the output

`pack_lstm` prepares weights for whoever computes fastest here: the native core, else NumPy (`gatewise.ops.lstm_twin`,
which goes on with the equations of the way back).

Reference: Hochreiter and Schmidhuber (1997), Neural Computation 9(8), 1735-1780; the forget gate is of Gers,
Schmidhuber and Cummins (2000), Neural Computation 12(10), 2451-2471. No peepholes. Gate order i, f, g, o as in torch.
"""

from __future__ import annotations

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats, check_floats
from gatewise.ops.lstm_packed import LSTMGradients as LSTMGradients
from gatewise.ops.lstm_packed import LSTMOutput as LSTMOutput
from gatewise.ops.lstm_packed import LSTMTable as LSTMTable
from gatewise.ops.lstm_packed import LSTMWeights, Precision
from gatewise.ops.lstm_packed import PackedLSTM as PackedLSTM
from gatewise.ops.lstm_twin import TwinLSTM, gates_and_states


def _step(projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
    h, c = state
    sums = h @ weight_hh.T
    sums += projected
    if bias_hh is not None:
        sums += bias_hh
    _, h, c = gates_and_states(sums, c)  # (1) to (6)
    return h, c


LSTM = Cell(name="lstm", gates=4, states=("h", "c"), step=_step)


def pack_lstm(
    weight_ih: Floats,
    weight_hh: Floats,
    bias_ih: Floats | None = None,
    bias_hh: Floats | None = None,
    *,
    precision: Precision = "fp32",
    backward: bool = False,
) -> PackedLSTM:
    """Prepare the weights of one direction of one layer.

    float32 goes to the native core where the compiled library is there (`gatewise.ops.native.reason` tells), all else
    to the NumPy twin. The kernels are those in use now; `gatewise.ops.native.use_isa` changes nothing here later.

    Args:
        weight_ih: ``[4H, I]`` float32 or float64, gates in the order i, f, g, o; all arrays are copied.
        weight_hh: ``[4H, H]``, of the same dtype.
        bias_ih: ``[4H]``; zero when not given.
        bias_hh: ``[4H]``; zero when not given.
        precision: ``"fp32"``; or ``"bf16"``: factors of products are rounded to bfloat16, sums and states stay float32.
        backward: Whether `PackedLSTM.backward` will be called.

    Raises:
        ParameterError: An array of the wrong shape or dtype, or a precision that is not available here; says why.

    Example:
        >>> lstm = pack_lstm(np.ones((8, 3), np.float32), np.ones((8, 2), np.float32))
        >>> output = lstm.forward(np.ones((5, 3), np.float32), np.array([0, 4, 4, 5]))
        >>> output.hidden.shape, output.h_n.shape
        ((5, 2), (3, 2))
        >>> bool((output.hidden[3] == output.h_n[0]).all()), output.h_n[1].tolist()
        (True, [0.0, 0.0])
    """
    weights = _checked(weight_ih, weight_hh, bias_ih, bias_hh)
    _check_precision(precision, weights)
    if weight_hh.dtype == np.float32 and native.is_available():
        from gatewise.ops.native.lstm import NativeLSTM

        return NativeLSTM(weights, precision, backward)
    return TwinLSTM(weights, backward=backward)


def _check_precision(precision: str, weights: LSTMWeights) -> None:
    if precision not in ("fp32", "bf16"):
        raise ParameterError(f"precision={precision!r} is neither 'fp32' nor 'bf16'")
    is_single = weights.weight_hh.dtype == np.float32
    if precision == "fp32" or (is_single and native.has_bf16()):
        return
    if not is_single:
        why = "the weights are float64"
    elif native.is_available():
        why = f"it needs the avx512bf16 kernels; in use {native.isa()}, possible here {', '.join(native.isas())}"
    else:
        why = f"only the native core has it: {native.reason()}"
    raise ParameterError(f"precision='bf16' cannot be had: {why}", hint="precision='fp32'")


def _checked(weight_ih: Floats, weight_hh: Floats, bias_ih: Floats | None, bias_hh: Floats | None) -> LSTMWeights:
    check_floats("weight_hh", weight_hh, (None, None))
    G, H = 4 * weight_hh.shape[1], weight_hh.shape[1]
    check_floats("weight_hh", weight_hh, (G, H))
    check_floats("weight_ih", weight_ih, (G, None), weight_hh.dtype)
    for name, weight in (("weight_ih", weight_ih), ("weight_hh", weight_hh)):
        if not weight.shape[1]:
            raise ParameterError(f"{name} has no columns")
    for name, bias in (("bias_ih", bias_ih), ("bias_hh", bias_hh)):
        if bias is not None:
            check_floats(name, bias, (G,), weight_hh.dtype)
    return LSTMWeights(weight_ih, weight_hh, bias_ih, bias_hh)
