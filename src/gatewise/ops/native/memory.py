"""Arrays in memory that is used again.

Fresh memory costs the system about 0.4 ms a MB (it is zeroed page by page), more than most kernels that fill it. Blocks
of the native core wait for the next array of about their size instead; up to 1 GiB of them, see csrc/memory/arena.cpp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import OutOfMemoryError
from gatewise.ops.native.library import Library, library

# Smaller arrays come from the C library's heap, which keeps what is freed too and is quicker to ask.
SMALLEST = 64 * 1024


class _Block:
    """A block taken from the native core, which goes back when nobody refers to it any more.

    NumPy reads the address from `__array_interface__` and makes the block the base of the array, and so of every view
    and of every torch tensor made from it.
    """

    __slots__ = ("__array_interface__", "_address", "_give")

    def __init__(self, found: Library, shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
        # Found through the block and not through this module, which may be gone when the interpreter ends.
        self._give = found.call.gw_give
        self._address = found.call.gw_take(math.prod(shape) * kind.itemsize)
        if not self._address:
            raise OutOfMemoryError(f"no memory for an array {list(shape)} of {kind}", hint="smaller batches need less")
        self.__array_interface__ = {
            "version": 3,
            "data": (self._address, False),
            "shape": shape,
            "typestr": kind.str,
        }

    def __del__(self) -> None:
        self._give(self._address)


def empty(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array with undefined contents, as `numpy.empty`, but where it is large in memory that is used again.

    Args:
        shape: Its extents.
        dtype: Of numbers.

    Raises:
        OutOfMemoryError: There is no memory.

    Example:
        >>> empty((1000, 128), np.float32).shape
        (1000, 128)
    """
    kind = np.dtype(dtype)
    found = library() if math.prod(shape) * kind.itemsize >= SMALLEST else None
    return np.empty(shape, kind) if found is None else np.asarray(_Block(found, shape, kind))
