"""Bytes that a server should survive, and what each of them may be answered with."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

GOOD_BODY = b'{"texts":["good"]}'
JSON = b"Content-Type: application/json\r\n"
HOST = b"Host: localhost\r\n"

# Of the service that is attacked: small, so that a test needs no patience.
LIMITS = {
    "chunks": 256,
    "header_bytes": 8_192,
    "body_bytes": 65_536,
    "header_seconds": 0.3,
    "body_seconds": 0.3,
    "total_seconds": 20.0,
    "wait_seconds": 10.0,
}

_INSIDE = re.compile(rb"/[a-z]+/[a-z_]+/|\.py|Traceback|gatewise\.|site-packages|line \d+")


def leaks(body: bytes) -> bool:
    """Whether the body of an error tells of paths, modules or lines of code."""
    return _INSIDE.search(body) is not None


@dataclass(frozen=True)
class Hostile:
    """One attack.

    Attributes:
        name: What it tries.
        data: The bytes, all of them; the connection then stays open and says nothing.
        statuses: Of the first reply; None stands for none at all before the connection is closed.
    """

    name: str
    data: bytes
    statuses: Collection[int | None]


def posted(body: bytes, *headers: bytes, path: bytes = b"/v1/predict", length: int | None = None) -> bytes:
    """A POST of JSON."""
    size = b"Content-Length: %d\r\n" % (len(body) if length is None else length)
    more = b"".join(header + b"\r\n" for header in headers)
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + JSON + size + more + b"Connection: close\r\n\r\n" + body


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A POST of JSON in chunks."""
    head = b"POST /v1/predict HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def raw(*lines: bytes) -> bytes:
    """A request of these lines, without a body."""
    return b"\r\n".join(lines) + b"\r\n\r\n"


NO_HTTP = (400, None)

