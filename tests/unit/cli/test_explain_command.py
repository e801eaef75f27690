"""``gatewise explain`` as a user types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from gatewise import load
from gatewise.cli.main import build
from gatewise.errors import DataError, ParameterError

TEXT = "Not bad at all, and the ending is superb."


def explain(*arguments: str, stdin: str | bytes | None = None):
    done = CliRunner().invoke(build("explain"), ["explain", *arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def as_json(*arguments: str, **options):
    return json.loads(explain(*arguments, "--json", **options).stdout)


def test_json_is_one_line_with_what_the_classifier_gives():
    printed = explain(TEXT, "--json").stdout
    assert printed.count("\n") == 1
    assert json.loads(printed) == json.loads(json.dumps(load("imdb").explain(TEXT).as_json()))


def test_the_answer_is_that_of_predict():
    model = load("imdb")
    found = as_json(TEXT)
    assert found["label"] == model.predict([TEXT])[0]
    # Read word by word and read whole: the same to 1e-6.
    wanted = dict(zip(model.classes_, model.predict_proba([TEXT])[0], strict=True))
    assert found["probabilities"] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("method", ["running", "integrated", "occlusion"])
def test_every_method_is_one_option_away_and_tells_its_sum(method):
    found = as_json(TEXT, "--method", method)
    assert found["method"] == method
    total = found["baseline"] + sum(word["contribution"] for word in found["words"]) + found["gap"]
    assert total == pytest.approx(found["score"], abs=1e-9)


def test_the_other_class_has_the_same_words_with_the_other_sign():
    towards, against = (as_json(TEXT, "--label", label)["words"] for label in ("pos", "neg"))
    assert [w["contribution"] for w in towards] == pytest.approx([-w["contribution"] for w in against], abs=1e-9)


def test_standard_input_is_one_text_of_several_lines():
    assert as_json("-", stdin="Two lines,\nboth superb.\n")["text"] == "Two lines,\nboth superb."


def test_standard_input_in_another_encoding_is_refused():
    with pytest.raises(DataError, match="standard input: it is not UTF-8"):
        explain("-", stdin="déjà vu".encode("latin-1"))


def test_a_phrase_and_units_are_told_when_asked_for():
    found = as_json(TEXT, "--phrase", "Not bad", "--units", "3")
    phrase = found["phrase"]
    assert [word["word"] for word in phrase["words"]] == ["not", "bad"]
    assert phrase["phrase"] + phrase["rest"] + phrase["bias"] == pytest.approx(phrase["margin"], abs=1e-9)
    assert len(found["units"]) == 3
    assert all(len(unit["cell"]) == len(found["words"]) for unit in found["units"])
    changes = [unit["change"] for unit in found["units"]]
    assert changes == sorted(changes, reverse=True)
    printed = explain(TEXT, "--phrase", "Not bad", "--units", "3").stdout
    assert "“Not” by itself" in printed
    assert all(f"\n{unit['unit']:>4}  " in printed for unit in found["units"])


def test_phrase_and_units_speak_of_the_class_that_is_explained():
    found = as_json(TEXT, "--label", "neg", "--phrase", "Not bad", "--units", "1")
    other = as_json(TEXT, "--label", "pos", "--phrase", "Not bad", "--units", "1")
    assert found["phrase"]["margin"] == pytest.approx(-other["phrase"]["margin"], abs=1e-9)
    assert found["units"][0]["end"] == pytest.approx(-other["units"][0]["end"], abs=1e-9)


def test_the_page_is_written_and_named(tmp_path):
    file = tmp_path / "why.html"
    done = explain(TEXT, "--html", str(file))
    assert f"page: {file}" in done.stdout
    page = file.read_text(encoding="utf-8")
    assert "Model imdb." in page
    assert "Test accuracy 93.0" in page
    assert "superb" in page


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--label", "maybe"], "neg, pos"),
        (["--method", "guess"], "running, integrated, occlusion"),
        (["--phrase", "very good"], "is not in the text"),
        (["--html", "/"], "not a file"),
        (["--html", "no/such/folder/x.html"], "mkdir -p"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_choices(arguments, told):
    with pytest.raises(ParameterError, match=told):
        explain(TEXT, *arguments)


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", "explain", *arguments],
        capture_output=True,
        timeout=120,
        check=True,
        env={**os.environ, **environment},
    )
    return done.stdout.decode()


def test_in_a_pipe_there_are_no_colours_and_no_harm():
    printed = run("Superb\x1b]0;owned\x07, dull", PYTHONIOENCODING="utf-8")
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "␛" in printed
    assert "⁺" in printed


def test_a_colour_that_is_forced_is_given_and_no_color_takes_it_back():
    environment = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", "NO_COLOR": ""}
    assert re.search("\x1b\\[[0-9;]*[34]8;[25];", run("Superb film", **environment))
    plain = run("Superb film", **(environment | {"NO_COLOR": "1"}))
    assert not re.search("[34]8;", plain)
    assert "⁺⁺" in plain
