"""Shape and dtype checks at the door of the operators: names the array, what it is and what it should be."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError

Floats = npt.NDArray[np.floating[Any]]
Offsets = npt.NDArray[np.int64]

_FLOAT_TYPES = (np.dtype(np.float32), np.dtype(np.float64))


def check_floats(name: str, array: Any, shape: tuple[int | None, ...], dtype: np.dtype[Any] | None = None) -> None:
    """Raise `ParameterError` unless `array` is a float array of that shape.

    Args:
        name: What to call it in the message.
        array: The array.
        shape: Wanted extents; ``None`` where any will do.
        dtype: Wanted dtype; float32 or float64 when not given.

    Example:
        >>> check_floats("weight_hh", np.zeros((8, 3)), (8, 2))
        Traceback (most recent call last):
        gatewise.errors.ParameterError: weight_hh is float64 [8, 3], wanted float32 or float64 [8, 2]
    """
    allowed = _FLOAT_TYPES if dtype is None else (dtype,)
    if not isinstance(array, np.ndarray):
        raise ParameterError(f"{name} is a {type(array).__name__}, wanted a NumPy array")
    fits = array.ndim == len(shape) and all(want in (None, got) for got, want in zip(array.shape, shape, strict=True))
    if not fits or array.dtype not in allowed:
        wanted = " or ".join(str(kind) for kind in allowed)
        raise ParameterError(f"{name} is {array.dtype} {_written(array.shape)}, wanted {wanted} {_written(shape)}")


def check_offsets(offsets: Any, rows: int) -> None:
    """Raise `ParameterError` unless `offsets` is ``[B + 1]`` int64, rises from 0 to `rows` and never falls.

    Example:
        >>> check_offsets(np.array([0, 2, 5]), 4)
        Traceback (most recent call last):
        gatewise.errors.ParameterError: offsets end at 5, wanted the number of rows, 4
    """
    if not isinstance(offsets, np.ndarray) or offsets.dtype != np.int64 or offsets.ndim != 1 or not len(offsets):
        raise ParameterError("offsets must be an int64 array [B + 1]")
    if offsets[0] != 0 or np.any(offsets[1:] < offsets[:-1]):
        raise ParameterError("offsets must start at 0 and never fall")
    if offsets[-1] != rows:
        raise ParameterError(f"offsets end at {offsets[-1]}, wanted the number of rows, {rows}")


def _written(shape: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("any" if extent is None else str(extent) for extent in shape) + "]"
