"""``gatewise evaluate`` on a small real model: what it prints, writes and records."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import typer
from evaluate_fakes import history, invented_texts
from typer.testing import CliRunner

from gatewise.baseline.nbsvm import NBSVM
from gatewise.cli import evaluate as command
from gatewise.data.examples import Examples
from gatewise.errors import DataError, ModelError, ParameterError
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel, write_model
from gatewise.text.tokenizer import WordTokenizer

app = typer.Typer()
app.command()(command.evaluate)

TEXTS = invented_texts(40)
LABELS = ["pos" if index % 3 else "neg" for index in range(40)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    tokenizer = WordTokenizer.train(TEXTS, min_count=1)
    network = NetworkConfig(tokenizer.vocabulary_size, 2, embedding_size=3, hidden_size=4)
    generator = np.random.default_rng(0)
    tensors = {name: generator.normal(size=shape).astype(np.float32) for name, shape in network.tensor_shapes().items()}
    truth = np.array([label == "pos" for label in LABELS]).astype(np.int64)
    rival = NBSVM.fit(tokenizer.words_batch(TEXTS), truth, 2)
    metrics = {"seed": 3, "history": history(2), "recipe": {"epochs": 2}, "development": {"accuracy": 0.75}}
    config = ModelConfig(network, TextConfig(), ("neg", "pos"))
    write_model(folder, StoredModel(config, tensors, tokenizer.to_json(), rival.to_tensors(), metrics), "# card")
    return folder


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    file = tmp_path / "ledger.jsonl"
    monkeypatch.setenv("GATEWISE_LEDGER", str(file))
    return file


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "reviews.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerows([("text", "label"), *zip(TEXTS, LABELS, strict=True), ("", "pos")])
    return file


@pytest.fixture
def named(monkeypatch):
    """The known data set, without its download."""
    examples = Examples(TEXTS, LABELS, ids=[f"test/{index}" for index in range(40)], source="imdb")
    monkeypatch.setattr("gatewise.cli.source.load_named", lambda name: examples)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)


def test_a_file_is_judged_and_its_refused_row_reported(model, table, ledger):
    done = run(table, "--model", model)
    assert done.exit_code == 0, done.exception
    assert "reviews.csv · 40 examples" in done.stdout
    assert "bag of" in done.stdout
    assert "line 42" in done.stderr
    assert not ledger.exists()


def test_a_band_is_judged_and_a_risk_needs_a_record(model, table, ledger):
    band = json.loads(run(table, "--model", model, "--abstain", "0.6", "--json").stdout)["selective"]["band"]
    assert band["threshold"] == 0.6
    done = run(table, "--model", model, "--risk", "0.05")
    assert isinstance(done.exception, ModelError)
    assert not done.stdout


def test_json_is_one_object_and_nothing_else_on_stdout(model, table, ledger):
    done = run(table, "--model", model, "--json", "--worst", 1)
    content = json.loads(done.stdout, parse_constant=pytest.fail)
    assert content["n"] == 40
    assert content["classes"] == ["neg", "pos"]
    assert len(content["worst"]) == 1
    assert content["accuracy"]["rival"] is not None
    assert not ledger.exists()


def test_a_read_of_the_test_split_is_recorded_and_its_line_told(model, named, ledger):
    for number in (1, 2):
        done = run("imdb:test", "--model", model)
        assert done.exit_code == 0, done.exception
        assert f"line {number} of the test ledger" in done.stdout
    entry = json.loads(ledger.read_text().splitlines()[0])
    assert entry["data"] == "imdb:test"
    assert entry["model"] == "small"
    assert entry["recipe"] == {"epochs": 2}
    assert (entry["seed"], entry["development_accuracy"]) == (3, 0.75)
    assert entry["accuracy"] == json.loads(run("imdb:train", "--model", model, "--json").stdout)["accuracy"]["value"]
    assert str(model.parent) not in ledger.read_text()


@pytest.mark.parametrize("name", ["imdb", "imdb:train"])
def test_a_read_of_the_training_split_is_not_recorded(model, named, ledger, name):
    assert run(name, "--model", model).exit_code == 0
    assert not ledger.exists()


def test_a_file_is_recorded_when_it_is_called_a_test_split(model, table, ledger):
    content = json.loads(run(table, "--model", model, "--test-split", "--json").stdout)
    assert content["ledger_line"] == 1
    assert json.loads(ledger.read_text())["data"] == "reviews.csv"


def test_no_score_is_shown_that_could_not_be_recorded(model, named, tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_LEDGER", str(tmp_path))
    done = run("imdb:test", "--model", model)
    assert isinstance(done.exception, DataError)
    assert done.stdout == ""

    def fail(entry):
        raise DataError("the disk is full")

    monkeypatch.setenv("GATEWISE_LEDGER", str(tmp_path / "ledger.jsonl"))
    monkeypatch.setattr("gatewise.evaluate.ledger.record_test_read", fail)
    page = tmp_path / "report.html"
    done = run("imdb:test", "--model", model, "--html", page)
    assert isinstance(done.exception, DataError)
    assert done.stdout == ""
    assert not page.exists()


def test_the_html_report_is_written_and_named(model, table, tmp_path):
    page = tmp_path / "report.html"
    done = run(table, "--model", model, "--html", page)
    assert str(page) in done.stdout.replace("\n", "")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_report_that_could_not_be_written_is_refused_before_the_work(table, tmp_path):
    for target in (tmp_path, tmp_path / "missing" / "report.html"):
        # No such model either: the check comes first.
        done = run(table, "--model", tmp_path / "none", "--html", target)
        assert isinstance(done.exception, ParameterError)
        assert "--html" in str(done.exception)


def test_labels_of_another_task_are_an_error(model, tmp_path):
    file = tmp_path / "other.csv"
    file.write_text("text,label\nfine,good\npoor,bad\n")
    done = run(file, "--model", model)
    assert isinstance(done.exception, DataError)
    assert "'good' (1×)" in str(done.exception)
