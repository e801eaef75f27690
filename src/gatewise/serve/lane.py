"""Threads of their own for what takes long, so that it never stands before a prediction; few, and refused when full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from gatewise.serve.refusal import overloaded

T = TypeVar("T")


class Lane:
    """Work of one kind.

    Args:
        name: Of the threads.
        most: Requests that may be at it, running or waiting.

    Notes:
        One thread: two explanations at a time would only take the processor from predictions.
    """

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"gatewise-{name}")
        self._name, self._most, self.busy = name, most, 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place for as long as the block lasts.

        Raises:
            Refusal: 429: there is none.
        """
        if self.busy >= self._most:
            raise overloaded("busy", f"at most {self._most} requests of this kind at a time", seconds=1, status=429)
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    async def run(self, function: Callable[[], T]) -> T:
        """What `function` gives, from the lane's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def stop(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __enter__(self) -> Lane:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
