"""Long short-term memory by the native core; equations and comments in csrc/lstm.cpp, csrc/lstm_backward.h."""

from __future__ import annotations

import weakref
from ctypes import byref, c_void_p

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.ops.lstm_packed import (
    Ids,
    Incoming,
    LSTMGradients,
    LSTMOutput,
    LSTMTable,
    LSTMWeights,
    PackedLSTM,
    Precision,
    Reading,
)
from gatewise.ops.native.interface import PRECISIONS, LSTMBackwardArgs, LSTMForwardArgs
from gatewise.ops.native.library import Library, address, library, reason


class _Handle:
    """The library's object, freed when nobody refers to it: neither weights nor a table of theirs."""

    def __init__(self, found: Library, pointer: int) -> None:
        self.pointer = pointer
        # Not __del__: a finalizer's arguments outlive the object, even where all of it is one cycle of garbage.
        weakref.finalize(self, found.call.gw_lstm_free, pointer).atexit = False


class NativeTable(LSTMTable):
    """Rows of the embedding times the input weights, each made when its word is first met.

    Args:
        found: The library.
        lstm: Whose weights.
        embedding: ``[V, I]`` float32, contiguous.
    """

    def __init__(self, found: Library, lstm: _Handle, embedding: Floats) -> None:
        super().__init__(embedding)
        made = c_void_p()
        found.check(found.call.gw_lstm_table_create(lstm.pointer, address(embedding), len(embedding), byref(made)))
        assert made.value is not None
        self.lstm, self.pointer = lstm, made.value
        # The weights must outlive the table, the embedding as well.
        weakref.finalize(self, _free_table, found, made.value, lstm, embedding).atexit = False


def _free_table(found: Library, pointer: int, lstm: _Handle, embedding: Floats) -> None:
    found.call.gw_lstm_table_free(pointer)


class NativeLSTM(PackedLSTM):
    """`PackedLSTM` by the native core; float32.

    Args:
        weights: Of one direction of one layer.
        precision: How products are made.
        backward: Whether `backward` may be called.

    Raises:
        ParameterError: No library, or kernels that cannot do this.

    Notes:
        The same bits for any number of threads; the same bits of a sequence in any company.
    """

    def __init__(self, weights: LSTMWeights, precision: Precision, backward: bool) -> None:
        super().__init__(weights, precision, backward)
        found = library()
        if found is None:
            raise ParameterError(f"the native core is not there: {reason()}")
        self._library = found
        biases = (weights.bias_ih, weights.bias_hh)
        w_ih, w_hh = np.ascontiguousarray(weights.weight_ih), np.ascontiguousarray(weights.weight_hh)
        b_ih, b_hh = (None if bias is None else np.ascontiguousarray(bias) for bias in biases)
        sizes, arrays = (self.input_size, self.hidden_size), (w_ih, w_hh, b_ih, b_hh)
        made = c_void_p()
        found.check(
            found.call.gw_lstm_create(*sizes, *map(address, arrays), PRECISIONS[precision], backward, byref(made))
        )
        assert made.value is not None
        self._handle = _Handle(found, made.value)

    def table_bytes(self, vocabulary: int) -> int:
        """All rows; the system provides those of words that were met."""
        return int(self._library.call.gw_lstm_table_bytes(self._handle.pointer, vocabulary))

    def _table(self, embedding: Floats) -> LSTMTable:
        return NativeTable(self._library, self._handle, embedding)

    def _check_table(self, table: LSTMTable) -> None:
        if not isinstance(table, NativeTable) or table.lstm is not self._handle:
            raise ParameterError("the table was made by other weights")

    def _forward(self, reading: Reading, output: LSTMOutput) -> None:
        x, table = reading.x, reading.table
        arguments = LSTMForwardArgs(
            sequences=len(reading.offsets) - 1,
            offsets=address(reading.offsets),
            reverse=reading.reverse,
            x=address(x),
            x_stride=_stride(x),
            ids=address(reading.ids),
            table=table.pointer if isinstance(table, NativeTable) else None,
            h0=address(reading.h0),
            c0=address(reading.c0),
            hidden=address(output.hidden),
            hidden_stride=_stride(output.hidden),
            h_n=address(output.h_n),
            c_n=address(output.c_n),
            gates=address(output.gates),
            cells=address(output.cells),
        )
        self._library.check(self._library.call.gw_lstm_forward(self._handle.pointer, arguments))

    def _backward(self, reading: Reading, output: LSTMOutput, incoming: Incoming, gradients: LSTMGradients) -> None:
        arguments = LSTMBackwardArgs(
            sequences=len(reading.offsets) - 1,
            offsets=address(reading.offsets),
            reverse=reading.reverse,
            x=address(reading.x),
            x_stride=_stride(reading.x),
            h0=address(reading.h0),
            c0=address(reading.c0),
            hidden=address(output.hidden),
            hidden_stride=_stride(output.hidden),
            gates=address(output.gates),
            cells=address(output.cells),
            d_hidden=address(incoming.d_hidden),
            d_hidden_stride=_stride(incoming.d_hidden),
            d_h_n=address(incoming.d_h_n),
            d_c_n=address(incoming.d_c_n),
            d_x=address(gradients.d_x),
            d_x_stride=_stride(gradients.d_x),
            d_h0=address(gradients.d_h0),
            d_c0=address(gradients.d_c0),
            d_w_ih=address(gradients.d_weight_ih),
            d_w_hh=address(gradients.d_weight_hh),
            d_b=address(gradients.d_bias),
        )
        self._library.check(self._library.call.gw_lstm_backward(self._handle.pointer, arguments))

    def _step(self, x: Floats | None, ids: Ids | None, table: LSTMTable | None, h: Floats, c: Floats) -> None:
        status = self._library.call.gw_lstm_step(
            self._handle.pointer,
            len(h),
            address(x),
            _stride(x),
            address(ids),
            table.pointer if isinstance(table, NativeTable) else None,
            address(h),
            address(c),
        )
        self._library.check(status)


def _stride(matrix: Floats | None) -> int:
    """Floats from one row to the next; of a single row its width, as NumPy then gives any number."""
    if matrix is None:
        return 0
    rows, columns = matrix.shape
    return matrix.strides[0] // matrix.itemsize if rows > 1 else columns
