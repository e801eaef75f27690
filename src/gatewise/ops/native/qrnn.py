"""The pooling of quasi-recurrent layers by the native core; equations in csrc/qrnn.cpp."""

from __future__ import annotations

from ctypes import POINTER, Structure, c_int32, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.native import memory
from gatewise.ops.native.library import Library, address, library, reason
from gatewise.ops.qrnn_pool import Ids, Pooled, Zoned


class QRNNForwardArgs(Structure):
    """gw_qrnn_forward_args."""

    _fields_ = [
        ("sequences", c_int64),
        ("offsets", c_void_p),
        ("reverse", c_int32),
        ("gates", c_int32),
        ("hidden_size", c_int64),
        ("window", c_int64),
        ("shares", c_void_p),
        ("shares_rows", c_int64),
        ("shares_stride", c_int64),
        ("ids", c_void_p),
        ("bias", c_void_p),
        ("zoned", c_void_p),
        ("hidden", c_void_p),
        ("hidden_stride", c_int64),
        ("cells", c_void_p),
    ]


class QRNNBackwardArgs(Structure):
    """gw_qrnn_backward_args."""

    _fields_ = [
        ("sequences", c_int64),
        ("offsets", c_void_p),
        ("reverse", c_int32),
        ("gates", c_int32),
        ("hidden_size", c_int64),
        ("sums", c_void_p),
        ("bias", c_void_p),
        ("zoned", c_void_p),
        ("cells", c_void_p),
        ("d_hidden", c_void_p),
        ("d_hidden_stride", c_int64),
        ("d_sums", c_void_p),
        ("d_bias", c_void_p),
    ]


@cache
def _declared(found: Library) -> Library:
    for name, arguments in (("gw_qrnn_forward", QRNNForwardArgs), ("gw_qrnn_backward", QRNNBackwardArgs)):
        function = getattr(found.call, name)
        function.restype, function.argtypes = c_int32, [POINTER(arguments)]
    return found


def _library() -> Library:
    found = library()
    if found is None:
        raise ParameterError(f"the native core is not there: {reason()}")
    return _declared(found)


def native_pool(
    shares: Floats,
    bias: Floats,
    offsets: Offsets,
    pooling: str,
    *,
    window: int,
    ids: Ids | None,
    reverse: bool,
    zoned: Zoned | None,
    want_cells: bool,
) -> Pooled:
    """`gatewise.ops.qrnn_pool.pool` for checked arguments of float32."""
    found, H = _library(), len(bias) // (1 + len(pooling))
    offsets, bias, ids, zoned = (_contiguous(array) for array in (offsets, bias, ids, zoned))
    rows = int(offsets[-1])
    hidden = memory.empty((rows, H), np.float32)
    # With f-pooling the cells are what is shown.
    cells = memory.empty((rows, H), np.float32) if want_cells and pooling != "f" else None
    arguments = QRNNForwardArgs(
        sequences=len(offsets) - 1,
        offsets=address(offsets),
        reverse=reverse,
        gates=len(pooling),
        hidden_size=H,
        window=window,
        shares=address(shares),
        shares_rows=len(shares),
        shares_stride=_stride(shares),
        ids=address(ids),
        bias=address(bias),
        zoned=address(zoned),
        hidden=address(hidden),
        hidden_stride=H,
        cells=address(cells),
    )
    found.check(found.call.gw_qrnn_forward(arguments))
    return Pooled(hidden, hidden if pooling == "f" else cells)


def native_pool_backward(
    sums: Floats,
    bias: Floats,
    offsets: Offsets,
    cells: Floats,
    d_hidden: Floats,
    pooling: str,
    *,
    reverse: bool,
    zoned: Zoned | None,
) -> tuple[Floats, Floats]:
    """`gatewise.ops.qrnn_pool.pool_backward` for checked arguments of float32."""
    found = _library()
    offsets, bias, zoned = (_contiguous(array) for array in (offsets, bias, zoned))
    d_sums, d_bias = memory.empty(sums.shape, np.float32), np.empty(len(bias), np.float32)
    arguments = QRNNBackwardArgs(
        sequences=len(offsets) - 1,
        offsets=address(offsets),
        reverse=reverse,
        gates=len(pooling),
        hidden_size=cells.shape[1],
        sums=address(sums),
        bias=address(bias),
        zoned=address(zoned),
        cells=address(cells),
        d_hidden=address(d_hidden),
        d_hidden_stride=_stride(d_hidden),
        d_sums=address(d_sums),
        d_bias=address(d_bias),
    )
    found.check(found.call.gw_qrnn_backward(arguments))
    return d_sums, d_bias


def _contiguous(array: Any) -> Any:
    return None if array is None else np.ascontiguousarray(array)


def _stride(matrix: Floats) -> int:
    """Floats from one row to the next; of a single row its width, as NumPy then gives any number."""
    rows, columns = matrix.shape
    return matrix.strides[0] // matrix.itemsize if rows > 1 else columns
