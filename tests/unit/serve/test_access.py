"""Closed by default: token, Host, Origin, methods, content types, headers of answers."""

from __future__ import annotations

import pytest
from small_services import JSON, Client, opened, with_client

from gatewise.errors import ParameterError
from gatewise.serve.access import Access
from small_model import make_folder

TOKEN = "abcdefghijklmnopqrstuvwxyz-0123456789"
GOOD = {"texts": ["good"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "mine")


@pytest.fixture(scope="module")
def service(folder):
    """One service for all tests that only ask."""
    with opened([folder], allowed=["other.example"]) as client:
        yield client


def bearer(token: str) -> tuple[str, str]:
    return ("authorization", f"Bearer {token}")


def test_with_a_token_every_route_but_live_needs_it(folder):
    wrong = [
        (),
        [bearer(TOKEN[:-1])],
        [bearer(TOKEN + "x")],
        [bearer("")],
        [("authorization", TOKEN)],
        [("authorization", f"Basic {TOKEN}")],
        [bearer("ÿ" * 20)],
    ]

    async def test(client: Client) -> None:
        routes = client.app._rules.routes
        assert {"/", "/page/", "/openapi.json", "/metrics", "/v1/predict", "/health/ready"} <= set(routes)
        for path in [*routes, "/nowhere", "/docs", "/page/x.js"]:
            for method in ("GET", "POST", "DELETE"):
                for headers in wrong:
                    reply = await client.ask(method, path, b"{}", headers=[*JSON, *headers])
                    if path == "/health/live":
                        assert reply.status in (200, 405)
                    else:
                        assert (reply.status, reply.code) == (401, "no_token"), (method, path)
        assert (await client.post("/v1/predict", GOOD, headers=[bearer(TOKEN)])).status == 200
        assert (await client.ask("GET", "/metrics", headers=[bearer(TOKEN)])).status == 200
        assert TOKEN not in client.log.getvalue()

    with_client([folder], test, token=TOKEN)


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("localhost", True),
        ("localhost:8000", True),
        ("LOCALHOST:1", True),
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("other.example:9", True),
        (None, False),
        ("", False),
        ("evil.example", False),
        ("evil.example:8000", False),
        ("localhost.evil.example", False),
        ("localhost:8000.evil.example", False),
        ("localhost@evil.example", False),
        ("127.0.0.1.nip.example", False),
        ("127.0.0.2", False),
        ("0.0.0.0:8000", False),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("[::]", False),
        ("localhost,evil.example", False),
    ],
)
def test_names_that_are_not_ours_are_refused(service, host, answered):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/predict", GOOD, host=host)
        assert reply.status == (200 if answered else 421)
        assert (await client.ask("GET", "/health/live", host=host)).status == (200 if answered else 421)

    service.run(test)


def test_off_loopback_an_address_is_right_and_a_name_only_if_it_is_allowed(folder):
    access = Access.of("0.0.0.0", TOKEN, ["mine.example"])
    for host in ("10.1.2.3:8000", "[2001:db8::1]:8000", "mine.example", "localhost"):
        access.check_host(host)

    async def test(client: Client) -> None:
        assert (await client.ask("GET", "/health/live", host="evil.example")).status == 421

    with_client([folder], test, host="0.0.0.0", token=TOKEN)


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ((), True),
        ([("origin", "http://localhost:8000")], True),
        ([("origin", "https://localhost:8000")], True),
        ([("origin", "http://localhost:8000"), ("sec-fetch-site", "same-origin")], True),
        ([("sec-fetch-site", "none")], True),
        ([("origin", "null")], False),
        ([("origin", "")], False),
        ([("origin", "http://localhost")], False),
        ([("origin", "http://localhost:8001")], False),
        ([("origin", "http://evil.example")], False),
        ([("origin", "http://localhost:8000.evil.example")], False),
        ([("origin", "file://localhost:8000")], False),
        ([("sec-fetch-site", "cross-site")], False),
        ([("sec-fetch-site", "same-site")], False),
        ([("origin", "http://localhost:8000"), ("sec-fetch-site", "cross-site")], False),
    ],
)
def test_pages_of_other_origins_may_not_post(service, headers, answered):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/predict", GOOD, headers=headers)
        assert reply.status == (200 if answered else 403)

    service.run(test)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_other_content_types_and_compressed_bodies_are_refused(service, kind):
    async def test(client: Client) -> None:
        reply = await client.ask("POST", "/v1/predict", b'{"texts":["a"]}', headers=[("content-type", kind)])
        assert reply.status == 415
        assert (await client.ask("POST", "/v1/predict", b'{"texts":["a"]}')).status == 415
        reply = await client.post("/v1/predict", GOOD, headers=[("content-encoding", "gzip")])
        assert reply.code == "compressed"
        utf8 = [("content-type", "Application/JSON; charset=UTF-8")]
        assert (await client.ask("POST", "/v1/predict", b'{"texts":["a"]}', headers=utf8)).status == 200
        latin = [("content-type", "application/json; charset=latin-1")]
        assert (await client.ask("POST", "/v1/predict", b'{"texts":["a"]}', headers=latin)).status == 415

    service.run(test)


def test_methods_and_paths_are_a_list(service):
    async def test(client: Client) -> None:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "CONNECT", "BREW", "get"):
            for path, allowed in (("/v1/predict", "POST"), ("/health/live", "GET"), ("/", "GET")):
                reply = await client.ask(method, path)
                assert (reply.status, reply.headers["allow"]) == (405, allowed)
        for path in ("/docs", "/redoc", "/v1", "/v1/predict/", "//v1/predict", "/V1/PREDICT", "/../etc/passwd", ""):
            reply = await client.ask("GET", path)
            assert (reply.status, reply.code) == (404, "not_found")

    service.run(test)


@pytest.mark.parametrize(
    "path", ["/page/../../etc/passwd", "/page/%2e%2e/x", "/page//etc/passwd", "/page/", "/page/x\0"]
)
def test_the_page_has_only_the_files_of_its_table(service, path):
    async def test(client: Client) -> None:
        assert (await client.ask("GET", path)).status == 404

    service.run(test)


def test_headers_that_must_occur_once_are_refused_twice(service):
    async def test(client: Client) -> None:
        for name, value in (("host", "localhost"), ("content-type", "application/json"), ("content-length", "1")):
            reply = await client.post("/v1/predict", GOOD, headers=[(name, value), (name, value)])
            assert (reply.status, reply.code) == (400, "header_twice")

    service.run(test)


def test_every_answer_has_the_headers_that_keep_a_browser_in_bounds(service):
    async def test(client: Client) -> None:
        for method, path in (("GET", "/"), ("GET", "/v1/model"), ("POST", "/v1/predict"), ("GET", "/nowhere")):
            reply = await client.ask(method, path)
            policy = reply.headers["content-security-policy"]
            assert policy.startswith("default-src 'self';")
            assert "unsafe" not in policy
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert not any(name.startswith("access-control") or name == "server" for name in reply.headers)

    service.run(test)


def test_other_addresses_than_loopback_need_a_token_of_some_length():
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.org"):
        with pytest.raises(ParameterError, match="needs a token"):
            Access.of(host, None)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert Access.of(host, None).token is None
    for token in ("", "short", "x" * 5_000, "sixteen characters with spaces", "ü" * 20):
        with pytest.raises(ParameterError, match="token"):
            Access.of("127.0.0.1", token)
    assert Access.of("0.0.0.0", f" {TOKEN}\n").token == TOKEN
