"""csrc/include/gatewise.h for ctypes, in its order. What each function and field wants is written there.

Pointers are plain addresses: who calls keeps what lies there alive.
"""

from __future__ import annotations

from ctypes import CDLL, POINTER, Structure, c_char_p, c_int32, c_int64, c_void_p
from typing import Any

# GW_ABI of the gatewise.h that this file was written from.
ABI = 1

# gw_status
OK, BAD_ARGUMENT, NO_MEMORY, UNSUPPORTED = range(4)

# gw_precision
PRECISIONS = {"fp32": 0, "bf16": 1}


class LSTMForwardArgs(Structure):
    """gw_lstm_forward_args."""

    _fields_ = [
        ("sequences", c_int64),
        ("offsets", c_void_p),
        ("reverse", c_int32),
        ("x", c_void_p),
        ("x_stride", c_int64),
        ("ids", c_void_p),
        ("table", c_void_p),
        ("h0", c_void_p),
        ("c0", c_void_p),
        ("hidden", c_void_p),
        ("hidden_stride", c_int64),
        ("h_n", c_void_p),
        ("c_n", c_void_p),
        ("gates", c_void_p),
        ("cells", c_void_p),
    ]


class LSTMBackwardArgs(Structure):
    """gw_lstm_backward_args."""

    _fields_ = [
        ("sequences", c_int64),
        ("offsets", c_void_p),
        ("reverse", c_int32),
        ("x", c_void_p),
        ("x_stride", c_int64),
        ("h0", c_void_p),
        ("c0", c_void_p),
        ("hidden", c_void_p),
        ("hidden_stride", c_int64),
        ("gates", c_void_p),
        ("cells", c_void_p),
        ("d_hidden", c_void_p),
        ("d_hidden_stride", c_int64),
        ("d_h_n", c_void_p),
        ("d_c_n", c_void_p),
        ("d_x", c_void_p),
        ("d_x_stride", c_int64),
        ("d_h0", c_void_p),
        ("d_c0", c_void_p),
        ("d_w_ih", c_void_p),
        ("d_w_hh", c_void_p),
        ("d_b", c_void_p),
    ]


_OUT = POINTER(c_void_p)

# Result and arguments of every function used.
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "gw_abi": (c_int32, []),
    "gw_last_error": (c_char_p, []),
    "gw_isas": (c_char_p, []),
    "gw_isa": (c_char_p, []),
    "gw_use_isa": (c_int32, [c_char_p]),
    "gw_has_bf16": (c_int32, []),
    "gw_threads": (c_int32, []),
    "gw_use_threads": (c_int32, [c_int32]),
    "gw_take": (c_void_p, [c_int64]),
    "gw_give": (None, [c_void_p]),
    "gw_trim": (None, []),
    "gw_idle_bytes": (c_int64, []),
    "gw_lstm_create": (c_int32, [c_int64, c_int64, *[c_void_p] * 4, c_int32, c_int32, _OUT]),
    "gw_lstm_free": (None, [c_void_p]),
    "gw_lstm_table_bytes": (c_int64, [c_void_p, c_int64]),
    "gw_lstm_table_create": (c_int32, [c_void_p, c_void_p, c_int64, _OUT]),
    "gw_lstm_table_free": (None, [c_void_p]),
    "gw_lstm_forward": (c_int32, [c_void_p, POINTER(LSTMForwardArgs)]),
    "gw_lstm_backward": (c_int32, [c_void_p, POINTER(LSTMBackwardArgs)]),
    "gw_lstm_step": (c_int32, [c_void_p, c_int64, c_void_p, c_int64, *[c_void_p] * 4]),
}


def declare(call: CDLL, *names: str) -> None:
    """Give functions of the loaded library the types they have in the header.

    Raises:
        AttributeError: The library has no such function.
    """
    for name in names:
        function = getattr(call, name)
        function.restype, function.argtypes = FUNCTIONS[name]
