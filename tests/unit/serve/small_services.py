"""Small models behind a service, asked without a socket or through a real one."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.serve.access import Access
from gatewise.serve.app import make_app
from gatewise.serve.journal import Journal
from gatewise.serve.limits import Limits
from gatewise.serve.service import Service

TEXTS = ["This film is GREAT!", "", "boring , boring , bad . " * 40, "not good", "a " * 300]
JSON = (("content-type", "application/json"),)


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error."""
        return self.json["error"]["code"]


class Client:
    """Asks an ASGI application.

    Attributes:
        service: Behind it.
        log: What it has written.
    """

    def __init__(self, app: Any, service: Service, log: io.StringIO, loop: asyncio.AbstractEventLoop) -> None:
        self.app, self.service, self.log, self._loop = app, service, log, loop

    def run(self, test: Callable[[Client], Awaitable[None]]) -> None:
        """Run a test."""

        async def run() -> None:
            await test(self)

        self._loop.run_until_complete(run())

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | Sequence[bytes] = b"",
        *,
        headers: Sequence[tuple[str, str]] = (),
        host: str | None = "localhost:8000",
        ends: bool = True,
    ) -> Reply:
        """One request, its body in as many pieces as given; without `ends` the last one never comes."""
        pieces = [body] if isinstance(body, bytes) else list(body)
        given = [*([] if host is None else [("host", host)]), *headers]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not pieces:
                await asyncio.Event().wait()  # a client that says no more
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces) or not ends}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start = sent[0]
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))

    async def post(self, path: str, content: Any, **options: Any) -> Reply:
        """JSON by POST."""
        headers = [*JSON, *options.pop("headers", ())]
        body = content if isinstance(content, bytes | list) else json.dumps(content).encode()
        return await self.ask("POST", path, body, headers=headers, **options)

    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextlib.contextmanager
def opened(
    sources: Sequence[Path],
    *,
    limits: Limits | None = None,
    host: str = "127.0.0.1",
    token: str | None = None,
    allowed: Sequence[str] = (),
) -> Iterator[Client]:
    """A service of models, started before the block and stopped after it; for tests that leave it as it was."""
    log = io.StringIO()
    # The rest of the machine may be busy: what waits is refused only where a test says so.
    chosen = limits or Limits(wait_seconds=10.0)
    service = Service.of([str(source) for source in sources], limits=chosen, journal=Journal(log))
    loop = asyncio.new_event_loop()
    try:
        app = make_app(service, Access.of(host, token, allowed))
        loop.run_until_complete(service.start())
        yield Client(app, service, log, loop)
    finally:
        loop.run_until_complete(service.stop())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def with_client(sources: Sequence[Path], test: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """Run a test against a service of its own; options as for `opened`."""
    with opened(sources, **options) as client:
        client.run(test)
