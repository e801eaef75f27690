"""The compiled library: found and loaded once, when first asked for; its settings; what its status codes mean here.

What each function wants is written in csrc/include/gatewise.h. Calls leave the interpreter free for other threads, so
whoever makes one keeps the arrays alive that it points to.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy.typing as npt

from gatewise import settings
from gatewise.errors import GatewiseError, OutOfMemoryError, ParameterError
from gatewise.ops.native.interface import ABI, BAD_ARGUMENT, FUNCTIONS, NO_MEMORY, OK, UNSUPPORTED, declare

_FILE_NAMES = {"win32": "gatewise.dll", "darwin": "libgatewise.dylib"}
_OFF = "GATEWISE_NATIVE=0"


class _LibraryError(Exception):
    """Why there is no library that can be used."""


@dataclass(frozen=True)
class Library:
    """The loaded library. Its functions are called by their names in gatewise.h.

    Attributes:
        path: The file.
        call: The functions.
    """

    path: Path
    call: ctypes.CDLL

    def check(self, status: int) -> None:
        """Raise the error that a status stands for, with the library's own words; nothing when all is well."""
        if status == OK:
            return
        message = self.call.gw_last_error().decode("utf-8", "replace") or f"status {status}"
        if status in (BAD_ARGUMENT, UNSUPPORTED):
            raise ParameterError(message)
        if status == NO_MEMORY:
            raise OutOfMemoryError(message, hint="smaller batches need less")
        raise GatewiseError(f"the native core fails: {message}")


def library() -> Library | None:
    """The library, or None where it is not used; `reason` says why.

    Raises:
        ParameterError: An environment variable of ours has an impossible value.
    """
    return _found() if settings.native_is_wanted() else None


def is_available() -> bool:
    """Whether the native core computes. Raises as `library` does."""
    return library() is not None


def reason() -> str:
    """Why the native core computes, or why not, in a few words. Raises as `library` does.

    Example:
        >>> bool(reason())
        True
    """
    if not settings.native_is_wanted():
        return _OFF
    loaded = _loaded()
    if not isinstance(loaded, Library):
        return loaded
    _apply_settings()
    count = threads()
    return f"native core, {isa()} kernels, {count} thread{'s' if count > 1 else ''}"


def path() -> Path | None:
    """The library's file; None without the library."""
    found = library()
    return found.path if found else None


def isas() -> tuple[str, ...]:
    """Names of the kernels that can run here, slowest first; none without the library."""
    found = library()
    return tuple(found.call.gw_isas().decode().split(",")) if found else ()


def isa() -> str:
    """Name of the kernels in use; ``"numpy"`` without the library."""
    found = library()
    return str(found.call.gw_isa().decode()) if found else "numpy"


def use_isa(name: str) -> None:
    """Use other kernels from now on; weights packed before keep theirs. For tests and measurements.

    Args:
        name: One of `isas`.

    Raises:
        ParameterError: They cannot run here.
    """
    found = library()
    if found is None:
        raise ParameterError(f"kernels {name!r} cannot be used: {reason()}")
    found.check(found.call.gw_use_isa(name.encode()))


def has_bf16() -> bool:
    """Whether weights can be packed with ``precision="bf16"`` now."""
    found = library()
    return bool(found and found.call.gw_has_bf16())


def threads() -> int:
    """Threads that one call may use, the caller's included; 1 without the library.

    NumPy's own threads are another matter: they follow OPENBLAS_NUM_THREADS.
    """
    found = library()
    return int(found.call.gw_threads()) if found else 1


def use_threads(count: int) -> None:
    """Let calls use so many threads from now on; without the library there is nothing to change. Never changes results.

    Args:
        count: From 1 to 1024; at first the processors this process may run on, or GATEWISE_THREADS.

    Raises:
        ParameterError: Not such a number.
    """
    if type(count) is not int or not 1 <= count <= settings.MOST_THREADS:
        raise ParameterError(f"threads={count!r} is not a whole number from 1 to {settings.MOST_THREADS}")
    found = library()
    if found:
        found.check(found.call.gw_use_threads(count))


def trim() -> None:
    """Return the memory that is kept for reuse and that nobody holds to the system."""
    found = library()
    if found:
        found.call.gw_trim()


def idle_bytes() -> int:
    """Bytes kept for reuse that nobody holds."""
    found = library()
    return int(found.call.gw_idle_bytes()) if found else 0


def address(array: npt.NDArray[Any] | None) -> int | None:
    """Where an array's memory begins; None, which is NULL, for None."""
    return None if array is None else array.ctypes.data


def _found() -> Library | None:
    loaded = _loaded()
    if not isinstance(loaded, Library):
        return None
    _apply_settings()
    return loaded


@cache
def _loaded() -> Library | str:
    """The library, or why there is none."""
    try:
        return load(_file())
    except _LibraryError as problem:
        return str(problem)


@cache
def _apply_settings() -> None:
    """What the environment asks for, once. An impossible value is an error at every use until it is mended."""
    loaded = _loaded()
    assert isinstance(loaded, Library)
    count, kernels = settings.threads_wanted(), settings.isa_wanted()
    if count is not None:
        loaded.check(loaded.call.gw_use_threads(count))
    if kernels is not None and loaded.call.gw_use_isa(kernels.encode()) != OK:
        possible = ", ".join(loaded.call.gw_isas().decode().split(","))
        raise ParameterError(f"GATEWISE_ISA={kernels} cannot run here", hint=f"possible here: {possible}")


def _file() -> Path:
    """The library's file, which lies beside this one or, in an editable install, where the build put it."""
    import gatewise.ops.native as package

    name = _FILE_NAMES.get(sys.platform, "libgatewise.so")
    for folder in package.__path__:
        if (Path(folder) / name).exists():
            return Path(folder) / name
    raise _LibraryError(f"no compiled library in this install: {Path(__file__).with_name(name)} is missing")


def load(path: Path) -> Library:
    """Load a library and compare its version with this code's; outside tests it is `library` that calls."""
    try:
        call = ctypes.CDLL(str(path))
        declare(call, "gw_abi")
        if call.gw_abi() != ABI:
            raise _LibraryError(f"{path} has interface {call.gw_abi()}, this package needs {ABI}: install it anew")
        declare(call, *FUNCTIONS)
    except (OSError, AttributeError) as problem:
        raise _LibraryError(f"{path} cannot be loaded: {problem}") from problem
    return Library(path, call)
