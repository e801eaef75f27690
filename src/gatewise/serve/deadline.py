"""A time limit on a part of a coroutine."""

from __future__ import annotations

import asyncio
from types import TracebackType

from gatewise.serve.refusal import Refusal


class Deadline:
    """Raises a refusal inside its block when the time is over. Costs a timer and, unlike ``wait_for``, no task.

    Args:
        seconds: The time.
        refusal: What to raise.

    Example:
        >>> async def wait() -> None:
        ...     with Deadline(0.001, Refusal(504, "too_slow", "too slow")):
        ...         await asyncio.sleep(10)
        >>> asyncio.run(wait())
        Traceback (most recent call last):
        gatewise.serve.refusal.Refusal: too slow
    """

    def __init__(self, seconds: float, refusal: Refusal) -> None:
        self._seconds, self._refusal = seconds, refusal
        self._is_over = False

    def __enter__(self) -> Deadline:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._expire)
        return self

    def _expire(self) -> None:
        self._is_over = True
        if self._task is not None:
            self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        if self._is_over and kind is not None and issubclass(kind, asyncio.CancelledError):
            uncancel = getattr(self._task, "uncancel", None)  # from Python 3.11
            if uncancel is not None:
                uncancel()
            raise self._refusal from None
