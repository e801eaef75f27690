"""What computes the networks: how many threads, with which kernels, how exactly."""

from __future__ import annotations

import numpy as np
import torch

from gatewise.nn.layer import Precision
from gatewise.ops import native
from gatewise.ops.lstm import pack_lstm


def use_threads(count: int) -> None:
    """Let torch and the native core each use `count` threads from now on; they never work at the same time.

    Args:
        count: From 1 to 1024. The core's results are the same for any; torch's may differ in the last bits.

    Raises:
        ParameterError: Not such a number.

    Example:
        >>> before = torch.get_num_threads()
        >>> use_threads(1)
        >>> torch.get_num_threads()
        1
        >>> use_threads(before)
    """
    native.use_threads(count)
    torch.set_num_threads(count)


def kernels() -> str:
    """Name of the native core's kernels in use, ``numpy`` without it. Others sum in another order."""
    return native.isa()


def fastest_precision() -> Precision:
    """``bf16`` where this machine and the native core have kernels for it, else ``fp32``."""
    return "bf16" if native.has_bf16() else "fp32"


def check_precision(precision: Precision) -> None:
    """Raise `ParameterError`, which tells why, unless this machine computes an LSTM with that precision.

    Example:
        >>> check_precision("fp32")
    """
    smallest = np.zeros((4, 1), np.float32)
    pack_lstm(smallest, smallest, precision=precision)
