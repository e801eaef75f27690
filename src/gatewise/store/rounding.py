"""Weights in fewer bits: what is stored of them, and what they are when they are read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError, ParameterError
from gatewise.store.checks import own_fault
from gatewise.store.tensors import FLOATS, Tensors, check_finite, check_shapes, pack, unpack

Array = npt.NDArray[Any]
Shapes = Mapping[str, tuple[int, ...]]

EMBEDDING_BITS = (8, 16, 32)
MATRIX_BITS = (16, 32)
SCALE = ".scale"

_KINDS: dict[str, np.dtype[Any]] = {**FLOATS, "I8": np.dtype("i1")}
_LARGEST = 127  # -128 is left out, so that a row and its negative are stored alike.
# A scale has so few digits that its product with 127 is exact in float32: what was read is stored again without change.
_SCALE_DIGITS = 16
_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)


def rounded(array: Array, bits: int) -> npt.NDArray[np.float32]:
    """Weights as they are read again after they were stored in so many bits; once more changes nothing.

    In 8 bits a row w of word vectors has one scale, s = max|w| / 127 rounded up to 16 binary digits, and is stored as
    the integers round(w / s): each number is off by s / 2 at most.

    Args:
        array: ``[V, E]`` for 8 bits, any shape else; finite.
        bits: 8, 16 (float16, where a number above 65,504 becomes infinite) or 32.

    Example:
        >>> rounded(np.array([[127.0, 0.6, -0.2], [0.0, 0.0, 0.0]]), 8).tolist()
        [[127.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if bits == 8:
        whole, scale = _in_8_bits(np.asarray(array, np.float32))
        return whole * scale[:, None]
    with np.errstate(over="ignore"):
        return array.astype(np.float16 if bits == 16 else np.float32).astype(np.float32)


def bits_of(name: str, dimensions: int, embedding_bits: int, matrix_bits: int) -> int:
    """Bits that a tensor is stored in: word vectors, other matrices, and biases, which are few and keep 32.

    Example:
        >>> [bits_of(name, 2, 8, 16) for name in ("embedding.weight", "head.weight")], bits_of("head.bias", 1, 8, 16)
        ([8, 16], 32)
    """
    if is_word_vectors(name):
        return embedding_bits
    return matrix_bits if dimensions == 2 else 32


def is_word_vectors(name: str) -> bool:
    """Whether a tensor has a row for each word of the vocabulary."""
    return name.endswith("embedding.weight")


def fewest_bits(arrays: Iterable[Array]) -> int:
    """The fewest bits in which word vectors can be stored without any change: those they were rounded to."""
    kept = list(arrays)
    return next((bits for bits in (8, 16) if all((rounded(one, bits) == one).all() for one in kept)), 32)


def pack_weights(tensors: Tensors, shapes: Shapes, where: str, *, embedding_bits: int, matrix_bits: int = 32) -> bytes:
    """The bytes of model.safetensors.

    Args:
        tensors: Weights by name, float32 or float64.
        shapes: Name and shape of each.
        where: Name of the file, for messages.
        embedding_bits: 8, 16 or 32 for word vectors. In 8 bits NAME has int8 numbers, and ``NAME.scale`` the float32
            that each row is to be multiplied by.
        matrix_bits: 16 or 32 for all other matrices.

    Raises:
        ParameterError: Something is missing, surplus, of another shape or dtype, or cannot be stored so.
    """
    if embedding_bits not in EMBEDDING_BITS or matrix_bits not in MATRIX_BITS:
        raise ParameterError(f"embedding_bits={embedding_bits!r} and matrix_bits={matrix_bits!r} are not 8, 16 or 32")
    stored: Tensors = {}
    for name, array in tensors.items():
        if array.dtype not in (np.float32, np.float64):
            raise ParameterError(f"{name} has dtype {array.dtype}, wanted float32")
        bits = bits_of(name, array.ndim, embedding_bits, matrix_bits)
        with np.errstate(over="ignore"):  # What does not fit becomes infinite, which the next line refuses.
            plain = array.astype(np.float16 if bits == 16 else np.float32)
        own_fault(partial(check_finite, name, plain, where))
        stored[name] = plain
    own_fault(partial(check_shapes, stored, shapes, where))
    small: Tensors = {}
    for name in filter(is_word_vectors, stored if embedding_bits == 8 else ()):
        small[name], small[name + SCALE] = _in_8_bits(stored[name])
    return pack({**stored, **small})


def unpack_weights(data: bytes, shapes: Shapes, where: str) -> Tensors:
    """Weights in the bytes of model.safetensors, float32 and writable.

    Raises:
        ModelError: The file is damaged, or a tensor is missing, surplus, of another shape or dtype, not finite, or has
            a scale that is none.
    """
    stored = unpack(data, where, _KINDS)
    small = [name for name, array in stored.items() if array.dtype == np.int8]
    for name in small:
        if not is_word_vectors(name):
            raise ModelError(f"{name} has dtype I8, which is for word vectors", where=where)
    scales = {name + SCALE: shapes[name][:1] for name in small if name in shapes}
    check_shapes(stored, {**shapes, **scales}, where)
    for name in small:
        stored[name] = _from_8_bits(name, stored[name], stored.pop(name + SCALE), where)
    return {name: array.astype(np.float32, copy=False) for name, array in stored.items()}


def _in_8_bits(rows: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    largest = np.abs(rows).max(axis=1, initial=0).astype(np.float64)
    digits, exponent = np.frexp(largest / _LARGEST)
    scale = np.ldexp(np.ceil(np.ldexp(digits, _SCALE_DIGITS)), exponent - _SCALE_DIGITS)
    scale = np.maximum(scale, _SMALLEST_SCALE).astype(np.float32)
    return np.rint(rows / scale[:, None]).astype(np.int8), scale


def _from_8_bits(name: str, whole: npt.NDArray[np.int8], scale: Array, where: str) -> npt.NDArray[np.float32]:
    if scale.dtype != np.float32:
        raise ModelError(f"{name}{SCALE} has dtype {scale.dtype}, wanted float32", where=where)
    if (scale <= 0).any():
        place = int(np.flatnonzero(scale <= 0)[0])
        raise ModelError(f"{name}{SCALE} holds {scale[place]} at position {place}, wanted more than 0", where=where)
    if (whole < -_LARGEST).any():
        raise ModelError(f"{name} holds -128, wanted -127 to 127", where=where)
    with np.errstate(over="ignore"):
        rows = np.multiply(whole, scale[:, None], dtype=np.float32)
    check_finite(name, rows, where)
    return rows
