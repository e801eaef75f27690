"""``gatewise train --teacher``: a student of a stored model, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

from test_train_and_predict import FAST, gatewise

REVIEWS = str(Path(__file__).resolve().parents[3] / "examples" / "reviews.csv")


def test_a_student_is_taught_of_labelled_and_unlabelled_texts(tmp_path):
    (tmp_path / "more.txt").write_text("A fine film.\n\nA dull plot,\nand long.\n", encoding="utf-8")
    teachers = ["--teacher", "imdb", "--teacher", "imdb", "--unlabelled", str(tmp_path / "more.txt")]
    done = gatewise("train", REVIEWS, "--out", str(tmp_path / "m"), *teachers, "--epochs", "1", "--json", *FAST)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["training"]
    assert told["unlabelled"] == 2
    assert [one.split()[0] for one in told["teachers"]] == ["imdb", "imdb"]
    assert f"teacher 2 of 2, imdb: {told['examples'] + 2} texts" in done.stderr
    assert "another split" not in done.stderr


def test_what_cannot_teach_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "other.csv").write_text("text,label\n" + "a film,good\na plot,bad\n" * 20, encoding="utf-8")
    for data, teacher, code, message in (
        (str(tmp_path / "other.csv"), "imdb", 2, "other classes: 'neg', 'pos', the examples have 'bad', 'good'"),
        (REVIEWS, str(tmp_path / "nothing"), 1, "there is no such folder"),
    ):
        done = gatewise("train", data, "--out", str(tmp_path / "m"), "--teacher", teacher)
        assert done.returncode == code, done.stderr
        assert message in done.stderr
        assert not (tmp_path / "m").exists()
