"""What uvicorn's connection does not bound: headers and their time, chunks, the number of connections, dead clients."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from gatewise.serve.door import SECURITY
from gatewise.serve.exchange import CONNECTION, Exchange, Ids
from gatewise.serve.limits import Limits
from gatewise.serve.refusal import Refusal, overloaded
from gatewise.serve.service import Service

MOST_HEADERS = 100

# An answer that is not taken off the wire so long after the request's own time was over never will be.
_GRACE_SECONDS = 5.0

# After the socket is closed, requests that were sent on a connection without one may still be on their way.
_LAST_WORDS_SECONDS = 0.25


def make_protocol(service: Service) -> type[HttpToolsProtocol]:
    """The class of connections of a service, for uvicorn's option ``http``."""
    ids = Ids()

    class Connection(GuardedConnection):
        """A connection of this service."""

        guarded, ids_of_refused = service, ids

    return Connection


class GuardedConnection(HttpToolsProtocol):
    """One connection.

    Attributes:
        exchange: The request being answered.
        chunks: Of its body, so far.
    """

    guarded: Service
    ids_of_refused: Ids
    exchange: Exchange | None = None
    chunks = 0
    _timer: asyncio.TimerHandle | None = None
    _is_reading_head = False
    _is_refused = False
    # uvicorn's `cycle` is the request that came last; where several were sent at once this is the one being answered.
    _running: RequestResponseCycle | None = None
    _last_word: Refusal | None = None
    _head_bytes = _head_count = _unfinished_bytes = 0

    @property
    def _limits(self) -> Limits:
        return self.guarded.limits

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: Any) -> None:
        """Count it, and wait for headers for so long."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(overloaded("too_many_connections", "too many connections are open", seconds=1))
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give up the work for a client that has gone."""
        self._stop_timer()
        exchange = self.exchange
        is_answered = self._is_idle
        super().connection_lost(exc)
        self._forget_running()
        if not is_answered and exchange is not None:
            exchange.is_gone = True
            if exchange.give_up is not None:
                exchange.give_up()
        self.exchange = None

    def data_received(self, data: bytes) -> None:
        """Read on, unless the connection was refused."""
        if self._is_refused:
            return
        if self._timer is None and self._is_idle:
            self._wait_for_head()
        was_reading_head = self._is_reading_head
        super().data_received(data)
        if was_reading_head and self._is_reading_head:
            # The parser tells of a header when it is whole; one without end must not grow until then.
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > self._limits.header_bytes:
                self._refuse(_head_too_large())

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._is_refused:
            return
        super().on_message_begin()
        self._is_reading_head = True
        self._head_bytes = self._head_count = self._unfinished_bytes = self.chunks = 0
        cast("dict[str, Any]", self.scope)[CONNECTION] = self

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        if not self._is_refused:
            self._count(len(url))
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if not self._is_refused:
            self._head_count += 1
            self._count(len(name) + len(value) + 4)
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are there: the request may be answered, within its time."""
        self._is_reading_head = False
        if self._is_refused:
            return
        self._wait_for_end()
        super().on_headers_complete()
        if self._running is None:
            self._running = self.cycle

    def on_chunk_header(self) -> None:
        """A chunk of the body begins."""
        self.chunks += 1
        if self.chunks > self._limits.chunks and self.cycle is not None:
            self.cycle.message_event.set()  # The door looks at once.

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is there."""
        if not self._is_refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written."""
        self._stop_timer()
        self.exchange = None
        self._running = self.pipeline[-1][0] if self.pipeline else None
        super().on_response_complete()
        if self._running is not None:
            self._wait_for_end()
        elif self._last_word is not None:
            self._write(self._last_word)
        elif self._is_reading_head:
            self._wait_for_head()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the words that all refusals have."""
        self._refuse(Refusal(400, "bad_http", "this is not HTTP/1.1"))

    def shutdown(self) -> None:
        """Finish the request that is being read or answered; close an idle connection a moment later."""
        if not self._is_idle:
            self.cycle.keep_alive = False
        elif not self._is_reading_head:
            self.loop.call_later(_LAST_WORDS_SECONDS, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self._is_idle and not self._is_reading_head:
            self.transport.close()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self._limits.header_bytes or self._head_count > MOST_HEADERS:
            self._refuse(_head_too_large())

    def _wait_for_head(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self._limits.header_seconds, self._give_up_head)

    def _wait_for_end(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(self._limits.total_seconds + _GRACE_SECONDS, self._abort)

    def _abort(self) -> None:
        self._forget_running()
        self.transport.abort()

    def _give_up_head(self) -> None:
        if self._is_reading_head:
            self._refuse(Refusal(408, "slow_headers", "the headers did not come in time"))
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _forget_running(self) -> None:
        """Nothing more can be written: have the request that is being answered know it."""
        running, self._running = self._running, None
        if running is not None and not running.response_complete:
            running.disconnected = True
            running.message_event.set()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer without the application and close: at once, or after the requests that came whole before this one."""
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        running = self._running
        if running is None or running.more_body:
            self._write(refusal)
            return
        self._last_word = refusal
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()  # The one that is refused, which came last.

    def _write(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        self._stop_timer()
        exchange = Exchange(self.ids_of_refused.next(), status=refusal.status, code=refusal.code)
        if self._running is None or not self._running.response_started:  # Else it is half a reply, and no place for it.
            self.transport.write(_written(refusal, exchange.id))
        self._forget_running()
        self.transport.close()
        self.guarded.request(exchange)


def _head_too_large() -> Refusal:
    return Refusal(431, "headers_too_large", "the headers are too large or too many")


def _written(refusal: Refusal, id: str) -> bytes:
    body = refusal.body(id)
    own = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    own += [(b"connection", b"close"), (b"cache-control", b"no-store"), (b"x-request-id", id.encode()), *SECURITY]
    own += [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
    return STATUS_LINE[refusal.status] + b"".join(b"%s: %s\r\n" % header for header in own) + b"\r\n" + body
