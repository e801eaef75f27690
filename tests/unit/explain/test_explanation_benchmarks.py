"""What the benchmarks of explanations measure, and the edits they measure it on."""

from __future__ import annotations

import csv
import importlib
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explain_models import SHARE, model, scorer

from gatewise.explain.explain import explain
from gatewise.explain.explanation import Explanation, Words
from gatewise.explain.reading import Reading

ROOT = Path(__file__).resolve().parents[3]
KINDS = {"negate": 45, "unnegate": 25, "swap-adjective": 55, "swap-verb": 30, "swap-noun": 25, "swap-adverb": 20}


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module(name)


def edits() -> list[dict[str, str]]:
    with (ROOT / "examples" / "minimal_edits.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def said(text: str, parts: list[float]) -> Explanation:
    words = text.split()
    flags = np.ones(len(words), bool)
    one = Words(text, words, np.zeros((len(words), 2), np.int64), flags, flags)
    return Explanation(one, ("a", "b"), np.ones(2) / 2, "b", "running", 0.0, 0.0, np.array(parts), None, None)


def test_the_share_of_an_edit_is_that_of_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    share = load("minimal_edits", monkeypatch).edited_share
    # Exchanged: |-2 - 1| of that and |0.5 - 0.25| of a word that stays.
    assert share(said("a good film", [0, 1, 0.25]), said("a bad film", [0, -2, 0.5])) == pytest.approx(3 / 3.25)
    # Put in: all of the new word; taken out the same.
    before, after = said("is good", [0, 1]), said("is not good", [0, -1, 0.5])
    assert share(before, after) == share(after, before) == pytest.approx(1 / 1.5)
    assert share(before, before) == 0


def test_the_edits_are_small_and_of_the_kinds_they_say() -> None:
    rows = edits()
    assert {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS} == KINDS
    assert len({row["before"] for row in rows} | {row["after"] for row in rows}) == 2 * len(rows) == 400
    for row in rows:
        before, after = row["before"].split(), row["after"].split()
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        changed = [(before[i1:i2], after[j1:j2]) for what, i1, i2, j1, j2 in codes if what != "equal"]
        if row["kind"] == "negate":
            assert changed == [([], ["not"])], row
        elif row["kind"] == "unnegate":
            assert changed == [(["not"], [])], row
        else:
            assert 1 <= len(changed) <= 2, row
            assert all(len(old) == len(new) == 1 for old, new in changed), row


def test_words_that_do_most_are_deleted_first(monkeypatch: pytest.MonkeyPatch) -> None:
    deletion = load("deletion", monkeypatch)
    predictor = model(blend=SHARE)
    text = "this film is not good , it was boring . a great film is not this"
    reading, judge = Reading.of(predictor, text), scorer(predictor, 1)
    score = explain(predictor, text, label="pos").score
    contributions = np.arange(len(reading.words), 0, -1.0)
    odds, chances = deletion.drops((predictor, reading, judge, score), contributions)
    words = predictor.tokenizer.words(text)
    left = [" ".join(words[int(np.ceil(share * len(words))) :]) for share in deletion.SHARES]
    probabilities = predictor.predict_proba(left)[:, 1]
    np.testing.assert_allclose(odds, score - np.log(probabilities / (1 - probabilities)), atol=1e-9)
    np.testing.assert_allclose(chances, predictor.predict_proba([text])[0, 1] - probabilities, atol=1e-9)
