"""What packed weights of an LSTM can do, whoever computes. Arguments are checked here, once for all.

The equations are in `gatewise.ops.lstm`. `NativeLSTM` computes with the native core, `TwinLSTM` with NumPy.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats, Offsets, check_floats, check_ids, check_offsets, check_output, row_strided
from gatewise.ops.native import memory

Ids = npt.NDArray[np.int32]
Precision = Literal["fp32", "bf16"]
Start = tuple[Offsets, Floats | None, Floats | None]


@dataclass(frozen=True)
class LSTMWeights:
    """Checked weights of one direction of one layer: ``[4H, I]``, ``[4H, H]`` and two biases ``[4H]`` or None."""

    weight_ih: Floats
    weight_hh: Floats
    bias_ih: Floats | None
    bias_hh: Floats | None


@dataclass(frozen=True)
class LSTMOutput:
    """What reading a batch gives.

    Attributes:
        hidden: ``[N, H]``, h beside the row that had just been read.
        h_n: ``[B, H]``, h after the last row read; of an empty sequence its initial one.
        c_n: ``[B, H]``, c there.
        gates: ``[N, 4H]``: i, f, g, o; None unless recorded.
        cells: ``[N, H]``: c; None unless recorded.
    """

    hidden: Floats
    h_n: Floats
    c_n: Floats
    gates: Floats | None
    cells: Floats | None


@dataclass(frozen=True)
class LSTMGradients:
    """Gradients of a scalar; what was not wanted is None.

    Attributes:
        d_x: ``[N, I]``.
        d_h0: ``[B, H]``.
        d_c0: ``[B, H]``.
        d_weight_ih: ``[4H, I]``.
        d_weight_hh: ``[4H, H]``.
        d_bias: ``[4H]``, that of `bias_ih` and of `bias_hh` alike.
    """

    d_x: Floats | None
    d_h0: Floats
    d_c0: Floats
    d_weight_ih: Floats | None
    d_weight_hh: Floats | None
    d_bias: Floats | None


class LSTMTable:
    """An embedding, so that a batch can be given as token ids; made by `PackedLSTM.table`.

    Attributes:
        embedding: ``[V, I]``; must not be changed any more.
    """

    def __init__(self, embedding: Floats) -> None:
        self.embedding = embedding


@dataclass(frozen=True)
class Reading:
    """A checked batch: rows `x`, or `ids` into `table`; where sequences begin, and in which state and direction."""

    x: Floats | None
    ids: Ids | None
    table: LSTMTable | None
    offsets: Offsets
    h0: Floats | None
    c0: Floats | None
    reverse: bool


@dataclass(frozen=True)
class Incoming:
    """Checked gradients of what a batch gave: ``[N, H]``, ``[B, H]``, ``[B, H]``; None is zero."""

    d_hidden: Floats | None
    d_h_n: Floats | None
    d_c_n: Floats | None


class PackedLSTM(ABC):
    """Weights of one direction of one layer, ready to compute with. Made by `gatewise.ops.lstm.pack_lstm`.

    Weights are copied: changing the arrays afterwards changes nothing here.

    Attributes:
        input_size: I.
        hidden_size: H.
        dtype: Of weights, inputs and outputs.
        precision: How products are made.
        has_backward: Whether `backward` may be called.

    Notes:
        Immutable, so that threads may share it. Matrices of rows (`x`, `out`, `d_hidden`) may be views with any
        distance between rows, for example some columns of a wider array; what has gaps within a row is copied first.
    """

    def __init__(self, weights: LSTMWeights, precision: Precision, backward: bool) -> None:
        self.hidden_size: int = weights.weight_hh.shape[1]
        self.input_size: int = weights.weight_ih.shape[1]
        self.dtype: np.dtype[Any] = weights.weight_hh.dtype
        self.precision, self.has_backward = precision, backward

    def forward(
        self,
        x: Floats,
        offsets: Offsets,
        h0: Floats | None = None,
        c0: Floats | None = None,
        *,
        reverse: bool = False,
        record: bool = False,
        out: Floats | None = None,
    ) -> LSTMOutput:
        """Equations (1) to (6) for every row of every sequence.

        Args:
            x: ``[N, I]``.
            offsets: ``[B + 1]`` int64. Empty sequences, B = 0 and N = 0 are legal.
            h0: ``[B, H]``; zeros when not given.
            c0: ``[B, H]``; zeros when not given.
            reverse: Read each sequence from its own end. h still stands beside the row that has just been read.
            record: Keep gates and cells, which `backward` needs.
            out: ``[N, H]`` to write `hidden` into.

        Raises:
            ParameterError: An array of the wrong shape or dtype; its name is in the message.

        Notes:
            O(N H (I + H)). A sequence's numbers do not depend on the others in the batch: to the last bit with the
            native core, but for the order in which BLAS sums with the twin.
        """
        check_floats("x", x, (None, self.input_size), self.dtype)
        check_offsets(offsets, len(x))
        return self._read(Reading(row_strided(x), None, None, *self._start(offsets, h0, c0), reverse), record, out)

    def forward_ids(
        self,
        ids: Ids,
        table: LSTMTable,
        offsets: Offsets,
        h0: Floats | None = None,
        c0: Floats | None = None,
        *,
        reverse: bool = False,
        record: bool = False,
        out: Floats | None = None,
    ) -> LSTMOutput:
        """`forward` where row n of x is row ``ids[n]`` of the table's embedding.

        Args:
            ids: ``[N]`` int32, each from 0 to V - 1.
            table: What `table` of this object gave.
            offsets: From here on as for `forward`.
            h0: As for `forward`.
            c0: As for `forward`.
            reverse: As for `forward`.
            record: As for `forward`.
            out: As for `forward`.

        Raises:
            ParameterError: An id outside the vocabulary, or an array of the wrong shape or dtype.
        """
        self._check_table(table)
        check_ids("ids", ids, len(table.embedding))
        check_offsets(offsets, len(ids))
        start = self._start(offsets, h0, c0)
        return self._read(Reading(None, np.ascontiguousarray(ids), table, *start, reverse), record, out)

    def backward(
        self,
        x: Floats,
        offsets: Offsets,
        output: LSTMOutput,
        *,
        d_hidden: Floats | None = None,
        d_h_n: Floats | None = None,
        d_c_n: Floats | None = None,
        h0: Floats | None = None,
        c0: Floats | None = None,
        reverse: bool = False,
        want_x: bool = True,
        want_weights: bool = True,
    ) -> LSTMGradients:
        """Equations (7) to (12): gradients of a scalar L.

        Args:
            x: As given to `forward`, like `offsets`, `h0`, `c0` and `reverse`.
            offsets: As given to `forward`.
            output: What `forward` gave with ``record=True``, unchanged.
            d_hidden: ``[N, H]`` dL/dhidden; zeros when not given.
            d_h_n: ``[B, H]`` dL/dh_n; zeros when not given.
            d_c_n: ``[B, H]`` dL/dc_n; zeros when not given.
            h0: As given to `forward`.
            c0: As given to `forward`.
            reverse: As given to `forward`.
            want_x: Whether d_x is made.
            want_weights: Whether the gradients of weights and bias are made.

        Raises:
            ParameterError: An array of the wrong shape or dtype; weights packed without ``backward=True``; an output
                that was not recorded.
        """
        if not self.has_backward:
            raise ParameterError("the weights were packed without a way back", hint="pack_lstm(..., backward=True)")
        check_floats("x", x, (None, self.input_size), self.dtype)
        check_offsets(offsets, len(x))
        reading = Reading(row_strided(x), None, None, *self._start(offsets, h0, c0), reverse)
        B, N, H = len(offsets) - 1, len(x), self.hidden_size
        recorded = self._recorded(output, N)
        if d_hidden is not None:
            check_floats("d_hidden", d_hidden, (N, H), self.dtype)
            d_hidden = row_strided(d_hidden)
        incoming = Incoming(d_hidden, self._states("d_h_n", d_h_n, B), self._states("d_c_n", d_c_n, B))
        gradients = self._empty_gradients(N, B, want_x, want_weights)
        self._backward(reading, recorded, incoming, gradients)
        return gradients

    def step(self, x: Floats, h: Floats, c: Floats) -> None:
        """One step of B sequences; `h` and `c` are replaced. With the native core the bits are those of `forward`.

        Args:
            x: ``[B, I]``.
            h: ``[B, H]``, contiguous.
            c: ``[B, H]``, contiguous.

        Raises:
            ParameterError: An array of the wrong shape or dtype, or a state that cannot be written in place.
        """
        check_floats("x", x, (None, self.input_size), self.dtype)
        self._check_carried(len(x), h, c)
        self._step(row_strided(x), None, None, h, c)

    def step_ids(self, ids: Ids, table: LSTMTable, h: Floats, c: Floats) -> None:
        """`step` where row b of x is row ``ids[b]`` of the table's embedding.

        Args:
            ids: ``[B]`` int32, each from 0 to V - 1.
            table: What `table` of this object gave.
            h: As for `step`.
            c: As for `step`.

        Raises:
            ParameterError: As for `step`, or an id outside the vocabulary; the states are as before.
        """
        self._check_table(table)
        check_ids("ids", ids, len(table.embedding))
        self._check_carried(len(ids), h, c)
        self._step(None, np.ascontiguousarray(ids), table, h, c)

    def table(self, embedding: Floats) -> LSTMTable:
        """An embedding to read ids with; a word then costs less than its product with the input weights.

        Args:
            embedding: ``[V, I]``, V of at least 1. Kept, not copied (unless it has gaps): it must not change any more.

        Raises:
            ParameterError: An array of the wrong shape or dtype.
        """
        check_floats("embedding", embedding, (None, self.input_size), self.dtype)
        if not len(embedding):
            raise ParameterError("embedding has no rows")
        return self._table(np.ascontiguousarray(embedding))

    @abstractmethod
    def table_bytes(self, vocabulary: int) -> int:
        """Most memory that a table of so many words may take beside its embedding."""

    @abstractmethod
    def _table(self, embedding: Floats) -> LSTMTable: ...

    @abstractmethod
    def _check_table(self, table: LSTMTable) -> None: ...

    @abstractmethod
    def _forward(self, reading: Reading, output: LSTMOutput) -> None:
        """Fill in every array of `output`."""

    @abstractmethod
    def _backward(self, reading: Reading, output: LSTMOutput, incoming: Incoming, gradients: LSTMGradients) -> None:
        """Fill in every array of `gradients`."""

    @abstractmethod
    def _step(self, x: Floats | None, ids: Ids | None, table: LSTMTable | None, h: Floats, c: Floats) -> None: ...

    def _read(self, reading: Reading, record: bool, out: Floats | None) -> LSTMOutput:
        N, B, H = int(reading.offsets[-1]), len(reading.offsets) - 1, self.hidden_size
        if out is None:
            out = memory.empty((N, H), self.dtype)
        else:
            check_output("out", out, (N, H), self.dtype)
            if reading.x is not None and np.shares_memory(out, reading.x):
                raise ParameterError("out shares memory with x")
        gates = memory.empty((N, 4 * H), self.dtype) if record else None
        cells = memory.empty((N, H), self.dtype) if record else None
        output = LSTMOutput(out, np.empty((B, H), self.dtype), np.empty((B, H), self.dtype), gates, cells)
        self._forward(reading, output)
        return output

    def _start(self, offsets: Offsets, h0: Floats | None, c0: Floats | None) -> Start:
        B = len(offsets) - 1
        return np.ascontiguousarray(offsets), self._states("h0", h0, B), self._states("c0", c0, B)

    def _states(self, name: str, states: Floats | None, sequences: int) -> Floats | None:
        if states is None:
            return None
        check_floats(name, states, (sequences, self.hidden_size), self.dtype)
        return np.ascontiguousarray(states)

    def _recorded(self, output: LSTMOutput, rows: int) -> LSTMOutput:
        if output.gates is None or output.cells is None:
            raise ParameterError("the output was not recorded", hint="forward(..., record=True)")
        check_floats("output.hidden", output.hidden, (rows, self.hidden_size), self.dtype)
        check_floats("output.gates", output.gates, (rows, 4 * self.hidden_size), self.dtype)
        check_floats("output.cells", output.cells, (rows, self.hidden_size), self.dtype)
        gates, cells = np.ascontiguousarray(output.gates), np.ascontiguousarray(output.cells)
        return LSTMOutput(row_strided(output.hidden), output.h_n, output.c_n, gates, cells)

    def _empty_gradients(self, rows: int, sequences: int, want_x: bool, want_weights: bool) -> LSTMGradients:
        H, G = self.hidden_size, 4 * self.hidden_size
        return LSTMGradients(
            d_x=memory.empty((rows, self.input_size), self.dtype) if want_x else None,
            d_h0=np.empty((sequences, H), self.dtype),
            d_c0=np.empty((sequences, H), self.dtype),
            d_weight_ih=memory.empty((G, self.input_size), self.dtype) if want_weights else None,
            d_weight_hh=memory.empty((G, H), self.dtype) if want_weights else None,
            d_bias=np.empty(G, self.dtype) if want_weights else None,
        )

    def _check_carried(self, sequences: int, h: Floats, c: Floats) -> None:
        for name, state in (("h", h), ("c", c)):
            check_output(name, state, (sequences, self.hidden_size), self.dtype)
            if not state.flags.c_contiguous:
                raise ParameterError(f"{name} is not contiguous and cannot be replaced in place")
        if np.shares_memory(h, c):
            raise ParameterError("h shares memory with c")
