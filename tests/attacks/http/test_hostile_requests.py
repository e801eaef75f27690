"""Bytes from strangers: each is refused or answered in time, tells them nothing, and the service goes on."""

from __future__ import annotations

import socket
import struct
import threading
import time

import pytest
from hostile_requests import REQUESTS, Hostile, chunked, leaks, raw
from replies import split

from server_process import body_of, get, post, read_all, read_reply, status_of

# No answer may take longer, on however busy a machine; the limits of the service say 0.3 s.
PATIENCE = 20.0


def first_reply(server, data: bytes) -> bytes:
    """What comes back, at most until the connection is closed or one answer is whole."""
    with server.connect(PATIENCE) as connection:
        sender = threading.Thread(target=_send, args=(connection, data))
        sender.start()
        reply = read_reply(connection)
        connection.close()
        sender.join(PATIENCE)
        return reply


def _send(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:  # It was closed at the other end, which is one right answer.
        return


@pytest.mark.parametrize("hostile", REQUESTS, ids=lambda hostile: hostile.name)
def test_hostile_bytes_do_no_harm(server, hostile: Hostile):
    began = time.perf_counter()
    reply = first_reply(server, hostile.data)
    assert time.perf_counter() - began < PATIENCE
    status = status_of(reply)
    assert status in hostile.statuses, reply[:300]
    # The service goes on; and when this is answered, what came before is in the log.
    assert status_of(server.exchange(post("/v1/predict", {"texts": ["a good film"]}))) == 200
    if status is not None and status >= 400:
        assert not leaks(reply.partition(b"\r\n\r\n")[2])
        error = body_of(reply.split(b"HTTP/1.1 ")[1])["error"]
        assert any(line.get("id") == error["id"] and line["status"] == status for line in server.lines())


GOOD = post("/v1/predict", {"texts": ["a good film"]}, close=False)


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (b"\0 nonsense", 400),
        (raw(b"GET / HTTP/1.1", b"X: " + b"y" * 9_000), 431),
        (chunked(b"{}", end=b"z\r\n"), 400),
    ],
    ids=["no HTTP", "headers", "chunks"],
)
@pytest.mark.parametrize("path", ["/v1/predict", "/v1/stream"])
def test_what_came_whole_is_answered_before_what_came_after_it_is_refused(server, bad, status, path):
    whole = GOOD if path == "/v1/predict" else post(path, {"text": "a good film " * 100}, close=False)
    replies = list(split(server.exchange(whole + GOOD + bad)))
    assert [found for found, _ in replies] == [200, 200, status]
    assert replies[1][1] == server.exchange(post("/v1/predict", {"texts": ["a good film"]})).partition(b"\r\n\r\n")[2]


def test_a_client_that_goes_with_several_requests_open_is_no_fault(server):
    for _ in range(10):
        with server.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # Closed by a reset.
            connection.sendall(GOOD * 5)
    assert status_of(server.exchange(GOOD[:-1] + b" " + b"\0" * 10)) == 422  # What came before is in the log now.
    assert not [line for line in server.lines() if line.get("event") == "fault"]


def test_the_service_is_as_well_after_all_that_as_before(server):
    assert not [line for line in server.lines() if line.get("event") == "fault"]
    assert status_of(server.exchange(get("/health/ready"))) == 200


def test_connections_that_say_nothing_do_not_keep_others_waiting(server):
    silent = [server.connect() for _ in range(200)]
    try:
        for place, connection in enumerate(silent):
            if place % 2:
                connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: loc")
        for _ in range(5):
            assert status_of(server.exchange(post("/v1/predict", {"texts": ["good"]}))) == 200
        # All of them are sent away when their time is over.
        for place, connection in enumerate(silent):
            connection.settimeout(PATIENCE)
            assert status_of(read_all(connection)) == (408 if place % 2 else None)
    finally:
        for connection in silent:
            connection.close()
