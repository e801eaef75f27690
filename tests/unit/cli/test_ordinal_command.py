"""Stars on the command line: train, predict, stream and evaluate an ordinal model; stars of the known data set."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from gatewise.cli import evaluate, predict, stream, train
from gatewise.cli.source import read_labelled
from gatewise.data.examples import Examples
from gatewise.errors import DataError, ParameterError
from gatewise.store.folder import read_model

app = typer.Typer()
for verb in (evaluate.evaluate, predict.predict, stream.stream, train.train):
    app.command()(verb)

WORDS = {"1": "awful", "2": "dull", "10": "superb"}


def run(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["review", "stars"])
        for number in range(90):
            star = list(WORDS)[number % 3]
            rows.writerow([f"the film was {WORDS[star]}, scene {number % 7}", star])
    return path


@pytest.fixture(scope="module")
def model(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("model") / "m"
    small = [part for entry in ("embedding_size=8", "hidden_size=8", "min_count=1") for part in ("--set", entry)]
    run("train", table, "--label", "stars", "--objective", "ordinal", "--out", out, "--epochs", 20, *small)
    return out


def test_the_model_folder_says_that_its_classes_are_in_order(model):
    config = read_model(model).config
    assert config.network.ordinal
    assert [int(label) for label in config.labels] == [1, 2, 10]


def test_predict_shows_the_expected_value_as_json_and_as_a_column(model):
    texts = [f"the film was {word}" for word in WORDS.values()]
    answers = [json.loads(line) for line in run("predict", *texts, "--model", model, "--json").splitlines()]
    for answer in answers:
        mean = sum(float(label) * share for label, share in answer["probabilities"].items())
        assert answer["expected"] == pytest.approx(mean)
    columns = [line.split("\t") for line in run("predict", *texts, "--model", model).splitlines()]
    assert [column[2] for column in columns] == [f"{answer['expected']:.2f}" for answer in answers]
    assert [column[3] for column in columns] == texts
    values = [float(column[2]) for column in columns]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_predict_by_another_model_has_no_such_column():
    assert len(run("predict", "a film").rstrip("\n").split("\t")) == 3
    assert "expected" not in json.loads(run("predict", "a film", "--json"))


def test_stream_ends_with_what_predict_says_and_draws_the_scale(model):
    text = "the film was dull"
    *_, last = run("stream", text, "--model", model, "--json").splitlines()
    answer = json.loads(run("predict", text, "--model", model, "--json"))
    assert json.loads(last)["expected"] == pytest.approx(answer["expected"], abs=1e-5)
    *_, drawn = run("stream", text, "--model", model).splitlines()
    assert drawn.startswith("dull")
    assert drawn.endswith(f"10  {answer['expected']:.2f}")


def test_evaluate_shows_expected_value_against_label(model, table):
    result = json.loads(run("evaluate", table, "--label", "stars", "--model", model, "--json"))
    assert result["order"]["mean_absolute_error"]["value"] >= 0
    assert result["order"]["spearman_label"]["rival"] is not None


@pytest.fixture
def named(monkeypatch):
    """The known data set, without its download."""
    examples = Examples(["good", "bad"], ["pos", "neg"], stars=np.array([8.0, 2.0]), source="imdb:train")
    monkeypatch.setattr("gatewise.cli.source.load_named", lambda name: examples)
    return examples


def test_the_stars_of_the_known_data_set_are_labels_when_asked_for(named):
    assert read_labelled("imdb", label="stars").labels == [8, 2]
    assert read_labelled("imdb").labels == read_labelled("imdb", label="label").labels == ["pos", "neg"]


def test_labels_it_does_not_have_are_refused(named):
    with pytest.raises(ParameterError, match="'rating' is not there in imdb:train"):
        read_labelled("imdb", label="rating")
    named.stars = None
    with pytest.raises(DataError, match="no stars"):
        read_labelled("imdb", label="stars")
