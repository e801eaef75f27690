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


def check_ids(name: str, ids: Any, vocabulary: int) -> None:
    """Raise `ParameterError` unless `ids` is ``[N]`` int32, each from 0 to `vocabulary` - 1.

    Example:
        >>> check_ids("ids", np.array([3, 7], np.int32), 5)
        Traceback (most recent call last):
        gatewise.errors.ParameterError: ids[1] is 7, not from 0 to 4
    """
    if not isinstance(ids, np.ndarray) or ids.dtype != np.int32 or ids.ndim != 1:
        raise ParameterError(f"{name} must be an int32 array [N]")
    # Read as unsigned, a negative number is larger than any vocabulary.
    if ids.size and ids.view(np.uint32).max() >= vocabulary:
        first = int(np.flatnonzero((ids < 0) | (ids >= vocabulary))[0])
        raise ParameterError(f"{name}[{first}] is {ids[first]}, not from 0 to {vocabulary - 1}")


def check_output(name: str, array: Any, shape: tuple[int, int], dtype: np.dtype[Any]) -> None:
    """Raise `ParameterError` unless `array` can be written into as rows of that shape.

    Example:
        >>> check_output("out", np.zeros((3, 4))[:, ::2], (3, 2), np.dtype(np.float64))
        Traceback (most recent call last):
        gatewise.errors.ParameterError: out must have whole rows, one after the other
    """
    check_floats(name, array, shape, dtype)
    if not array.flags.writeable:
        raise ParameterError(f"{name} is read-only")
    if row_strided(array) is not array:
        raise ParameterError(f"{name} must have whole rows, one after the other")


def row_strided(matrix: Floats) -> Floats:
    """The matrix itself if its rows lie whole, one after the other at one distance; else a contiguous copy.

    Example:
        >>> wide = np.zeros((3, 4))
        >>> row_strided(wide[:, 1:3]).base is wide, row_strided(wide[:, ::2]).base is wide
        (True, False)
    """
    (rows, columns), (down, right) = matrix.shape, matrix.strides
    size = matrix.itemsize
    are_rows_whole = columns <= 1 or right == size
    are_rows_apart = rows <= 1 or (down >= columns * size and down % size == 0)
    return matrix if are_rows_whole and are_rows_apart else np.ascontiguousarray(matrix)


def _written(shape: tuple[int | None, ...]) -> str:
    return "[" + ", ".join("any" if extent is None else str(extent) for extent in shape) + "]"
