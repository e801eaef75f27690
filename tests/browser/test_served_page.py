"""Markup in texts, classes and names comes through the real service as data, and the page it serves runs none of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from server_process import Running, body_of, get, post, running, status_of
from small_model import make_folder

from .test_page_hostile import PAYLOADS

# A folder's name cannot have a slash.
NAME = "<img src=x onerror=alert(1)>"
LABELS = (PAYLOADS[11], PAYLOADS[22], PAYLOADS[33])
POLICY = (
    b"\r\ncontent-security-policy: default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[Running]:
    top = tmp_path_factory.mktemp("models")
    shown = make_folder(top / "<b>shown", labels=LABELS)  # The page draws every class, and a hundred are slow to draw.
    with running(shown, make_folder(top / NAME, labels=tuple(PAYLOADS)), wait_seconds=60.0) as process:
        yield process


def ask(server: Running, request: bytes, status: int, kind: bytes = b"application/json") -> bytes:
    """The body of a reply, which no browser may take for a page or run."""
    reply = server.exchange(request)
    head = reply.partition(b"\r\n\r\n")[0]
    assert status_of(reply) == status
    assert POLICY in head
    assert b"\r\nx-content-type-options: nosniff" in head
    assert b"\r\ncontent-type: " + kind in head
    return reply


def test_classes_and_names_that_are_markup_are_data_of_predict(server: Running) -> None:
    content = body_of(ask(server, post("/v1/predict", {"texts": PAYLOADS, "model": NAME}), 200))
    assert content["model"] == NAME
    assert len(content["predictions"]) == len(set(PAYLOADS)) == 100
    for answer in content["predictions"]:
        assert answer["label"] in PAYLOADS
        assert list(answer["probabilities"]) == PAYLOADS


def test_texts_that_are_markup_are_data_of_explain_and_stream(server: Running) -> None:
    words = 0
    for payload in PAYLOADS:
        explained = body_of(ask(server, post("/v1/explain", {"text": payload, "label": payload, "model": NAME}), 200))
        assert (explained["text"], explained["label"]) == (payload, payload)
        reply = ask(server, post("/v1/stream", {"text": payload, "model": NAME}), 200, b"text/event-stream")
        events = [line for line in reply.split(b"\r\n") if line.startswith(b"event: ")]
        blocks = b"".join(events).decode().split("\n\n")[:-1]
        assert [block.split("\n")[0] for block in blocks] == ["event: word"] * (len(blocks) - 1) + ["event: end"]
        told = [json.loads(block.split("\ndata: ")[1])["word"] for block in blocks[:-1]]
        assert told == [word["word"] for word in explained["words"]]
        words += len(told)
    assert words > 10 * len(PAYLOADS)


def test_no_error_repeats_markup(server: Running) -> None:
    for payload in PAYLOADS:
        for request in (
            get("/" + quote(payload)),
            get("/page/" + quote(payload)),
            post("/v1/predict", {"texts": ["a"], "model": f"no {payload}"}),
            post("/v1/explain", {"text": "a", "label": f"no {payload}"}),
        ):
            assert b"<" not in ask(server, request, 404).partition(b"\r\n\r\n")[2]


def test_the_served_page_shows_markup_as_text_and_runs_none(visit: Any, server: Running) -> None:
    page = visit(f"http://127.0.0.1:{server.port}/")
    assert page.say("model-line").startswith("<b>shown")
    names = page.run("() => Array.from(document.querySelectorAll('#classes .label'), (one) => one.textContent)")
    assert tuple(names) == LABELS
    assert page.typed(PAYLOADS) == PAYLOADS
    made = "img, iframe, svg script, #main style, #main link, #main script, #words *:not(span.word)"
    assert page.run(f"() => document.querySelectorAll('{made}').length") == 0
