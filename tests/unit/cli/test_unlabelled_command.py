"""``gatewise train --unlabelled``: sources of texts, what is told of them, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

from test_train_and_predict import FAST, gatewise

REVIEWS = str(Path(__file__).resolve().parents[3] / "examples" / "reviews.csv")


def test_texts_of_several_sources_are_read_and_those_of_the_development_split_left_out(tmp_path):
    (tmp_path / "more.txt").write_text("A fine film.\n\nA dull plot,\nand long.\n", encoding="utf-8")
    sources = ["--unlabelled", REVIEWS, "--unlabelled", str(tmp_path / "more.txt")]
    entries = ["--objective", "mixed", "--epochs", "1", "--json", *FAST]
    done = gatewise("train", REVIEWS, "--out", str(tmp_path / "m"), *sources, *entries)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    held_out = told["development"]["examples"]
    assert told["training"]["unlabelled"] == 502 - held_out
    assert f"left out: {held_out} copies of development texts" in done.stderr


def test_a_test_split_is_refused_and_so_are_texts_without_use(tmp_path):
    for options, message in (
        (["--unlabelled", "imdb:test", "--objective", "mixed"], "imdb:test is a test split"),
        (["--unlabelled", REVIEWS], "has no use for unlabelled texts"),
    ):
        done = gatewise("train", REVIEWS, "--out", str(tmp_path / "m"), *options)
        assert done.returncode == 2, done.stderr
        assert message in done.stderr
        assert not (tmp_path / "m").exists()