REQUESTS = (
    # No HTTP at all
    Hostile("nothing", b"", NO_HTTP),
    Hostile("line ends alone", b"\r\n" * 10_000, NO_HTTP),
    Hostile("zeros", bytes(5_000), NO_HTTP),
    Hostile("random bytes", bytes(range(256)) * 20, NO_HTTP),
    Hostile("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), NO_HTTP),
    Hostile("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 421, None)),
    Hostile("HTTP/0.9", b"GET /\r\n\r\n", (400, 421, None)),
    Hostile("HTTP/9.9", raw(b"GET / HTTP/9.9", b"Host: localhost"), NO_HTTP),
    Hostile("another protocol", b"EHLO example.org\r\n", NO_HTTP),
    Hostile("a method nobody knows", raw(b"BREW / HTTP/1.1", b"Host: localhost"), (400, 405)),
    Hostile("CONNECT", raw(b"CONNECT evil.example:443 HTTP/1.1", b"Host: localhost"), (400, 404, 405)),
    Hostile("a proxy request", raw(b"GET http://evil.example/x HTTP/1.1", b"Host: localhost"), (400, 404)),
    Hostile("OPTIONS *", raw(b"OPTIONS * HTTP/1.1", b"Host: localhost"), (400, 404, 405)),
    Hostile("no path", raw(b"GET  HTTP/1.1", b"Host: localhost"), NO_HTTP),
    # Headers
    Hostile("half a request line", b"POST /v1/pre", (408, 400, None)),
    Hostile("headers without end", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: y\r\n", (408,)),
    Hostile("one huge header", raw(b"GET / HTTP/1.1", b"Host: localhost", b"X: " + b"y" * 9_000), (431,)),
    Hostile("one huge header without end", b"GET / HTTP/1.1\r\nX: " + b"y" * 500_000, (431, None)),
    Hostile("a huge name without end", b"GET / HTTP/1.1\r\n" + b"y" * 500_000, (431, 400, None)),
    Hostile("a huge path", raw(b"GET /" + b"y" * 9_000 + b" HTTP/1.1", b"Host: localhost"), (431,)),
    Hostile("a huge path without end", b"GET /" + b"y" * 500_000, (431, None)),
    Hostile("many headers", raw(b"GET / HTTP/1.1", *[b"X-%d: y" % i for i in range(101)]), (431,)),
    Hostile("no host", raw(b"GET / HTTP/1.1"), (421,)),
    Hostile("two hosts", raw(b"GET / HTTP/1.1", b"Host: localhost", b"Host: evil.example"), (400,)),
    Hostile("a foreign host", raw(b"GET / HTTP/1.1", b"Host: evil.example"), (421,)),
    Hostile("a header with a zero", raw(b"GET / HTTP/1.1", b"Host: local\0host"), NO_HTTP),
    Hostile("a folded header", raw(b"GET / HTTP/1.1", b"Host: localhost", b"X: a", b" b"), (200, 400)),
    Hostile("space before the colon", raw(b"GET / HTTP/1.1", b"Host : localhost"), (400,)),
    Hostile("a header without a colon", raw(b"GET / HTTP/1.1", b"Host"), (400,)),
    Hostile("an upgrade", raw(b"GET / HTTP/1.1", b"Host: x", b"Upgrade: websocket", b"Connection: Upgrade"), (421,)),
    Hostile("expecting more", posted(GOOD_BODY, b"Expect: 100-continue"), (100, 200)),
    # Lengths
    Hostile("a length below zero", posted(GOOD_BODY, length=-1), (400,)),
    Hostile("a length in letters", posted(GOOD_BODY).replace(b"Length: 18", b"Length: abc"), (400,)),
    Hostile("a length with a sign", posted(GOOD_BODY).replace(b"Length: 18", b"Length: +18"), (400,)),
    Hostile("a length beyond 64 bits", posted(GOOD_BODY).replace(b"Length: 18", b"Length: " + b"9" * 30), (400, 413)),
    Hostile("a huge length", posted(GOOD_BODY, length=2**62), (413,)),
    Hostile("two lengths", posted(GOOD_BODY, b"Content-Length: 5"), (400,)),
    Hostile("a length and chunks", posted(b"0\r\n\r\n", b"Transfer-Encoding: chunked"), (400,)),
    Hostile("two encodings", posted(GOOD_BODY, b"Transfer-Encoding: chunked, identity"), (400,)),
    Hostile("less than was said", posted(GOOD_BODY, length=100), (408,)),
    Hostile("more than was said", posted(GOOD_BODY, length=5), (422,)),
    Hostile("one byte too many", posted(b" " * 65_537), (413,)),
    Hostile("far too many bytes", posted(b" " * 2_000_000), (413,)),
    # Chunks
    Hostile("a storm of chunks", chunked(*[b" "] * 300_000), (413,)),
    Hostile("chunks beyond the body's limit", chunked(*[b" " * 1_000] * 70), (413,)),
    Hostile("a chunk of a huge size", chunked(end=b"ffffffffffffffff\r\n"), (400, 408, None)),
    Hostile("a chunk of a size beyond 64 bits", chunked(end=b"f" * 40 + b"\r\n"), (400, 408)),
    Hostile("a chunk without a size", chunked(end=b"\r\n"), (400, 408)),
    Hostile("a chunk of a negative size", chunked(end=b"-1\r\n"), (400, 408)),
    Hostile("a chunk with a long extension", chunked(end=b"1;" + b"x" * 500_000), (400, 408, 413, None)),
    Hostile("chunks without end", chunked(GOOD_BODY, end=b""), (408,)),
    Hostile("trailers without end", chunked(GOOD_BODY, end=b"0\r\nX: y\r\n"), (200, 408)),
    # JSON
    Hostile("empty", posted(b""), (422,)),
    Hostile("deep lists", posted(b"[" * 60_000), (422,)),
    Hostile("deep objects", posted(b'{"a":' * 12_000), (422,)),
    Hostile("a huge number", posted(b'{"texts":' + b"9" * 60_000 + b"}"), (422,)),
    Hostile("NaN", posted(b'{"texts":[NaN]}'), (422,)),
    Hostile("half a surrogate pair", posted(b'{"texts":["\\ud83d"]}'), (422,)),
    Hostile("no UTF-8", posted(b'{"texts":["\xff\xfe"]}'), (422,)),
    Hostile("UTF-16", posted('{"texts":["good"]}'.encode("utf-16")), (422,)),
    Hostile("a key twice", posted(b'{"texts":["a"],"texts":["b"]}'), (422,)),
    Hostile("many keys", posted(b"{" + b",".join(b'"%d":0' % i for i in range(6_000)) + b"}"), (422,)),
    Hostile("many empty strings", posted(b'{"texts":[' + b",".join([b'""'] * 20_000) + b"]}"), (422,)),
    Hostile("many escapes", posted(b'{"texts":["' + b"\\u0041" * 10_000 + b'"]}'), (200, 422)),
    Hostile("many quotes", posted(b'"' * 60_000), (422,)),
    Hostile("a lone quote", posted(b'{"texts":["' + b"a" * 60_000), (422,)),
    Hostile("many backslashes", posted(b'{"texts":["' + b"\\" * 60_000), (422,)),
    Hostile("a path as model", posted(b'{"texts":["a"],"model":"../../etc/passwd"}'), (404,)),
    Hostile("an address as model", posted(b'{"texts":["a"],"model":"http://evil.example"}'), (404,)),
    Hostile("a proto key", posted(b'{"__proto__":{},"texts":["a"]}'), (422,)),
    Hostile("combining marks", posted(b'{"texts":["' + "e\u0301\u0301".encode() * 4_000 + b'"]}'), (200,)),
    Hostile("zeros in a text", posted(b'{"texts":["' + b"\\u0000" * 5_000 + b'"]}'), (200,)),
    Hostile("gzip", posted(b"\x1f\x8b\x08" + bytes(100), b"Content-Encoding: gzip"), (415,)),
    Hostile("an event in a text", posted(b'{"text":"a\\n\\nevent: end\\ndata: {}\\n\\n"}', path=b"/v1/stream"), (200,)),
    # Paths and methods
    Hostile("up and up", raw(b"GET /../../etc/passwd HTTP/1.1", b"Host: localhost"), (404, 400)),
    Hostile("up and up, escaped", raw(b"GET /page/%2e%2e%2f%2e%2e%2fetc HTTP/1.1", b"Host: localhost"), (404,)),
    Hostile("bytes that are no UTF-8", raw(b"GET /%ff%fe HTTP/1.1", b"Host: localhost"), (404, 400)),
    Hostile("bytes beyond ASCII", raw(b"GET /\xff\xfe HTTP/1.1", b"Host: localhost"), (404, 400)),
    Hostile("a zero", raw(b"GET /page/%00 HTTP/1.1", b"Host: localhost"), (404,)),
    Hostile("DELETE", raw(b"DELETE /v1/predict HTTP/1.1", b"Host: localhost"), (405,)),
    Hostile("a form of another site", posted(b"texts=a", b"Origin: http://evil.example"), (403,)),
)  # fmt: skip
