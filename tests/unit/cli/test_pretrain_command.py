"""``gatewise pretrain`` as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gatewise.cli.pretrain import pretrain
from gatewise.cli.running import entry_of, is_finished, seconds_of
from gatewise.errors import ParameterError, TrainingError
from gatewise.store.encoder import read_encoder

SMALL = ["--hidden-size", "8", "--embedding-size", "4", "--epochs", "1", "--set", "min_count=1", "--threads", "1"]


def test_from_standard_input_and_a_table_to_an_encoder(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("text\n" + "the film was good\nthe film was bad\n" * 10)
    out = tmp_path / "encoder"
    texts = "\n\n".join(f"a film of scene {number % 5}" for number in range(30))
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", "pretrain", "-", str(table), "--out", str(out), "--json", *SMALL],
        input=texts,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["encoder"] == str(out)
    assert told["held_out"]["forward"]["perplexity"] > 1
    assert told["training"]["documents"] + told["training"]["held_out_documents"] == 50
    assert "forward epoch 1/1" in done.stderr
    assert read_encoder(out).config.hidden_size == 8


def test_it_goes_on_from_an_encoder_with_its_shape(tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("\n\n".join(f"a film of scene {number % 5}" for number in range(30)))
    first, second = tmp_path / "first", tmp_path / "second"
    command = [sys.executable, "-m", "gatewise", "pretrain", str(texts), "--threads", "1", "--epochs", "1", "--out"]
    shape = ["--hidden-size", "8", "--embedding-size", "4", "--set", "min_count=1", "--direction", "backward"]
    for arguments in ([first, *shape], [second, "--from", first]):
        done = subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
    assert read_encoder(second).config == read_encoder(first).config
    asked = subprocess.run(
        [*command, str(tmp_path / "third"), "--from", str(first), "--hidden-size", "9"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert asked.returncode == 2
    assert "hidden_size=9, and the encoder to go on from has 8" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(TrainingError, match="already holds an encoder"):
        pretrain(["imdb"], tmp_path)
    (tmp_path / "corpus").mkdir()
    with pytest.raises(TrainingError, match="already holds an unfinished run") as refused:
        pretrain(["imdb"], tmp_path)
    assert "--resume" in refused.value.hint
    with pytest.raises(ParameterError, match="give one of them"):
        pretrain(["imdb"], tmp_path, resume=True, overwrite=True)


def test_a_finished_run_has_nothing_to_resume(tmp_path, capsys):
    (tmp_path / "config.json").write_text("{}")
    assert is_finished(tmp_path, resume=True, overwrite=False)
    pretrain(["imdb"], tmp_path, resume=True)
    assert "nothing to resume" in capsys.readouterr().err


@pytest.mark.parametrize("time", ["soon", "0s", "10", "1d"])
def test_times_that_are_none_are_refused(tmp_path, time):
    with pytest.raises(ParameterError, match="write 90s, 10m or 2h"):
        pretrain(["imdb"], tmp_path / "out", time=time)


def test_entries_are_json_or_words():
    assert [entry_of(text) for text in ("a=1", "b=0.5", "c = both", "d=true")] == [
        ("a", 1),
        ("b", 0.5),
        ("c", "both"),
        ("d", True),
    ]
    with pytest.raises(ParameterError, match="not of the form"):
        entry_of("epochs")
    assert seconds_of("1.5 h") == 5400
