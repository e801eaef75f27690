"""The network in JavaScript, run by Node: the same words, places and probabilities as the predictor's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewise.page.files import asset
from gatewise.page.payload import payload
from gatewise.runtime.predictor import Predictor
from page_models import KINDS, TEXTS, hostile_texts, make_predictor

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node here; tests/browser compares the same in Chromium")

CORE = ("tokenizer.js", "blake2b.js", "ngrams.js", "model.js", "lstm.js", "answer.js", "reader.js")
BEGIN = """
const fs = require("fs"), folder = process.argv[2] + "/", gatewise = globalThis.gatewise;
const bytes = (name) => new Uint8Array(fs.readFileSync(folder + name)).buffer;
const given = JSON.parse(fs.readFileSync(folder + "given.json", "utf8"));
const isThere = (name) => fs.existsSync(folder + name);
const model = isThere("model.json") && new gatewise.Model(JSON.parse(fs.readFileSync(folder + "model.json", "utf8")),
  bytes("model.safetensors"), isThere("rival.safetensors") ? bytes("rival.safetensors") : null);
const answer = (value) => fs.writeFileSync(folder + "answer.json", JSON.stringify(value));
"""
# Python computes in float32, JavaScript adds up in float64; the promise is 1e-4.
SAME = 1e-6


def in_node(folder: Path, code: str, given: Any, predictor: Predictor | None = None) -> Any:
    for name, content in payload(predictor, "model").items() if predictor else ():
        (folder / name).write_bytes(content)
    (folder / "given.json").write_text(json.dumps(given))
    (folder / "run.js").write_text("".join(map(asset, CORE)) + BEGIN + code, encoding="utf-8")
    assert NODE is not None
    subprocess.run([NODE, str(folder / "run.js"), str(folder)], check=True, timeout=120)
    return json.loads((folder / "answer.json").read_text())


RUNNING = """
answer(given.map((text) => {
  const reading = new gatewise.Reading(model, model.encode(text)).finish();
  const after = (t) => model.labels.map((_, k) => reading.probability(t, k));
  return { running: reading.odds.map((_, t) => after(t)), isRead: reading.words.map(({ id }) => id !== null) };
}));
"""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_answers_after_every_word_as_the_predictor_does(kind: str, tmp_path: Path) -> None:
    predictor = make_predictor(**KINDS[kind])
    for text, found in zip(TEXTS, in_node(tmp_path, RUNNING, TEXTS, predictor), strict=True):
        running, is_read = found["running"], found["isRead"]
        np.testing.assert_allclose(running[0], predictor.predict_proba([""])[0], atol=SAME)
        np.testing.assert_allclose(running[-1], predictor.predict_proba([text])[0], atol=SAME)
        # A stream leaves out the words that are cut away, unless a rival reads them.
        shown = [row for row, kept in zip(running[1:], is_read, strict=True) if kept or predictor.blend is not None]
        for row, (_, probabilities) in zip(shown, predictor.stream(text), strict=True):
            np.testing.assert_allclose(row, probabilities, atol=SAME)


def test_the_packaged_model_answers_as_the_predictor_does(tmp_path: Path) -> None:
    predictor = Predictor.load("imdb")
    texts = [*hostile_texts(20), "A warm, funny, beautifully acted little film. I LOVED it!", "dull<br />dull", ""]
    last = [found["running"][-1] for found in in_node(tmp_path, RUNNING, texts, predictor)]
    np.testing.assert_allclose(last, predictor.predict_proba(texts), atol=SAME)


def test_words_and_their_places_are_those_of_the_tokenizer(tmp_path: Path) -> None:
    texts = hostile_texts(1500)
    code = "answer(given.map((text) => gatewise.tokenize(text).map(({ word, start, end }) => [word, start, end])));"
    tokenizer, moved = make_predictor().tokenizer, 0
    for text, found in zip(texts, in_node(tmp_path, code, texts), strict=True):
        encoding = tokenizer.encode(text)
        assert [word for word, _, _ in found] == encoding.words, ascii(text)
        # JavaScript counts UTF-16 units, Python characters.
        units = np.concatenate([[0], np.cumsum([1 + (character > "\uffff") for character in text])])
        moved += [list(place) for _, *place in found] != units[encoding.offsets].tolist()
    # A few characters are composed and then cut in two, where the two libraries place the cut differently.
    assert moved <= len(texts) // 500


def test_time_is_linear_on_twenty_thousand_equal_characters(tmp_path: Path) -> None:
    texts = [piece * 20_000 for piece in ("a", "'", "*", "a*", "1.", "http://", "<", "\u0301", ":-", "a.", "👍")]
    found = in_node(tmp_path, "answer(given.map((text) => gatewise.tokenize(text).length));", texts)
    tokenizer = make_predictor().tokenizer
    assert found == [len(tokenizer.words(text)) for text in texts]


def test_the_hash_is_blake2b(tmp_path: Path) -> None:
    from hashlib import blake2b

    words = ["", "a", "film", "é👍", "x" * 127, "x" * 128, "x" * 129, "y" * 1000]
    found = in_node(tmp_path, "answer(given.map((word) => gatewise.blake2b(word).toString()));", words)
    assert found == [str(int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")) for word in words]


def test_a_text_with_the_same_beginning_is_read_on_from_there(tmp_path: Path) -> None:
    code = """
    const read = (text, force, earlier) => new gatewise.Reading(model, model.encode(text), force, earlier);
    const first = read(given[0]).finish(), taken = read(given[1], null, first), from = taken.count;
    const held = read(given[1], { gate: "f", layer: 0, unit: null, value: 0 }, first);
    answer([from, taken.finish().odds, read(given[1]).finish().odds, held.count]);
    """
    for kind in ("blended", "framed", "two layers", "head+tail"):
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        given = ["a good film is slow", "a good film is wonderful . a film"]
        start, taken, anew, held = in_node(folder, code, given, make_predictor(**KINDS[kind]))
        # Of five words this one reads the first and the last four: the words cut away differ, and so does the start.
        assert start == (1 if kind == "head+tail" else 4)
        np.testing.assert_allclose(taken, anew, atol=1e-12)
        assert held == 0


def test_a_forget_gate_held_shut_leaves_only_the_last_word_in_the_cell(tmp_path: Path) -> None:
    code = """
    const force = { gate: "f", layer: 0, unit: null, value: 0 };
    const { layers: [{ f, i, g, c }] } = new gatewise.Reading(model, model.encode(given), force).finish();
    answer([Array.from(f), Array.from(i, (value, k) => value * g[k]), Array.from(c)]);
    """
    forget, added, cell = in_node(tmp_path, code, "a good film", make_predictor())
    assert set(forget) == {0}
    np.testing.assert_allclose(cell, added, atol=1e-7)
