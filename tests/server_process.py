"""A service in a process of its own, on a port that is free; run as a script it is that process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ONE_THREAD = {"GATEWISE_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass
class Running:
    """The process.

    Attributes:
        process: To send signals to and to wait for.
        port: Where it listens.
        log: File with its log.
    """

    process: subprocess.Popen[str]
    port: int
    log: Path

    def connect(self, timeout: float = 30.0) -> socket.socket:
        """A connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def exchange(self, data: bytes, timeout: float = 30.0) -> bytes:
        """Send bytes and read until the other side closes."""
        with self.connect(timeout) as connection:
            with contextlib.suppress(OSError):  # It may answer and close before all is sent.
                connection.sendall(data)
            return read_all(connection)

    def lines(self) -> list[dict[str, Any]]:
        """The log so far."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def rss(self) -> int:
        """Bytes in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def stop(self) -> int:
        """End it by SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def read_all(connection: socket.socket) -> bytes:
    """All that comes until the other side closes, in whatever way."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65_536):
            found += piece
    return found


def read_reply(connection: socket.socket) -> bytes:
    """One reply as far as its Content-Length says; without one, all until the other side closes."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65_536):
            found += piece
            head, _, body = found.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            if length is not None and len(body) >= int(length[1]):
                break
    return found


def post(path: str, content: Any, *, close: bool = True) -> bytes:
    """The bytes of a request."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    end = b"Connection: close\r\n" if close else b""
    return (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
        % (path.encode(), len(body), end)
    ) + body


def get(path: str, *, close: bool = True) -> bytes:
    """The bytes of a request."""
    end = b"Connection: close\r\n" if close else b""
    return b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (path.encode(), end)


def status_of(reply: bytes) -> int | None:
    """The status of a reply; None where there was none."""
    return int(reply[9:12]) if reply.startswith(b"HTTP/1.1 ") else None


def body_of(reply: bytes) -> Any:
    """The JSON of a reply."""
    return json.loads(reply.partition(b"\r\n\r\n")[2])


@contextlib.contextmanager
def running(*models: str | Path, environment: dict[str, str] | None = None, **limits: float) -> Iterator[Running]:
    """A service of models with limits, until the block ends."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w", encoding="utf-8") as log:
        asked = json.dumps({"models": [str(model) for model in models], "limits": limits})
        process = subprocess.Popen(
            [sys.executable, __file__, asked],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **ONE_THREAD, **(environment or {})},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (Path(folder) / "log").read_text(encoding="utf-8")
            yield Running(process, int(line), Path(folder) / "log")
        finally:
            process.kill()
            process.communicate()


def main() -> None:
    """Serve."""
    from gatewise.serve.access import Access
    from gatewise.serve.journal import Journal
    from gatewise.serve.limits import Limits
    from gatewise.serve.server import listen, run
    from gatewise.serve.service import Service

    asked = json.loads(sys.argv[1])
    limits = Limits(**asked["limits"])
    bound = listen("127.0.0.1", 0)
    service = Service.of(asked["models"], limits=limits, journal=Journal())
    run(service, Access.of("127.0.0.1", None), bound, tell=lambda: print(bound.getsockname()[1], flush=True))


if __name__ == "__main__":
    main()
