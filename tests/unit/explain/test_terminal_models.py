"""Every kind of model has an explanation that can be shown."""

from __future__ import annotations

import json

import pytest
from explain_models import SHARE, hashed, keras, model
from page_reader import Page

from gatewise.explain.explain import explain
from gatewise.explain.html import explanation_page
from gatewise.explain.terminal import as_text
from gatewise.store.config import TextConfig

TEXT = "It is, frankly, not good 😀.\nThe plot was good, the plot was not."
MODELS = {
    "plain": lambda: model(),
    "blend": lambda: model(blend=SHARE),
    "three classes that are numbers": lambda: model(classes=3, blend=SHARE),
    "ordinal": lambda: model(classes=3, ordinal=True),
    "both directions, two layers": lambda: model(bidirectional=True, layers=2),
    "backward": lambda: model(reads="backward"),
    "cut": lambda: model(text=TextConfig(max_tokens=4, truncation="head+tail"), blend=SHARE),
    "framed": lambda: model(text=TextConfig(before="not", after="good")),
    "pads": lambda: keras(40),
    "pads of a hashed model": lambda: hashed(40),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("text", [TEXT, ""])
def test_it_is_shown_whole_on_the_terminal_as_a_page_and_as_json(name, text):
    predictor = MODELS[name]()
    explanation = explain(predictor, text)
    assert Page(explanation_page(explanation)).text == text
    printed = as_text(explanation)
    assert "exp(" in printed
    for word in text.split():
        assert word.rstrip(",.") in printed
    found = json.loads(json.dumps(explanation.as_json(), allow_nan=False))
    assert found["text"] == text
    assert all(text[word["start"] : word["end"]].lower() in word["word"] for word in found["words"])
