"""Every limit: what is just within it is answered, one more is refused."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields

import pytest
from small_services import JSON, Client, opened, with_client

from gatewise.errors import ParameterError
from gatewise.serve.bodies import MOST_DEPTH, parse_body
from gatewise.serve.limits import RANGES, Limits
from gatewise.serve.refusal import Refusal
from small_model import make_folder

SMALL = Limits(body_bytes=2_048, chunks=16, texts=4, characters=100, wait_seconds=10.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "mine")


@pytest.fixture(scope="module")
def usual(folder):
    """One service with the usual limits."""
    with opened([folder]) as client:
        yield client


@pytest.fixture(scope="module")
def small(folder):
    """One service with small limits, for all tests that only ask."""
    with opened([folder], limits=SMALL) as client:
        yield client


def body_of(size: int) -> bytes:
    """A good request of exactly so many bytes."""
    start = b'{"texts":["good"]}'
    return start + b" " * (size - len(start))


def test_texts_and_characters(small):
    async def test(client: Client) -> None:
        assert (await client.post("/v1/predict", {"texts": ["a"] * 4})).status == 200
        assert (await client.post("/v1/predict", {"texts": ["a"] * 5})).code == "too_many_texts"
        assert (await client.post("/v1/predict", {"texts": []})).status == 422
        for path, key in (("/v1/predict", "texts"), ("/v1/stream", "text"), ("/v1/explain", "text")):
            for size, status in ((100, 200), (101, 422)):
                text = "é" * size
                reply = await client.post(path, {key: [text] if key == "texts" else text})
                assert reply.status == status
                assert status == 200 or reply.code == "text_too_long"

    small.run(test)


@pytest.mark.parametrize("is_declared", [True, False])
def test_bytes_of_the_body_declared_or_counted(small, is_declared):
    async def test(client: Client) -> None:
        for size, status in ((2_048, 200), (2_049, 413), (20_000, 413)):
            body = body_of(size)
            length = [("content-length", str(size))] if is_declared else []
            pieces = [body[:1000], body[1000:]]
            reply = await client.post("/v1/predict", pieces, headers=length)
            assert reply.status == status
            if status == 413:
                assert (reply.code, reply.headers["connection"]) == ("body_too_large", "close")

    small.run(test)


def test_a_body_that_is_declared_far_too_large_is_not_read(small):
    async def test(client: Client) -> None:
        reply = await client.ask(
            "POST", "/v1/predict", [b"{"], headers=[*JSON, ("content-length", "99999999")], ends=False
        )
        assert reply.status == 413

    small.run(test)


def test_pieces_of_the_body(small):
    async def test(client: Client) -> None:
        for count, status in ((16, 200), (17, 413)):
            body = body_of(60)
            pieces = [body[:45], *[b" "] * (count - 2), b" "]
            reply = await client.post("/v1/predict", pieces)
            assert reply.status == status
            assert status == 200 or reply.code == "too_many_chunks"

    small.run(test)


def test_a_body_that_does_not_end_is_refused_in_time(folder):
    limits = Limits(body_seconds=0.1)

    async def test(client: Client) -> None:
        reply = await asyncio.wait_for(
            client.ask("POST", "/v1/predict", [b'{"texts":'], headers=JSON, ends=False), timeout=20
        )
        assert (reply.status, reply.code) == (408, "slow_body")

    with_client([folder], test, limits=limits)


def test_an_answer_that_does_not_come_is_refused_in_time_and_its_texts_are_forgotten(folder):
    import threading

    limits = Limits(total_seconds=0.3, wait_seconds=10.0)

    async def test(client: Client) -> None:
        go_on = threading.Event()
        batcher = client.service.first.batcher
        right = batcher._predict
        read = []

        def slow(texts):
            read.append(texts)
            go_on.wait(20)
            return right(texts)

        batcher._predict = slow
        replies = await asyncio.gather(*(client.post("/v1/predict", {"texts": [text]}) for text in ("a", "good film")))
        assert [(reply.status, reply.code) for reply in replies] == [(504, "too_slow")] * 2
        batcher._predict = right
        go_on.set()
        assert (await client.post("/v1/predict", {"texts": ["bad"]})).status == 200
        assert ["good film"] not in read
        assert batcher.waiting_texts == 0

    with_client([folder], test, limits=limits)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_depth_of_json():
    assert parse_body(nested(MOST_DEPTH), Limits()) is not None
    for too_deep in (nested(MOST_DEPTH + 1), nested(100_000), b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 1_000_000):
        with pytest.raises(Refusal) as refused:
            parse_body(too_deep, Limits(body_bytes=2 << 20))
        assert refused.value.status == 422


def test_brackets_inside_texts_do_not_count():
    text = "[{" * 5_000 + '"\\' * 100
    assert parse_body(json.dumps({"texts": [text]}).encode(), Limits()) == {"texts": [text]}


def test_what_is_outside_strings_is_bounded():
    most = Limits().skeleton_bytes
    assert len(parse_body(b"[" + b"1, " * (most // 2 - 2) + b"1]", Limits())) == most // 2 - 1
    for body in (b"[" + b"1," * most + b"1]", b"[" + b"{}," * most + b"{}]", b"[" + b'"",' * most + b'""]'):
        with pytest.raises(Refusal):
            parse_body(body, Limits())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nix",
        b"\xff\xfe",
        b'{"texts": ["\\ud800"]}',
        b'{"texts": ["\\udc00\\ud800"]}',
        b'{"texts": ["a"], "texts": ["b"]}',
        b'{"texts": NaN}',
        b'{"texts": [Infinity]}',
        b'{"texts": ["a"]} {}',
        b'{"texts": ["a",]}',
        b'{"texts": ["a"], "more": 1}',
        b'{"texts": "a"}',
        b'{"texts": [1]}',
        b'{"texts": [null]}',
        b'{"texts": [["a"]]}',
        b'{"text": "a"}',
        b'{"texts": ["a"], "model": 1}',
        b'{"texts": ["a"], "model": ["mine"]}',
        b'{"texts": ["a"], "model": null}',
        b'["a"]',
        b'"a"',
        b"1" * 5_000,
        b'{"texts": ["a"], "model": ' + b"9" * 4_000 + b"}",
        b'{"texts": ["a\nb"]}',
        b"\xef\xbb\xbf" + b'{"texts": ["a"]}',
    ],
)
def test_bodies_that_say_something_else_are_refused(usual, body):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/predict", body)
        assert reply.status == 422
        assert set(reply.json["error"]) == {"code", "message", "id"}

    usual.run(test)


@pytest.mark.parametrize("entry", ["model", "label", "method"])
@pytest.mark.parametrize("value", [None, True, 1.5, [], {}])
def test_an_entry_that_may_be_left_out_may_not_be_something_else(usual, entry, value):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/explain", {"text": "good", entry: value})
        assert (reply.status, reply.code) == (422, f"bad_{entry}")

    usual.run(test)


@pytest.mark.parametrize("entry", [entry.name for entry in fields(Limits)])
def test_every_limit_has_bounds_of_its_own(entry):
    low, high = RANGES[entry]
    kind = type(getattr(Limits(), entry))
    for good in (low, high):
        assert getattr(Limits(**{entry: kind(good)}), entry) == good
    for bad in (low - 1, high + 1, True, "1", float("nan")):
        with pytest.raises(ParameterError, match=entry):
            Limits(**{entry: bad})
