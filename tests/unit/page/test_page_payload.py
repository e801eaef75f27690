"""What the page gets of a model: every number as it is, and nothing that a browser could take for markup."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from gatewise.errors import ModelError
from gatewise.page.facts import facts_of
from gatewise.page.files import PAGE, SCRIPTS, STYLE, asset, page_files
from gatewise.page.payload import payload
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import MODEL
from gatewise.store.locate import find_model
from gatewise.store.rounding import unpack_weights
from page_models import KINDS, WORDS, make_predictor


@pytest.mark.parametrize("kind", ["plain", "two layers", "ordinal"])
def test_weights_are_those_of_the_predictor(kind: str) -> None:
    predictor = make_predictor(**KINDS[kind])
    found = unpack_weights(
        payload(predictor, "m")["model.safetensors"], predictor.config.network.tensor_shapes(), "page"
    )
    for name, array in predictor.network.tensors.items():
        assert np.array_equal(found[name], array), name


def test_the_packaged_model_is_sent_in_the_bits_it_is_stored_in() -> None:
    found = payload(Predictor.load("imdb"), "imdb")
    assert found["model.safetensors"] == (find_model("imdb") / MODEL).read_bytes()
    assert sum(map(len, found.values())) < 7.1e6


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"network": "gru"}, "gru"),
        ({"bidirectional": True}, "end of a text"),
        ({"reads": "both"}, "end of a text"),
        ({"layers": 2, "highway": True}, "highway"),
    ],
)
def test_a_model_that_cannot_be_shown_is_refused_and_its_page_says_why(options: dict[str, Any], reason: str) -> None:
    predictor = make_predictor(**options)
    with pytest.raises(ModelError, match=reason) as refusal:
        payload(predictor, "m")
    assert refusal.value.hint is not None
    found = page_files(predictor, "<m>")
    page = found["/"].content.decode()
    assert reason in page
    assert "openapi.json" in page
    assert "&lt;m&gt;" in page
    assert not [path for path in found if "model" in path]


def test_names_that_look_like_markup_cannot_end_the_element_they_are_in() -> None:
    predictor = make_predictor(labels=("</script><script>alert(1)</script>", "<!--"))
    text = payload(predictor, "</script>")["model.json"]
    assert b"<" not in text
    assert json.loads(text)["labels"][0].startswith("</script>")


def test_every_file_that_the_page_asks_for_is_there() -> None:
    found = page_files(make_predictor(**KINDS["blended"]), "m")
    page = found["/"].content.decode()
    asked = re.findall(r'(?:src|href)="(page/[^"]+)"', page)
    assert len(asked) == len(SCRIPTS) + 2
    assert {f"/{path}" for path in asked} | {
        "/page/model.json",
        "/page/model.safetensors",
        "/page/rival.safetensors",
    } == set(found) - {"/"}
    assert found["/page/style.css"].media_type == "text/css; charset=utf-8"
    assert found["/page/app.js"].media_type == "text/javascript; charset=utf-8"
    assert found["/page/model.safetensors"].media_type == "application/octet-stream"


def test_nothing_is_inline_and_nothing_is_from_elsewhere() -> None:
    page = asset(PAGE)
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", page)
    for name in (*SCRIPTS, STYLE, PAGE):
        assert not re.search(r"https?://(?!www\.w3\.org)[a-z0-9]", asset(name)), name


def test_text_is_never_made_into_markup_and_no_string_into_code() -> None:
    markup = r"(inner|outer)HTML|insertAdjacentHTML|document\.write|srcdoc|DOMParser|createContextualFragment"
    banned = markup + r"|\beval\b|new Function|setAttribute\(\"on|setTimeout\(\""
    for name in SCRIPTS:
        assert not re.search(banned, asset(name)), name


def test_files_of_the_page_stay_short() -> None:
    for name in (*SCRIPTS, STYLE, PAGE):
        assert asset(name).count("\n") <= 400, name


def test_figures_that_were_not_measured_are_none_and_damaged_ones_are_not_believed() -> None:
    nothing = facts_of(make_predictor())
    assert nothing["test"] is nothing["development"] is nothing["confident"] is None
    damaged = facts_of(make_predictor(metrics={"test": {"examples": "many", "accuracy": True}, "development": [1]}))
    assert damaged["test"] is damaged["development"] is None


def test_the_packaged_model_tells_its_test_figures_with_their_interval() -> None:
    facts = facts_of(Predictor.load("imdb"))
    test, confident = facts["test"], facts["confident"]
    assert test["low"] < test["accuracy"] < test["high"]
    assert test["high"] - test["low"] < 0.01
    assert test["rival"] == pytest.approx(0.91672)
    assert 0 < confident["errors"] < confident["answered"] < facts["development"]["examples"]


def test_the_vocabulary_is_in_the_order_of_the_ids() -> None:
    assert json.loads(payload(make_predictor(), "m")["model.json"])["vocabulary"] == WORDS
