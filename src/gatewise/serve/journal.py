"""The log: one line of JSON for each request and event, without any text of a request."""

from __future__ import annotations

import json
import sys
import time
import traceback
from typing import Any, TextIO

from gatewise.serve.exchange import Exchange


class Journal:
    """Writes lines.

    Args:
        stream: Where to; stderr when not given.
        is_quiet: Write no line for a request that went well.
    """

    def __init__(self, stream: TextIO | None = None, *, is_quiet: bool = False) -> None:
        self._stream, self._is_quiet = stream or sys.stderr, is_quiet

    def request(self, exchange: Exchange) -> None:
        """A request is done."""
        if self._is_quiet and exchange.status < 500:
            return
        entry: dict[str, Any] = {
            "id": exchange.id,
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "ms": round(exchange.seconds * 1e3, 2),
        }
        if exchange.texts:
            entry |= {"texts": exchange.texts, "characters": exchange.characters, "batch": exchange.batch}
        if exchange.code is not None:
            entry["code"] = exchange.code
        self._write(entry)

    def event(self, name: str, **details: Any) -> None:
        """Something happened that is no request."""
        self._write({"event": name, **details})

    def fault(self, exchange: Exchange, problem: BaseException) -> None:
        """A fault of ours: its kind and the lines of code, but not its message, which may hold a text."""
        frames = traceback.extract_tb(problem.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._write({"event": "fault", "id": exchange.id, "kind": type(problem).__name__, "at": places})

    def _write(self, entry: dict[str, Any]) -> None:
        now = time.time()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1e3):03}Z"
        try:
            self._stream.write(json.dumps({"time": moment, **entry}) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # whoever read the log has gone; requests are answered all the same
            return
