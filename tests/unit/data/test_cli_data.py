from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_imdb import ROWS, write_tar
from typer.testing import CliRunner, Result

from gatewise.cli.data import app
from gatewise.data import imdb
from gatewise.data.reader import read_examples
from gatewise.errors import DataError, ParameterError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWISE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.jsonl"
    rows = [{"text": f"text, no.\n{n}", "label": "pos" if n % 3 else "neg", "stars": n % 5} for n in range(60)]
    rows += [{"text": "", "label": "pos"}, {"text": "Text, no. 1", "label": "neg", "stars": 1}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_check_shows_refused_rows_classes_and_conflicts(reviews: Path) -> None:
    shown = _run("check", reviews).output
    assert "61 of 62 rows used" in shown
    assert f"{reviews}:61: text is empty" in shown
    assert "pos" in shown
    assert "with another label: 2" in shown
    assert "2 texts occur with more than one label" in shown


def test_check_as_json_lists_everything(reviews: Path) -> None:
    found = json.loads(_run("check", reviews, "--json").output)
    assert found["read"]["refused"] == [{"file": str(reviews), "line": 61, "reason": "text is empty"}]
    assert found["classes"] == {"neg": 21, "pos": 40}
    assert (found["repeats"], found["conflicting"]) == (1, 2)


def test_check_strict_names_the_line(reviews: Path) -> None:
    with pytest.raises(DataError, match=r"reviews\.jsonl:61: text is empty"):
        _run("check", reviews, "--strict")


def test_split_writes_two_files_that_hold_everything_once(reviews: Path, tmp_path: Path) -> None:
    shown = _run("split", reviews, "--share", "0.25", "--seed", "3", "--out", tmp_path / "parts")
    train, _ = read_examples(tmp_path / "parts" / "reviews.train.csv")
    test, _ = read_examples(tmp_path / "parts" / "reviews.test.csv")
    whole, _ = read_examples(reviews)
    assert sorted(train.texts + test.texts) == sorted(whole.texts)
    assert len(test) == 15
    assert f"{len(train)} examples" in shown.output
    stars = dict(zip(whole.texts, whole.stars, strict=True))
    assert [stars[text] for text in test.texts] == test.stars.tolist()
    # "Text, no. 1" repeats another text and must be on its side.
    repeated = {text for text in train.texts if " ".join(text.lower().split()) == "text, no. 1"}
    assert len(repeated) in (0, 2)


def test_split_is_repeatable(reviews: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        _run("split", reviews, "--out", tmp_path / folder)
    for name in ("reviews.train.csv", "reviews.test.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_split_refuses_an_impossible_share(reviews: Path) -> None:
    with pytest.raises(ParameterError, match=r"share is 1\.5"):
        _run("split", reviews, "--share", "1.5")


def test_split_into_a_file_in_place_of_a_folder(reviews: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot be written"):
        _run("split", reviews, "--out", tmp_path / "file")


def test_imdb_from_a_source_then_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(imdb.import_imdb.__kwdefaults__, "rows", ROWS)
    source = write_tar(tmp_path / "x.tar.gz")
    result = _run("imdb", "--source", source)
    assert "imdb:train" in result.output
    assert "differ from the published data set" in result.output
    found = json.loads(_run("check", "imdb", "--json").output)
    assert found["train"]["examples"] == 6
    assert found["shared"] == {"test in train": 0, "unsup in train": 0, "unsup in test": 0}
    assert "test in train: 0" in _run("check", "imdb").output
    assert json.loads(_run("check", "imdb:test", "--json").output)["classes"] == {"neg": 3, "pos": 3}
    assert "already in" in _run("imdb").output


def test_imdb_from_a_copy_that_is_not_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        _run("imdb", "--source", tmp_path / "absent")


def test_check_imdb_before_it_is_fetched_says_what_to_type() -> None:
    with pytest.raises(DataError, match="gatewise data imdb"):
        _run("check", "imdb")
