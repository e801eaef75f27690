"""The command line as a user types it, in processes of its own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys

import pytest

FAST = ["--set", "embedding_size=8", "--set", "hidden_size=8", "--set", "min_count=1", "--threads", "1"]


def gatewise(*arguments: str, stdin: str | bytes | None = None, cwd=None) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", *arguments],
        input=data,
        capture_output=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["review", "sentiment"])
        for number in range(120):
            word = ["awful", "superb"][number % 2]
            rows.writerow([f"the film was {word}, scene {number % 7}", ["bad", "good"][number % 2]])
    return path


@pytest.fixture(scope="module")
def model(reviews, tmp_path_factory):
    out = tmp_path_factory.mktemp("model") / "m"
    done = gatewise("train", str(reviews), "--out", str(out), "--epochs", "6", "--learning-rate", "0.02", *FAST)
    assert done.returncode == 0, done.stderr
    return out


def test_train_reports_progress_and_says_what_to_type_next(reviews, tmp_path):
    done = gatewise("train", str(reviews), "--out", str(tmp_path / "m"), "--epochs", "2", *FAST)
    assert "epoch 2/2" in done.stderr
    assert "bag-of-words rival" in done.stdout
    assert "gatewise predict" in done.stdout
    lines = [json.loads(line) for line in (tmp_path / "m" / "train.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if "epoch" in line] == [1, 2]


def test_predict_answers_texts_as_json(model):
    done = gatewise("predict", "a superb film", "an awful scene", "--model", str(model), "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["label"] for answer in answers] == ["good", "bad"]
    assert set(answers[0]["probabilities"]) == {"good", "bad"}
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1, abs=1e-6)


def test_predict_a_file_gives_one_line_a_row_and_tells_refused_ones(model, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text('text\n"superb, really"\n""\nawful\n', encoding="utf-8")
    done = gatewise("predict", str(path), "--model", str(model), "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("label") for answer in answers] == ["good", None, "bad"]
    assert "error" in answers[1]
    assert "1 of 3 rows" in done.stderr


def test_predict_reads_standard_input(model):
    done = gatewise("predict", "-", "--model", str(model), stdin="superb\nawful\n")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["good", "bad"]


def highest(answer):
    return max(answer["probabilities"].values())


def test_below_the_threshold_no_class_is_given(model, reviews):
    answers = [
        json.loads(line)
        for line in gatewise("predict", str(reviews), "--model", str(model), "--json").stdout.splitlines()
    ]
    middle = sorted(map(highest, answers))[60]
    done = gatewise("predict", str(reviews), "--model", str(model), "--json", "--abstain", repr(middle))
    wanted = [answer | {"label": answer["label"] if highest(answer) >= middle else None} for answer in answers]
    assert [json.loads(line) for line in done.stdout.splitlines()] == wanted
    withheld = sum(answer["label"] is None for answer in wanted)
    assert 0 < withheld < 120
    assert f"abstained on {withheld} of 120 texts" in done.stderr


def test_an_abstained_text_has_an_empty_first_column(model):
    done = gatewise("predict", "superb", "awful", "--model", str(model), "--abstain", "1")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["", ""]
    assert [line.split("\t")[2] for line in done.stdout.splitlines()] == ["superb", "awful"]
    assert "abstained" not in gatewise("predict", "superb", "--model", str(model)).stderr


def test_a_risk_chooses_the_threshold_by_the_development_split_and_tells_it(model):
    curve = json.loads((model / "metrics.json").read_text())["development"]["risk_coverage"]
    done = gatewise("predict", "superb", "--model", str(model), "--risk", "0.05", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["label"] == "good"
    # All development examples of this easy file are answered rightly.
    assert curve["errors"][-1] == 0
    assert f"abstaining below {curve['thresholds'][-1]:.4f}" in done.stderr
    assert f"0 of {curve['answered'][-1]} wrongly" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["predict", "text", "--abstain", "2"], "--abstain=2.0 is not a number from 0 to 1"),
        (["predict", "text", "--abstain", "80%"], "--abstain"),
        (["predict", "text", "--risk", "5"], "--risk=5.0 is not a number from 0 to 1"),
        (["evaluate", "missing.csv", "--abstain", "nan"], "--abstain=nan"),
        (["evaluate", "missing.csv", "--risk", "0.05", "--abstain", "0.8"], "give one of them"),
    ],
)
def test_a_wrong_threshold_is_named_before_anything_is_read(arguments, told):
    done = gatewise(*arguments, "--model", "nowhere")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_a_model_without_a_record_refuses_a_risk(model, tmp_path):
    from gatewise.store.folder import read_model, write_model

    stored = read_model(model)
    del stored.metrics["development"]["risk_coverage"]
    write_model(tmp_path / "old", stored, "# card")
    done = gatewise("predict", "superb", "--model", str(tmp_path / "old"), "--risk", "0.05")
    assert done.returncode == 1
    assert "keeps no risk-coverage curve" in done.stderr
    assert gatewise("predict", "superb", "--model", str(tmp_path / "old"), "--abstain", "0.8").returncode == 0


@pytest.mark.parametrize("name", ["missing.csv", "./missing", "some/folder/file.jsonl.gz"])
def test_what_looks_like_a_path_and_is_absent_is_an_error(model, name):
    done = gatewise("predict", name, "--model", str(model))
    assert done.returncode == 1
    assert "no such file" in done.stderr
    assert "--text" in done.stderr
    assert gatewise("predict", "--text", name, "--model", str(model)).returncode == 0


def test_dot_slash_means_a_folder(tmp_path):
    done = gatewise("predict", "good", "--model", "./imdb", cwd=tmp_path)
    assert done.returncode == 1
    assert "imdb" in done.stderr


def test_batch_alone_and_streamed_give_the_same_probability(model):
    text = "the superb film was awful , scene 3"
    alone = json.loads(gatewise("predict", text, "--model", str(model), "--json").stdout)
    last = json.loads(gatewise("stream", text, "--model", str(model), "--json").stdout.splitlines()[-1])
    assert last["probabilities"]["good"] == pytest.approx(alone["probabilities"]["good"], abs=1e-6)


def test_inspect_counts_parameters(model):
    shown = json.loads(gatewise("inspect", str(model), "--json").stdout)
    words = shown["config"]["network"]["vocabulary_size"]
    assert shown["parameters"] == 8 * words + 4 * (8 * 8 + 8 * 8 + 8 + 8) + 3 * 8 + 1
    assert "last+max+mean" in gatewise("inspect", str(model)).stdout


def test_a_bidirectional_model_refuses_to_stream_and_says_why(reviews, tmp_path):
    out = str(tmp_path / "m")
    assert gatewise("train", str(reviews), "--out", out, "--epochs", "1", "--bidirectional", *FAST).returncode == 0
    done = gatewise("stream", "superb", "--model", out)
    assert done.returncode == 1
    assert "bidirectional" in done.stderr
    assert gatewise("predict", "superb", "--model", out).returncode == 0


def test_ctrl_c_saves_and_resume_gives_the_undisturbed_model(reviews, tmp_path):
    options = [str(reviews), "--epochs", "40", "--set", "patience=0", *FAST]
    command = [sys.executable, "-m", "gatewise", "train", *options, "--out", str(tmp_path / "b")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch 3/"):
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 130
    assert "--resume" in rest
    assert gatewise("train", *options, "--out", str(tmp_path / "b"), "--resume").returncode == 0
    assert gatewise("train", *options, "--out", str(tmp_path / "a")).returncode == 0
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


def test_kill_dash_nine_and_resume_gives_the_undisturbed_model(reviews, tmp_path):
    options = [str(reviews), "--epochs", "30", "--set", "patience=0", *FAST]
    for killed in range(3):
        resume = ["--resume"] if killed else []
        command = [sys.executable, "-m", "gatewise", "train", *options, "--out", str(tmp_path / "b"), *resume]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        epochs = 0
        for line in process.stderr:
            epochs += line.startswith("epoch")
            if epochs == 4:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stderr.close()
        process.wait()
    assert gatewise("train", *options, "--out", str(tmp_path / "b"), "--resume").returncode == 0
    assert gatewise("train", *options, "--out", str(tmp_path / "a")).returncode == 0
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


def test_an_existing_model_is_not_overwritten_unasked(reviews, model):
    done = gatewise("train", str(reviews), "--out", str(model), "--epochs", "1", *FAST)
    assert done.returncode == 1
    assert "--overwrite" in done.stderr
    again = gatewise("train", str(reviews), "--out", str(model), "--resume", *FAST)
    assert again.returncode == 0
    assert "already finished" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--network", "cnn"], "network='cnn'"),
        (["--epochs", "-1"], "epochs=-1"),
        (["--time", "soon"], "--time"),
        (["--set", "hidden=3"], "no entry named hidden"),
        (["--set", "hidden_size"], "name=value"),
        (["--set", "hidden_size=many"], "hidden_size='many'"),
        (["--recipe", "nothing.json"], "recipe cannot be read"),
        (["--from", "nowhere"], "nowhere"),
        (["--label", "stars"], "stars"),
        (["--set", "hiden_size=3"], "hidden_size"),
        (["--set", "self=1"], "no entry named self"),
        (["--set", "max_tokens=20"], "truncation"),
        (["--dev", "imdb:test"], "is a test split"),
        (["--resume", "--overwrite"], "one of them"),
        (["--from", "imdb", "--network", "gru"], "network='gru' cannot be had"),
        (["--from", "imdb", "--bidirectional"], "bidirectional=True cannot be had"),
    ],
)
def test_a_wrong_option_is_named(reviews, tmp_path, arguments, told):
    done = gatewise("train", str(reviews), "--out", str(tmp_path / "m"), *arguments)
    assert done.returncode in (1, 2)
    assert told in done.stderr


def test_predict_loads_no_torch_and_opens_no_socket(model):
    check = (
        "import sys, socket\n"
        "def no(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = no\n"
        "sys.argv = ['gatewise', 'predict', 'superb', '--model', sys.argv[1]]\n"
        "from gatewise.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "banned = {'torch', 'sklearn', 'scipy', 'pyarrow', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "assert not banned, banned\n"
    )
    done = subprocess.run([sys.executable, "-c", check, str(model)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("good")


def test_help_of_every_verb_is_shown():
    for verb in ("train", "evaluate", "predict", "stream", "inspect", "reproduce", "data"):
        done = gatewise(verb, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout


def test_overwrite_loses_nothing_before_the_new_run_begins(reviews, tmp_path):
    command = ["train", str(reviews), "--epochs", "40", "--set", "patience=0", "--out", str(tmp_path / "m"), *FAST]
    process = subprocess.Popen([sys.executable, "-m", "gatewise", *command], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch 2/"):
            process.send_signal(signal.SIGTERM)
            break
    process.stderr.read()
    process.stderr.close()
    assert process.wait() == 130
    before = sorted(p.name for p in (tmp_path / "m" / "checkpoints").iterdir())
    assert before
    for wrong in (["typo.csv"], [str(reviews), "--set", "hidden=1"], [str(reviews), "--label", "nothing"]):
        assert gatewise("train", *wrong, "--out", str(tmp_path / "m"), "--overwrite").returncode in (1, 2)
    assert sorted(p.name for p in (tmp_path / "m" / "checkpoints").iterdir()) == before
    assert gatewise(*command).returncode == 1
    assert gatewise(*command, "--overwrite", "--epochs", "1").returncode == 0


@pytest.mark.parametrize("out", ["reviews.csv", "reviews.csv/model", "/proc/model"])
def test_an_impossible_model_folder_is_told_before_training(reviews, out):
    target = out if out.startswith("/") else str(reviews.parent / out)
    done = gatewise("train", str(reviews), "--out", target, *FAST)
    assert done.returncode == 1
    assert "epoch" not in done.stderr


def test_a_terminal_without_unicode_gets_an_answer(model):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for verb in ("predict", "stream"):
        command = [sys.executable, "-m", "gatewise", verb, "superb “film” " * 9, "--model", str(model)]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr


def test_a_file_name_with_spaces_is_a_file_name(model):
    assert "no such file" in gatewise("predict", "my new reviews.csv", "--model", str(model)).stderr
    assert gatewise("predict", "8/10", "--model", str(model)).returncode == 0
