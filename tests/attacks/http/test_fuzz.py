"""Requests made bad by chance, many at a time: no crash, no hang, no 500, no memory that stays."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hostile_requests import LIMITS, leaks
from mutations import Attack, attack
from replies import Wrong, split

from server_process import Running, body_of, get, post, running, status_of

SEED = 20_240
CONNECTIONS = 32
PATIENCE = 30.0  # seconds: more than anything takes on a busy machine; the server's own limits are 0.3 s
CALM = 0.05  # seconds without a byte after a whole reply: nothing else will come
PROBE = post("/v1/predict", {"texts": ["a good film , and not a boring one", ""]})
STATUSES = {100, 200, 400, 403, 404, 405, 408, 413, 415, 421, 422, 429, 431, 503}


def is_whole(data: bytes) -> bool:
    """Whether there is a reply, and none that is not whole."""
    try:
        return any([status != 100 for status, _ in split(data)])  # noqa: C419 (all are looked at)
    except Wrong:
        return False


async def send(writer: asyncio.StreamWriter, one: Attack) -> None:
    with contextlib.suppress(OSError):  # It may answer and close before all is sent.
        for piece in one.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.003 if one.is_slow else 0)
        if one.end == "half":
            writer.write_eof()
        if one.end == "gone":
            writer.transport.abort()


async def receive(reader: asyncio.StreamReader, sending: asyncio.Task[None]) -> tuple[bytes, bool]:
    """All that comes back until the server closes, or has answered and says nothing more; whether it broke off."""
    found = b""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while True:
        try:
            piece = await asyncio.wait_for(reader.read(65_536), CALM)
        except asyncio.TimeoutError:
            if sending.done() and is_whole(found):
                return found, False
            if loop.time() - begin > PATIENCE:
                raise Wrong(f"a hang after {found[:200]!r}") from None
        except ConnectionError:
            return found, True
        else:
            if not piece:
                return found, False
            found += piece


async def strike(port: int, one: Attack) -> list[tuple[int, bytes]]:
    """One attack; the replies to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(send(writer, one))
    try:
        found, is_broken = await receive(reader, sending)
    finally:
        writer.transport.abort()
        await asyncio.wait_for(sending, PATIENCE)
    # Who sends on after a refusal may find the connection broken, and the end of the reply with it.
    return list(split(found)) if one.end == "wait" and not is_broken else []


async def fuzz(port: int, numbers: range) -> Counter[int]:
    """Attacks by number, several at a time; how many replies had which status."""
    found: Counter[int] = Counter()
    left = iter(numbers)

    async def work() -> None:
        for number in left:
            try:
                for status, body in await strike(port, attack(SEED, number)):
                    found[status] += 1
                    check_reply(status, body)
            except Wrong as problem:
                raise Wrong(f"attack({SEED}, {number}): {problem}") from None

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return found


def check_reply(status: int, body: bytes) -> None:
    if status not in STATUSES:
        raise Wrong(f"{status}: {body[:200]!r}")
    if status >= 400 and (set(body_of(b"\r\n\r\n" + body)) not in ({"error"}, {"status", "models"}) or leaks(body)):
        raise Wrong(f"{status}: {body[:200]!r}")


def descriptors(server: Running) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def check_fuzz(server: Running, warm_up: int, count: int) -> Counter[int]:
    right = body_of(server.exchange(PROBE))
    found = asyncio.run(fuzz(server.port, range(warm_up)))
    server.exchange(get("/"))  # The page is made when somebody first looks, and stays: some attacks look.
    server.exchange(get("/health/ready"))
    before, files = server.rss(), descriptors(server)
    every = max(count // 20, 1)
    for start in range(warm_up, warm_up + count, every):
        found += asyncio.run(fuzz(server.port, range(start, min(start + every, warm_up + count))))
        assert body_of(server.exchange(PROBE)) == right
    assert status_of(server.exchange(get("/health/ready"))) == 200
    assert server.process.poll() is None
    assert server.rss() - before <= 20 << 20
    assert descriptors(server) <= files + CONNECTIONS  # Some may not know yet that their client has gone.
    lines = server.lines()
    assert not [line for line in lines if line.get("event") == "fault" or line.get("status") == 500]
    # The attacks are no good if they all fail at one place.
    assert len(found) >= 8, found
    assert found[200] >= count / 10, found
    return found


def test_the_same_number_gives_the_same_attack():
    assert [attack(1, number) for number in range(50)] == [attack(1, number) for number in range(50)]
    assert len(set(islice((attack(1, number) for number in range(300)), 300))) > 290


def test_five_hundred_mutated_requests_do_no_harm(server):
    check_fuzz(server, 100, 500)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_a_hundred_thousand_mutated_requests_do_no_harm():
    with running("imdb", **LIMITS) as server:
        print(check_fuzz(server, 2_000, 100_000))
