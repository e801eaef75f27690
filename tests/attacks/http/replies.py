"""What a server has sent, reply by reply."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server_process import status_of


class Wrong(AssertionError):
    """Something that no attack may bring about."""


def split(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Status and body of every reply; raises `Wrong` where one is not whole."""
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        status = status_of(head)
        if not end or status is None:
            raise Wrong(f"no reply: {data[:200]!r}")
        if (length := re.search(rb"\r\ncontent-length: (\d+)", head)) is not None:
            size = int(length[1])
            body, data = rest[:size], rest[size:]
            if len(body) < size:
                raise Wrong(f"half a reply: {data[:200]!r}")
        elif b"\r\ntransfer-encoding: chunked" in head:
            body, data = dechunked(rest)
        else:
            body, data = b"", rest
        yield status, body


def dechunked(data: bytes) -> tuple[bytes, bytes]:
    """A body in chunks, and what follows it."""
    body = b""
    while True:
        size, end, data = data.partition(b"\r\n")
        if not end or len(data) < int(size, 16) + 2:
            raise Wrong("half a chunk")
        body, data = body + data[: int(size, 16)], data[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            return body, data
