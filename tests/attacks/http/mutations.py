"""Good requests made bad by chance; the same seed and number always give the same bytes."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from hostile_requests import chunked, posted

from server_process import get

_TEXT = "a good film , and not a boring one"


def _body(**content: object) -> bytes:
    return json.dumps(content).encode()


_PREDICT = _body(texts=[_TEXT, "", "élan “quoted” \n"], model="imdb")
GOOD = (
    posted(_PREDICT),
    posted(_PREDICT).replace(b"Connection: close\r\n", b""),
    posted(_body(texts=["good"] * 40)),
    posted(_body(text=_TEXT, label="pos", method="running"), path=b"/v1/explain"),
    posted(_body(text=_TEXT), path=b"/v1/stream"),
    posted(_PREDICT, b"Expect: 100-continue"),
    chunked(_PREDICT[:20], _PREDICT[20:21], _PREDICT[21:]),
    chunked(_PREDICT, end=b"0\r\nX-After: 1\r\n\r\n"),
    get("/v1/models"),
    get("/health/ready", close=False),
    get("/metrics"),
)
_TOKENS = (
    b"\r\n", b"\r\n\r\n", b"\n\n", b"\0", b"\xff", b"\xc3", b" ", b":", b"0\r\n\r\n", b"0", b"-",
    b"ffffffffffffffff\r\n", b"Content-Length: 1\r\n", b"Content-Length: 999999\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: keep-alive\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"Connection: close\r\n", b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Host: evil.example\r\n", b"Origin: null\r\n", b"Content-Encoding: gzip\r\n", b"Expect: 100-continue\r\n",
    b"HTTP/1.0", b"HTTP/1.1", b"HTTP/2.0", b"GET ", b"POST ", b"PRI * ", b"/../", b"%00", b"%ff", b"?", b"#", b"//",
    b'"', b"\\", b"\\u0000", b"\\ud800", b"[", b"]", b"{", b"}", b"[[[[[[[[",
    b",", b"NaN", b"null", b"1e999", b"'", b"<script>",
)  # fmt: skip
_NUMBERS = (0, 1, 5, 17, 255, 256, 65_535, 65_536, 65_537, 10**6, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**40)

Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Attack:
    """Bytes as they are sent.

    Attributes:
        pieces: Sent one after the other.
        is_slow: Whether there is time between them.
        end: ``wait`` for what comes, ``half``: say that no more will be sent, ``gone``: break the connection.
    """

    pieces: tuple[bytes, ...]
    is_slow: bool
    end: str


def attack(seed: int, number: int) -> Attack:
    """One of any number of attacks."""
    chance = random.Random(f"{seed} {number}")
    many = chance.choice([1, 1, 1, 1, 1, 2, 3, 12])  # more than one is pipelining
    data = b"".join(_mutated(chance) for _ in range(many))
    end = chance.choice(["wait"] * 8 + ["half", "gone"])
    return Attack(_cut(chance, data), chance.random() < 0.03, end)


def _mutated(chance: random.Random) -> bytes:
    data = chance.choice(GOOD)
    for _ in range(chance.choice([0, 0, 1, 1, 1, 2, 4])):
        data = chance.choice(MUTATIONS)(chance, data)
    return data


def _cut(chance: random.Random, data: bytes) -> tuple[bytes, ...]:
    places = sorted(chance.randint(0, len(data)) for _ in range(chance.choice([0, 0, 1, 2, 6, 20])))
    return tuple(data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True))


def _span(chance: random.Random, data: bytes, most: int = 200) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.randint(0, most))


def _flip(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randint(0, len(data))]


def _delete(chance: random.Random, data: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    start, end = _span(chance, data)
    return data[:end] + data[start:end] * chance.choice([1, 3, 50]) + data[end:]


def _splice(chance: random.Random, data: bytes) -> bytes:
    other = chance.choice(GOOD)
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def _insert_token(chance: random.Random, data: bytes) -> bytes:
    # Where lines begin is where a header would be understood.
    places = [found.end() for found in re.finditer(rb"\r\n", data)] or [0]
    place = chance.choice([chance.choice(places), chance.randint(0, len(data))])
    return data[:place] + chance.choice(_TOKENS) * chance.choice([1, 1, 1, 40]) + data[place:]


def _insert_noise(chance: random.Random, data: bytes) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.randbytes(chance.choice([1, 4, 100, 5_000])) + data[place:]


def _number(chance: random.Random, data: bytes) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    start, end = chance.choice(found).span()
    other = chance.choice([*_NUMBERS, int(data[start:end]) + chance.randint(-3, 3)])
    return data[:start] + str(other).encode() + data[end:]


def _storm(chance: random.Random, data: bytes) -> bytes:
    body = data.partition(b"\r\n\r\n")[2] or _PREDICT
    size = chance.choice([1, 1, 2, 7])
    pieces = [body[start : start + size] for start in range(0, len(body), size)] * chance.choice([1, 1, 1, 20])
    sent = chunked(*pieces, end=chance.choice([b"0\r\n\r\n", b"", b"0\r\n", b"z\r\n", b"00000000000000000\r\n\r\n"]))
    if chance.random() < 0.3:
        place = sent.index(b"\r\n\r\n") + 4
        sent = sent[:place] + sent[place:].replace(b"1\r\n", b"%x\r\n" % chance.choice(_NUMBERS), 1)
    return sent


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip, _truncate, _delete, _repeat, _splice, _insert_token, _insert_token, _insert_noise,
    _number, _number, _storm,
)  # fmt: skip
