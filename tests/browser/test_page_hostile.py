"""Texts, labels and names that look like markup are shown as they are and never run."""

from __future__ import annotations

from itertools import product
from typing import Any

from gatewise.export.html import html_page
from page_models import KINDS, make_predictor

from .conftest import served

_CORES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(//evil.example/x)}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
)
_AROUND = (
    "{}",
    "\"'>{}",
    "</textarea>{}",
    "</script>{}",
    "]]>{}",
    "--!>{}",
    "{{{{{}}}}}",
    "${{{}}}",
    "\\u003c{}",
    "a {} \u202e b",
)
# What the payloads would make; the page's own drawing, which comes when it is seen first, has none of them.
_MADE_BY_MARKUP = """() => {
    const handlers = ["onload", "onerror", "onfocus", "ontoggle"].map((name) => `[${name}]`);
    const kinds = ["script", "img", "iframe", "a", "style", "link", "body", "input", "details"];
    return [...kinds, ...handlers].map((kind) => [kind, document.querySelectorAll(kind).length]);
}"""
PAYLOADS = [around.format(core) for around, core in product(_AROUND, _CORES)]


def test_a_hundred_payloads_typed_are_shown_as_text(visit: Any, small: str) -> None:
    assert len(set(PAYLOADS)) == 100
    page = visit(small)
    before = page.run(_MADE_BY_MARKUP)
    assert page.typed(PAYLOADS) == PAYLOADS
    inside = page.run("() => document.querySelectorAll('#words *:not(span.word)').length")
    assert inside == 0
    assert page.run(_MADE_BY_MARKUP) == before


def test_classes_and_names_are_shown_as_text(visit: Any, tmp_path: Any) -> None:
    labels = (PAYLOADS[0], PAYLOADS[13], PAYLOADS[31])
    predictor = make_predictor(**{**KINDS["three classes"], "labels": labels})
    target = tmp_path / "page.html"
    target.write_bytes(html_page(predictor, PAYLOADS[1]))
    with served(predictor, PAYLOADS[1]) as address:
        for place in (address, target.as_uri()):
            page = visit(place)
            names = page.run("() => Array.from(document.querySelectorAll('#classes .label'), (one) => one.textContent)")
            assert tuple(names) == labels
            assert page.say("model-line").startswith(PAYLOADS[1])
            assert (
                page.run("() => document.querySelectorAll('img, iframe, #main style, #main link, #main script').length")
                == 0
            )
