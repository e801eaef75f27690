"""Requests to a server, as fast as so many connections can (closed loop), or at given times whatever it does (open).

Run as a script it is the process that asks: `ask` starts it. In an open loop the latency of a request counts from the
moment when it was meant to be sent, so that a server which lets nobody in for a while does not look well for it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
Answered = tuple[float, int, float]  # when it was meant to be sent, status (0: none), seconds

MOST_CONNECTIONS = 600


def ask(port: int, requests: Sequence[bytes], **how: float) -> list[Answered]:
    """Have another process send requests.

    Args:
        port: Of the server, on this machine.
        requests: Bodies of ``POST /v1/predict``, sent in turn.
        how: ``seconds`` and either ``connections`` for a closed loop or ``rate`` for an open one; or ``count`` with
            ``connections``.
    """
    asked = json.dumps({"port": port, "bodies": [body.decode() for body in requests], **how})
    process = subprocess.run([sys.executable, __file__], input=asked, capture_output=True, text=True, check=True)
    return [tuple(entry) for entry in json.loads(process.stdout)]


def bodies(texts: Sequence[str], size: int) -> list[bytes]:
    """Requests with so many texts each."""
    parts = [texts[start : start + size] for start in range(0, len(texts) - size + 1, size)]
    return [json.dumps({"texts": list(part)}).encode() for part in parts]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share lies; the largest one where there are few."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def summary(answered: Sequence[Answered], seconds: float) -> Figures:
    """Requests a second and latencies, of those answered with 200 and of those refused."""
    good = [took for _, status, took in answered if status == 200]
    refused = [took for _, status, took in answered if status in (429, 503)]
    others = [status for _, status, _ in answered if status not in (200, 429, 503)]
    return {
        "answered": len(good),
        "refused": len(refused),
        "failed": len(others),
        "requests_per_second": len(good) / seconds,
        "p50_ms": 1e3 * statistics.median(good) if good else None,
        "p99_ms": 1e3 * percentile(good, 0.99) if good else None,
        "refused_p50_ms": 1e3 * statistics.median(refused) if refused else None,
        "refused_p99_ms": 1e3 * percentile(refused, 0.99) if refused else None,
    }


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._found, self._wanted = bytearray(), -1
        self._status = 0
        self._reply: asyncio.Future[int] | None = None
        self.is_open = True

    def connection_made(self, transport: Any) -> None:
        """Keep it."""
        self.transport = transport

    def send(self, data: bytes) -> asyncio.Future[int]:
        """Send a request; the status comes when the whole answer has, 0 where none does."""
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(data)
        return self._reply

    def data_received(self, data: bytes) -> None:
        """Until an answer is whole."""
        self._found += data
        if self._wanted < 0:
            end = self._found.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._found[:end]).lower()
            self._status = int(head[9:12])
            start = head.index(b"content-length:") + 15
            self._wanted = end + 4 + int(head[start:].split(b"\r\n", 1)[0])
            self.is_open = b"connection: close" not in head
        if len(self._found) >= self._wanted:
            del self._found[: self._wanted]
            self._wanted = -1
            self._finish(self._status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Then no answer comes any more."""
        self.is_open = False
        self._finish(0)

    def _finish(self, status: int) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(status)


class Asker:
    """Sends requests and notes what came of them."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self._port = port
        self._requests: Iterator[bytes] = cycle([_request(body) for body in requests])
        self._idle: deque[Connection] = deque()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)
        self.answered: list[Answered] = []

    async def one(self, meant: float) -> None:
        """One request on a connection that is idle, or a new one."""
        async with self._places:
            connection = await self._connection()
            status = await connection.send(next(self._requests)) if connection is not None else 0
            if connection is not None and connection.is_open:
                self._idle.append(connection)
        self.answered.append((meant, status, time.perf_counter() - meant))

    async def _connection(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        try:
            _, made = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
        except OSError:
            return None
        return made

    async def closed(self, connections: int, seconds: float, count: float) -> None:
        """So many at a time, until the time is over or enough were sent."""
        end = time.perf_counter() + seconds
        left = count

        async def again_and_again() -> None:
            nonlocal left
            while (now := time.perf_counter()) < end and left > 0:
                left -= 1
                await self.one(now)

        await asyncio.gather(*(again_and_again() for _ in range(connections)))

    async def open(self, rate: float, seconds: float) -> None:
        """So many a second, at random times."""
        chance = random.Random(0)
        begin = meant = time.perf_counter()
        tasks = []
        while (meant := meant + chance.expovariate(rate)) < begin + seconds:
            delay = meant - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            tasks.append(asyncio.create_task(self.one(meant)))
        await asyncio.gather(*tasks)


def _request(body: bytes) -> bytes:
    head = (
        "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    )
    return (head % len(body)).encode() + body


async def _main(asked: Figures) -> list[Answered]:
    asker = Asker(asked["port"], [body.encode() for body in asked["bodies"]])
    if "rate" in asked:
        await asker.open(asked["rate"], asked["seconds"])
    else:
        await asker.closed(int(asked["connections"]), asked.get("seconds", 1e9), asked.get("count", float("inf")))
    return asker.answered


def _run() -> None:
    asked = json.loads(sys.stdin.read())
    import uvloop

    loop = uvloop.new_event_loop()
    found = loop.run_until_complete(_main(asked))
    print(json.dumps(found))


def start(command: Sequence[str], environment: dict[str, str]) -> tuple[subprocess.Popen[str], int]:
    """A server's process and the port that its first line ends with."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment}
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{command} did not start"
    return process, int(line.strip().rsplit(":", 1)[-1])


HERE = Path(__file__).parent

if __name__ == "__main__":
    _run()
