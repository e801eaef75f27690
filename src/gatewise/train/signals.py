"""Ctrl-C and SIGTERM ask the loop to stop after the step it is in, so that nothing is lost."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType


class StopRequest:
    """Within the block the first SIGINT or SIGTERM sets `asked`; a second SIGINT interrupts at once, as Python does.

    Outside the main thread, where Python allows no handlers, it does nothing.

    Example:
        >>> import os, signal
        >>> with StopRequest() as stop:
        ...     os.kill(os.getpid(), signal.SIGTERM)
        ...     print(stop.asked)
        True
    """

    def __init__(self) -> None:
        self.asked = False
        self._own: dict[int, signal.Handlers] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._own[number] = signal.signal(number, self._ask)  # type: ignore[assignment]
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._own.items():
            signal.signal(number, handler)
