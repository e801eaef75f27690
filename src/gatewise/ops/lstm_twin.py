"""Long short-term memory in NumPy, forwards and backwards: what the native core computes, to be read and compared with.

Forwards, equations (1) to (6) are those of `gatewise.ops.lstm`. Backwards (Werbos 1990), with z the sums inside (1) to
(4) and ' for the step after:

    dh    = dL/dh + W_hh^T dz'                                  (7)
    dc    = dc' f' + dh o (1 - tanh(c)^2)                       (8)
    dz_i  = dc g i (1 - i)        dz_f = dc c_before f (1 - f)  (9)
    dz_g  = dc i (1 - g^2)        dz_o = dh tanh(c) o (1 - o)   (10)
    dx    = W_ih^T dz                                           (11)
    dW_ih = sum dz x^T,   dW_hh = sum dz h_before^T,   db = sum dz      (12)

It also computes where the package was installed without the compiled library.

Reference: Werbos (1990), Proceedings of the IEEE 78(10), 1550-1560.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.activations import sigmoid
from gatewise.ops.checks import Floats
from gatewise.ops.lstm_packed import (
    Ids,
    Incoming,
    LSTMGradients,
    LSTMOutput,
    LSTMTable,
    LSTMWeights,
    PackedLSTM,
    Reading,
)
from gatewise.ops.scan import Indices, Plan, make_plan


def gates_and_states(sums: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
    """Equations (1) to (6) after their sums: gates ``[B, 4H]`` in the order i, f, g, o, then h and c ``[B, H]``.

    Args:
        sums: ``[B, 4H]``, what stands inside (1) to (4).
        c: ``[B, H]``, the cell before.

    Example:
        >>> gates, h, c = gates_and_states(np.zeros((1, 4)), np.ones((1, 1)))
        >>> gates.tolist(), c.tolist()
        ([[0.5, 0.5, 0.0, 0.5]], [[0.5]])
    """
    H = c.shape[1]
    # One sigmoid over all of the block is faster than three over slices, although g's share of it is thrown away.
    gates = sigmoid(sums)  # (1), (2), (4)
    gates[:, 2 * H : 3 * H] = np.tanh(sums[:, 2 * H : 3 * H])  # (3)
    i, f, g, o = np.split(gates, 4, axis=1)
    c = f * c + i * g  # (5)
    h = o * np.tanh(c)  # (6)
    return gates, h, c


def _as_it_is(factor: Floats) -> Floats:
    return factor


class TwinLSTM(PackedLSTM):
    """`PackedLSTM` in NumPy; float32 or float64.

    Args:
        weights: Of one direction of one layer.
        backward: Whether `backward` may be called.
        factor: How the factors of products are rounded; not at all by default. To be compared with bf16 products.

    Notes:
        Not-a-number and infinity go where arithmetic takes them, without a warning, as they do in the native core.
    """

    def __init__(
        self, weights: LSTMWeights, *, backward: bool = False, factor: Callable[[Floats], Floats] = _as_it_is
    ) -> None:
        super().__init__(weights, "fp32", backward)
        self._factor = factor
        self._weight_ih: Floats = factor(np.array(weights.weight_ih))
        self._weight_hh: Floats = factor(np.array(weights.weight_hh))
        self._bias: Floats = np.zeros(4 * self.hidden_size, self.dtype)
        for bias in (weights.bias_ih, weights.bias_hh):
            if bias is not None:
                self._bias += bias

    def table_bytes(self, vocabulary: int) -> int:
        """None: each batch projects its own distinct words."""
        return 0

    def _table(self, embedding: Floats) -> LSTMTable:
        return LSTMTable(embedding)

    def _check_table(self, table: LSTMTable) -> None:
        if table.embedding.shape[1] != self.input_size or table.embedding.dtype != self.dtype:
            raise ParameterError("the table was made by other weights")

    def _forward(self, reading: Reading, output: LSTMOutput) -> None:
        plan = make_plan(reading.offsets, reverse=reading.reverse)
        with np.errstate(over="ignore", invalid="ignore"):
            self._walk(plan, self._projected(reading, plan.rows), reading, output)

    def _walk(self, plan: Plan, projected: Floats, reading: Reading, output: LSTMOutput) -> None:
        h, c = self._ranked(reading.h0, plan), self._ranked(reading.c0, plan)
        for begin, end in _steps(plan):
            rows, active = plan.rows[begin:end], end - begin
            sums = projected[begin:end] + self._factor(h[:active]) @ self._weight_hh.T
            gates, h[:active], c[:active] = gates_and_states(sums, c[:active])
            output.hidden[rows] = h[:active]
            if output.gates is not None and output.cells is not None:
                output.gates[rows], output.cells[rows] = gates, c[:active]
        output.h_n[plan.rank], output.c_n[plan.rank] = h, c

    def _projected(self, reading: Reading, rows: Indices) -> Floats:
        """W_ih x + b for rows of the batch."""
        if reading.x is not None:
            return self._project(reading.x[rows])
        assert reading.ids is not None
        assert reading.table is not None
        # A word occurs many times in a batch: its product with W_ih is made once and then copied.
        words, places = np.unique(reading.ids, return_inverse=True)
        return self._project(reading.table.embedding[words])[places[rows]]

    def _project(self, x: Floats) -> Floats:
        projected: Floats = self._factor(x) @ self._weight_ih.T
        projected += self._bias
        return projected

    def _ranked(self, states: Floats | None, plan: Plan) -> Floats:
        """Initial states, or gradients of final ones, in the order of the plan; zeros for None."""
        if states is None:
            return np.zeros((len(plan.rank), self.hidden_size), self.dtype)
        return states[plan.rank]

    def _backward(self, reading: Reading, output: LSTMOutput, incoming: Incoming, gradients: LSTMGradients) -> None:
        assert reading.x is not None
        plan = make_plan(reading.offsets, reverse=reading.reverse)
        with np.errstate(over="ignore", invalid="ignore"):
            d_z = self._walk_back(plan, reading, output, incoming, gradients)
            factors = self._factor(d_z)
            if gradients.d_x is not None:
                gradients.d_x[plan.rows] = factors @ self._weight_ih  # (11)
            if gradients.d_weight_ih is None or gradients.d_weight_hh is None or gradients.d_bias is None:
                return
            gradients.d_weight_ih[...] = factors.T @ self._factor(reading.x[plan.rows])  # (12)
            gradients.d_weight_hh[...] = factors.T @ self._factor(self._before(output.hidden, reading.h0, plan))
            gradients.d_bias[...] = factors.sum(0)

    def _walk_back(
        self, plan: Plan, reading: Reading, output: LSTMOutput, incoming: Incoming, gradients: LSTMGradients
    ) -> Floats:
        """(7) to (10): dz ``[N, 4H]`` in the order of the plan; d_h0 and d_c0 are filled in."""
        assert output.gates is not None
        assert output.cells is not None
        c_before = self._before(output.cells, reading.c0, plan)
        d_z: Floats = np.empty((len(plan.rows), 4 * self.hidden_size), self.dtype)
        # W_hh^T dz' and dc' f' of the step after; of a sequence's last step what was given for its final states.
        d_h, d_c = self._ranked(incoming.d_h_n, plan), self._ranked(incoming.d_c_n, plan)
        for begin, end in reversed(list(_steps(plan))):
            rows, active = plan.rows[begin:end], end - begin
            i, f, g, o = np.split(output.gates[rows], 4, axis=1)
            shown = np.tanh(output.cells[rows])
            dh = d_h[:active] if incoming.d_hidden is None else d_h[:active] + incoming.d_hidden[rows]  # (7)
            dc = d_c[:active] + dh * o * (1 - shown**2)  # (8)
            dz_i, dz_f = dc * g * i * (1 - i), dc * c_before[begin:end] * f * (1 - f)  # (9)
            dz_g, dz_o = dc * i * (1 - g**2), dh * shown * o * (1 - o)  # (10)
            np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1, out=d_z[begin:end])
            d_h[:active], d_c[:active] = self._factor(d_z[begin:end]) @ self._weight_hh, dc * f
        gradients.d_h0[plan.rank], gradients.d_c0[plan.rank] = d_h, d_c
        return d_z

    def _before(self, states: Floats, first: Floats | None, plan: Plan) -> Floats:
        """States ``[N, H]`` before each row, in the order of the plan."""
        before: Floats = np.empty((len(plan.rows), self.hidden_size), self.dtype)
        rows_before = plan.rows[:0]
        for begin, end in _steps(plan):
            active = end - begin
            before[begin:end] = states[rows_before[:active]] if begin else self._ranked(first, plan)[:active]
            rows_before = plan.rows[begin:end]
        return before

    def _step(self, x: Floats | None, ids: Ids | None, table: LSTMTable | None, h: Floats, c: Floats) -> None:
        if x is None:
            assert table is not None
            x = table.embedding[ids]
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self._project(x) + self._factor(h) @ self._weight_hh.T
            _, h[...], c[...] = gates_and_states(sums, c)


def _steps(plan: Plan) -> Iterator[tuple[int, int]]:
    """Where the rows of each step stand in the order of the plan."""
    begin = 0
    for active in plan.active.tolist():
        yield begin, begin + active
        begin += active
