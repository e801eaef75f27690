"""The process: a socket, uvicorn behind it, signals, and an end that loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import signal
import socket
import sys
from collections.abc import Callable, Iterator

import uvicorn

from gatewise.errors import ParameterError
from gatewise.serve.access import Access
from gatewise.serve.app import make_app
from gatewise.serve.protocol import make_protocol
from gatewise.serve.service import Service

KEEP_ALIVE_SECONDS = 5
# Accepted requests may take so long when the service ends; with the time to drain and to stop it is below 10 s.
GRACEFUL_SECONDS = 7
BACKLOG = 1_024
# The interpreter changes threads after 5 ms by default: so long could the one that reads texts keep the connections
# waiting whenever it is in Python.
SWITCH_SECONDS = 0.0005

# The command starts with a hundred thousand, which would let a service's memory rise and fall.
ALLOCATIONS_BETWEEN_COLLECTIONS = 2_000

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to an address; nothing is accepted yet.

    Args:
        host: Name or address.
        port: 0 for any that is free.

    Raises:
        ParameterError: The port is taken, or the address is not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as problem:
        raise ParameterError(f"--host {host} is no address of this machine: {problem.strerror}") from problem
    bound = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as problem:
        bound.close()
        hint = "another program listens there; --port 0 takes one that is free" if port else None
        raise ParameterError(
            f"cannot listen on {host} port {port}: {problem.strerror}", where="gatewise serve", hint=hint
        ) from problem
    return bound


class Server(uvicorn.Server):
    """uvicorn's server, which by a signal first says that it is no longer ready, then drains, then exits with 0.

    Args:
        config: Of uvicorn.
        service: What is served.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT while the server runs."""
        before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handle(self, number: int, frame: object) -> None:
        # Runs between two instructions of Python: what it asks for is done by the loop.
        asyncio.get_running_loop().call_soon_threadsafe(self.close)

    def close(self) -> None:
        """Begin to end; when called again, end at once."""
        if self._service.is_closing:
            self.should_exit = self.force_exit = True
            return
        self._service.is_closing = True
        self._service.journal.event("closing")
        asyncio.get_running_loop().call_later(self._service.limits.drain_seconds, self._exit)

    def _exit(self) -> None:
        self.should_exit = True


def run(service: Service, access: Access, bound: socket.socket, *, tell: Callable[[], None]) -> None:
    """Serve until a signal comes.

    Args:
        service: What to serve.
        access: Who may ask.
        bound: Where to listen, see `listen`.
        tell: Called when requests are answered.

    Raises:
        ModelError: A model does not answer right.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    make_loop = _loop()
    loop = make_loop()
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_serve(service, access, bound, tell))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _serve(service: Service, access: Access, bound: socket.socket, tell: Callable[[], None]) -> None:
    config = uvicorn.Config(
        make_app(service, access),
        http=make_protocol(service),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        backlog=BACKLOG,
    )
    server = Server(config, service)
    await service.start()
    # What was made so far stays; the collector need not look through it again, and may look often at what is new.
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS_BETWEEN_COLLECTIONS)
    try:
        serving = asyncio.create_task(server.serve([bound]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.001)
        if server.started:
            tell()
        await serving
    finally:
        await service.stop()
        service.journal.event("closed")


def _loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop's event loop where it is installed, else asyncio's."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.new_event_loop
    import uvloop

    found: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return found
