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
from gatewise.runtime.predictor import Predictor
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


@pytest.fixture
def paired(tmp_path):
    """The texts with a column of parts and one of pairs: the first two are pair p, the next two pair q."""
    file = tmp_path / "paired.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("text", "label", "Part", "pair"))
        for index, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
            writer.writerow((text, label, ("odd", "", "even")[index % 3], "ppqq"[index] if index < 4 else ""))
    return file


def test_the_parts_of_a_column_and_pairs_are_judged_as_by_hand(model, paired):
    content = json.loads(run(paired, "--model", model, "--by", "Part", "--pairs", "pair", "--json").stdout)
    predictor = Predictor.load(model)
    truth = np.array([label == "pos" for label in LABELS]).astype(int)
    right, rival = (
        answers.argmax(axis=1) == truth for answers in (predictor.predict_proba(TEXTS), predictor.baseline_proba(TEXTS))
    )
    assert content["groups"]["column"] == "Part"
    parts = content["groups"]["parts"]
    assert [part["name"] for part in parts] == ["odd", "(none)", "even"]
    for start, part in enumerate(parts):
        mine, other = right[start::3], rival[start::3]
        assert part["n"] == len(mine)
        assert part["value"] == pytest.approx(mine.mean())
        assert part["rival"] == pytest.approx(other.mean())
        assert part["both_wrong"] == pytest.approx((~mine & ~other).mean())
        assert part["interval"][0] <= part["value"] <= part["interval"][1]
    pairs = content["pairs"]
    assert (pairs["column"], pairs["n"]) == ("pair", 2)
    for key, answers in (("value", right), ("rival", rival)):
        assert pairs[key] == ((answers[0] and answers[1]) + (answers[2] and answers[3])) / 2


def test_parts_and_pairs_are_shown_in_both_reports(model, paired, tmp_path):
    page = tmp_path / "report.html"
    done = run(paired, "--model", model, "--by", "part", "--pairs", "pair", "--html", page)
    assert done.exit_code == 0, done.exception
    for shown in (done.stdout, page.read_text(encoding="utf-8")):
        assert "By part" in shown
        assert "(none)" in shown
        assert "of 2 pairs" in " ".join(shown.split())
    assert "By part" not in run(paired, "--model", model).stdout


def test_any_column_will_do_even_that_of_the_labels(model, paired, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = pyarrow.table({"text": TEXTS, "label": LABELS, "year": [1990 + index % 2 for index in range(40)]})
    parquet.write_table(columns, tmp_path / "reviews.parquet")
    for column, names in (("label", {"pos", "neg"}), ("year", {"1990", "1991"})):
        done = run(tmp_path / "reviews.parquet", "--model", model, "--by", column, "--json")
        assert {part["name"] for part in json.loads(done.stdout)["groups"]["parts"]} == names


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--by", "kind"), "there is no column 'kind'"),
        (("--by", "text"), "holds 40 different words"),
        (("--pairs", "Part"), "'odd' (14×)"),
        (("--pairs", "empty"), "it is empty"),
    ],
)
def test_a_column_that_cannot_serve_is_an_error(model, paired, monkeypatch, options, said):
    monkeypatch.setattr("gatewise.evaluate.groups.MOST_GROUPS", 39)
    lines = paired.read_text(encoding="utf-8").splitlines()
    paired.write_text("\n".join([lines[0] + ",empty", *(line + "," for line in lines[1:])]), encoding="utf-8")
    done = run(paired, "--model", model, *options)
    assert isinstance(done.exception, DataError)
    assert said in str(done.exception)


def test_known_data_sets_have_no_columns(model, named, ledger):
    done = run("imdb:test", "--model", model, "--by", "stars")
    assert isinstance(done.exception, ParameterError)
    assert ledger.read_text() == ""
