"""Settings of a process that does nothing but train, made before torch is loaded. For the command line only."""

from __future__ import annotations

import ctypes
import os
import sys

from gatewise.settings import use_one_blas_thread

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def prepare(threads: int | None) -> None:
    """Make this process a good trainer: threads that sleep, memory that is kept.

    In torch's recurrent kernels every step of a sequence is a parallel region. Between them its threads spin, and on a
    machine that other programs use too they hold the cores the others wait for; asked to wait passively, they sleep.

    Every step needs the same large blocks again. By default the C library gives each back to the system and has it
    zeroed anew; kept, a step took 0.37 s instead of 0.60 s (docs/decisions/0003).

    Args:
        threads: Threads that torch uses, and the native core; None for all cores.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    use_one_blas_thread()
    _keep_memory()
    from gatewise.nn import use_threads

    if threads is not None:
        use_threads(threads)


def _keep_memory() -> None:
    """Ask glibc to keep freed memory; other C libraries have no mallopt and are left alone."""
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
