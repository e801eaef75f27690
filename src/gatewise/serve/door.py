"""The door: what every request passes before anything looks at what it wants, and every answer on its way out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from gatewise.serve.access import Access
from gatewise.serve.deadline import Deadline
from gatewise.serve.exchange import CONNECTION, KEY, Exchange, Ids
from gatewise.serve.limits import Limits
from gatewise.serve.refusal import Refusal, internal, overloaded

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Beside them nothing is asked of a client that found no token necessary.
OPEN_ROUTES = frozenset({"/health/live"})
PAGE = "/page/"
METHODS = frozenset({"GET", "POST"})

SECURITY = (
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_NO_STORE = (b"cache-control", b"no-store")

# nginx's number for a client that has gone; it is logged and never sent.
CLIENT_GONE = 499

# Headers that must not occur twice, since two readers could take one each.
_ONCE = frozenset({b"host", b"content-length", b"content-type", b"authorization", b"origin"})


class Observer(Protocol):
    """Who is told when a request is done."""

    def request(self, exchange: Exchange) -> None:
        """A request is done."""

    def fault(self, exchange: Exchange, problem: BaseException) -> None:
        """A fault of ours."""


@dataclass(frozen=True)
class Rules:
    """What the door goes by.

    Attributes:
        routes: Methods by path; ``/page/`` stands for all that begin so.
        limits: Of body and time.
        access: Who may ask.
        is_closing: Whether the service is about to end, so that connections should not be used again.
        check_open: Raises `Refusal` where a request to ``/v1/predict`` would be refused whatever it says.
    """

    routes: Mapping[str, frozenset[str]]
    limits: Limits
    access: Access
    is_closing: Callable[[], bool]
    check_open: Callable[[], None]


class _Gone(Exception):
    """The client has gone."""


class Door:
    """An ASGI application around another.

    Args:
        app: What is behind the door; it finds the whole body in its first ``receive``.
        rules: What to go by.
        observer: Told of each request.
    """

    def __init__(self, app: App, rules: Rules, observer: Observer) -> None:
        self._app, self._rules, self._observer = app, rules, observer
        self._ids = Ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3; http alone."""
        if scope["type"] != "http":
            return
        exchange = scope[KEY] = Exchange(self._ids.next())
        response = _Response(send, exchange, self._rules.is_closing)
        try:
            await self._answer(scope, receive, response)
        except Refusal as refusal:
            await response.refuse(refusal)
        except _Gone:
            exchange.is_gone = True
        except asyncio.CancelledError:
            # By the connection, since the client has gone; or by the server, which ends and has waited long enough.
            if not exchange.is_gone:
                await response.refuse(overloaded("closing", "the service ends", seconds=1))
        except Exception as problem:  # The outermost door: nothing of the problem may reach the client.
            self._observer.fault(exchange, problem)
            await response.refuse(internal())
        finally:
            exchange.give_up = None
            if exchange.is_gone:
                exchange.status, exchange.code = CLIENT_GONE, "client_gone"
            self._observer.request(exchange)

    async def _answer(self, scope: Scope, receive: Receive, response: _Response) -> None:
        limits = self._rules.limits
        with Deadline(limits.total_seconds, Refusal(504, "too_slow", "the answer took too long")):
            declared = self._check(scope)
            body = b""
            if scope["method"] == "POST":
                with Deadline(limits.body_seconds, Refusal(408, "slow_body", "the body did not come in time")):
                    body = await _read_body(scope, receive, declared, limits)
            connection = scope.get(CONNECTION)
            if connection is not None:
                connection.exchange = scope[KEY]
            await self._app(scope, _once(body, receive), response)

    def _check(self, scope: Scope) -> int | None:
        """Raise `Refusal`, or give the declared length of the body."""
        headers = _headers(scope)
        access, path, method = self._rules.access, scope["path"], scope["method"]
        exchange: Exchange = scope[KEY]
        exchange.method = method if method in METHODS else "other"
        route = PAGE if path.startswith(PAGE) else path
        methods = self._rules.routes.get(route)
        if methods is not None:
            exchange.route = route
        access.check_host(headers.get(b"host"))
        if route not in OPEN_ROUTES:
            access.check_bearer(headers.get(b"authorization"))
        if methods is None:
            raise Refusal(404, "not_found", "there is nothing at this path; /openapi.json lists what there is")
        if method not in methods:
            allowed = {"allow": ", ".join(sorted(methods))}
            raise Refusal(405, "wrong_method", "this path does not take this method", headers=allowed)
        if method == "GET":
            return None
        access.check_origin(headers.get(b"host"), headers.get(b"origin"), headers.get(b"sec-fetch-site"))
        if path == "/v1/predict":
            self._rules.check_open()
        _check_content(headers)
        return _declared_length(headers, self._rules.limits)


class _Response:
    """Passes an answer on, with the headers that all have."""

    def __init__(self, send: Send, exchange: Exchange, is_closing: Callable[[], bool]) -> None:
        self._send, self._exchange, self._is_closing = send, exchange, is_closing

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.status = message["status"]
            headers = [*message.get("headers", ()), *SECURITY, (b"x-request-id", self._exchange.id.encode())]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append(_NO_STORE)
            if self._is_closing():
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with an error, unless an answer has begun."""
        exchange = self._exchange
        exchange.code = refusal.code
        if exchange.status:
            return
        body = refusal.body(exchange.id)
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if refusal.status in (408, 413):  # The rest of the body may be long in coming.
            headers.append((b"connection", b"close"))
        await self({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def _headers(scope: Scope) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    for name, value in scope["headers"]:
        if name in found and name in _ONCE:
            raise Refusal(400, "header_twice", "a header that must occur once occurs twice")
        found[name] = value.decode("latin-1")
    return found


def _check_content(headers: Mapping[bytes, str]) -> None:
    kind, _, more = headers.get(b"content-type", "").partition(";")
    if kind.strip().lower() != "application/json" or more.strip().lower() not in ("", "charset=utf-8"):
        raise Refusal(415, "wrong_content_type", "wanted Content-Type: application/json")
    if headers.get(b"content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "compressed", "wanted a body that is not compressed")


def _declared_length(headers: Mapping[bytes, str], limits: Limits) -> int | None:
    written = headers.get(b"content-length")
    if written is None:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 20):
        raise Refusal(400, "bad_length", "Content-Length is not a number")
    return int(written)


def _too_large(limits: Limits) -> Refusal:
    return Refusal(413, "body_too_large", f"the body has more than {limits.body_bytes} bytes")


async def _read_body(scope: Scope, receive: Receive, declared: int | None, limits: Limits) -> bytes:
    """The whole body. A slightly too large one is read to its end, since many clients listen only then."""
    is_far_too_large = declared is not None and declared > 4 * limits.body_bytes
    if is_far_too_large:
        raise _too_large(limits)
    connection = scope.get(CONNECTION)
    body, pieces, size = bytearray(), 0, 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        piece = message.get("body", b"")
        pieces, size = pieces + 1, size + len(piece)
        if size <= limits.body_bytes:
            body += piece
        has_too_many = connection.chunks > limits.chunks if connection is not None else pieces > limits.chunks
        if has_too_many:
            raise Refusal(413, "too_many_chunks", f"the body came in more than {limits.chunks} chunks")
        if size > 4 * limits.body_bytes or (size > limits.body_bytes and not message.get("more_body", False)):
            raise _too_large(limits)
        if not message.get("more_body", False):
            return bytes(body)


def _once(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body, and then what the connection has to say: that it has ended."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
