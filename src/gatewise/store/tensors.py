"""Arrays to and from the bytes of a safetensors file, with limits of our own on top of the library's checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError

Tensors = dict[str, npt.NDArray[Any]]

# A network of 64 bidirectional layers has 515 tensors, about 100 bytes of header each.
LARGEST_HEADER = 1 << 20
_NAME = re.compile(r"[a-z0-9_.]{1,128}")
_LENGTH_BYTES = 8

FLOATS: dict[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
ANY: dict[str, np.dtype[Any]] = {
    **FLOATS,
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
    "U8": np.dtype("u1"),
    "U32": np.dtype("<u4"),
    "U64": np.dtype("<u8"),
}


def pack(tensors: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a safetensors file; the same arrays give the same bytes."""
    from safetensors.numpy import save

    # The library writes an array's memory as it lies, whatever its strides.
    ordered = {name: tensors[name].copy(order="C") for name in sorted(tensors)}
    return bytes(save(ordered))


def unpack(data: bytes, where: str, kinds: Mapping[str, np.dtype[Any]] = ANY) -> Tensors:
    """Arrays in the bytes of a safetensors file, writable and of the dtype stored.

    Args:
        data: The whole file.
        where: Its name, for messages.
        kinds: Dtypes allowed, by the format's names for them.

    Raises:
        ModelError: Not a safetensors file, a header beyond the limit, a name or dtype that is not allowed, a number
            that is not finite.
    """
    from safetensors import SafetensorError, deserialize

    header = int.from_bytes(data[:_LENGTH_BYTES], "little")
    if len(data) < _LENGTH_BYTES or header > min(LARGEST_HEADER, len(data) - _LENGTH_BYTES):
        raise ModelError("the file is cut short or is no safetensors file", where=where)
    try:
        entries = deserialize(data)  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, OverflowError) as problem:
        raise ModelError(f"damaged safetensors file: {str(problem)[:200]}", where=where) from problem
    return {name: _array(name, entry, where, kinds) for name, entry in entries}


def _array(name: str, entry: dict[str, Any], where: str, kinds: Mapping[str, np.dtype[Any]]) -> npt.NDArray[Any]:
    if not _NAME.fullmatch(name):
        raise ModelError(f"impossible tensor name {name[:130]!r}", where=where)
    if entry["dtype"] not in kinds:
        raise ModelError(f"{name} has dtype {entry['dtype']}, allowed are {', '.join(kinds)}", where=where)
    array: npt.NDArray[Any] = np.frombuffer(entry["data"], kinds[entry["dtype"]]).reshape(entry["shape"]).copy()
    check_finite(name, array, where)
    return array


def check_finite(name: str, array: npt.NDArray[Any], where: str) -> None:
    """Raise `ModelError` naming the tensor where a float array holds NaN or infinity."""
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        first = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ModelError(f"{name} holds {array.flat[first]} at position {first}", where=where)


def check_shapes(tensors: Mapping[str, npt.NDArray[Any]], wanted: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Raise `ModelError` unless there are exactly the tensors wanted, each of its shape."""
    missing, surplus = wanted.keys() - tensors.keys(), tensors.keys() - wanted.keys()
    if missing:
        raise ModelError(f"tensor {min(missing)} is missing", where=where)
    if surplus:
        raise ModelError(f"tensor {min(surplus)} does not belong here", where=where)
    for name, shape in wanted.items():
        if tensors[name].shape != shape:
            raise ModelError(f"{name} has shape {list(tensors[name].shape)}, wanted {list(shape)}", where=where)
