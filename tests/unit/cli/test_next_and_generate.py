"""gatewise next, generate and inspect on an encoder, as a user types them, in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gatewise.cli.generate import wrapped
from gatewise.cli.next import bar
from gatewise.runtime.language_model import LanguageModel
from gatewise.store.encoder import write_encoder
from tiny_encoder import make_encoder


def gatewise(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", *arguments], capture_output=True, timeout=120, check=False, encoding="utf-8"
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def answer(*arguments: str) -> Any:
    done = gatewise(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("encoders") / "e"
    write_encoder(folder, make_encoder(1, directions="both"), "card")
    return str(folder)


def test_next_shows_five_words_the_likeliest_with_the_longest_bar(encoder: str) -> None:
    done = gatewise("next", "The clouds are in the", "--encoder", encoder)
    *lines, last = done.stdout.splitlines()
    assert len(lines) == 5
    bars = [line.count("█") for line in lines]
    assert bars[0] == 24
    assert bars == sorted(bars, reverse=True)
    assert all(line.endswith("%") for line in lines)
    assert "none of the 11 known ones (<unk>)" in last
    assert "read as <unk>: are, in" in done.stderr


def test_next_as_json_is_what_the_language_model_says(encoder: str) -> None:
    found = answer("next", "The film is", "--encoder", encoder, "--count", "3")
    said = LanguageModel.load(encoder).next_words("The film is", count=3)
    assert [(word["word"], pytest.approx(word["probability"])) for word in found["words"]] == said.words
    assert found["unk_probability"] == pytest.approx(said.unknown)
    assert (found["text"], found["not_known"]) == ("The film is", [])


def test_generate_goes_on_with_the_prompt_as_it_was_typed(encoder: str) -> None:
    found = answer("generate", "The FILM  is ", "--encoder", encoder, "--words", "12", "--seed", "3")
    assert found["text"].startswith("The FILM  is")
    assert len(found["words"]) == 12
    assert (found["seed"], found["temperature"], found["top_k"], found["top_p"]) == (3, 0.8, 0, 0.95)
    shown = gatewise("generate", "The FILM  is ", "--encoder", encoder, "--words", "12", "--seed", "3").stdout
    assert shown == found["text"] + "\n"


def test_generate_writes_without_randomness_at_temperature_zero(encoder: str) -> None:
    texts = {
        gatewise("generate", "the film", "--encoder", encoder, "--temperature", "0", "--seed", seed).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_generate_shows_each_word_when_it_is_written(encoder: str) -> None:
    command = [sys.executable, "-m", "gatewise", "generate", "the", "--encoder", encoder, "--words", "1000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # A million words would take minutes: these have come before the end. Then the reader goes, as head does.
        assert len(process.stdout.read(40)) == 40
        process.stdout.close()
        process.wait(60)
        assert process.stderr.read() == b""


def test_neither_loads_torch(encoder: str) -> None:
    code = (
        "import sys; from gatewise.cli.main import build\n"
        f"build({{verb!r}})([{{verb!r}}, 'the film', '--encoder', {encoder!r}], standalone_mode=False)\n"
        "print('torch' in sys.modules)"
    )
    for verb in ("next", "generate"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(verb=verb)], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("next", "the", "--encoder", "no/such/folder"), 1, "there is no such folder"),
        (("next", "the", "--encoder", "imdb"), 1, "this is a classifier, wanted an encoder"),
        (("next", "  ", "--encoder", "{encoder}"), 2, "there is no word in the text"),
        (("generate", "", "--encoder", "{encoder}"), 2, "there is no word in the text"),
        (("generate", "the", "--encoder", "{encoder}", "--words", "0"), 2, "words=0"),
        (("generate", "the", "--encoder", "{encoder}", "--temperature", "-1"), 2, "temperature=-1.0"),
        (("generate", "the", "--encoder", "{encoder}", "--temperature", "nan"), 2, "temperature=nan"),
        (("generate", "the", "--encoder", "{encoder}", "--top-p", "0"), 2, "top_p=0.0"),
        (("generate", "the", "--encoder", "{encoder}", "--top-k", "-1"), 2, "top_k=-1"),
        (("generate", "the", "--encoder", "{encoder}", "--seed", "-1"), 2, "seed=-1"),
        (("predict", "a film", "--model", "{encoder}"), 1, "this is an encoder, wanted a classifier"),
    ],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(
    arguments: tuple[str, ...], code: int, message: str, encoder: str
) -> None:
    done = gatewise(*(part.replace("{encoder}", encoder) for part in arguments))
    assert (done.returncode, done.stdout.strip()) == (code, "")
    assert message in done.stderr


def test_an_encoder_that_reads_backwards_only_says_so(tmp_path: Path) -> None:
    write_encoder(tmp_path, make_encoder(directions="backward"), "card")
    for verb in ("next", "generate"):
        done = gatewise(verb, "the film", "--encoder", str(tmp_path))
        assert done.returncode == 1
        assert "this encoder has no forward reader: it reads backward" in done.stderr
        assert "gatewise pretrain" in done.stderr


def test_inspect_shows_layers_and_figures_of_an_encoder(encoder: str) -> None:
    shown = gatewise("inspect", encoder).stdout
    assert "LSTM 6, language models: forward and backward" in shown
    assert "backward.projection.weight" in shown
    assert "forward on held-out texts: perplexity 61.25\n" in shown
    found = answer("inspect", encoder)
    one = 12 * 4 + 24 * 4 + 24 * 6 + 24 + 4 * 6 + 4 + 12
    assert found["parameters"] == 2 * one
    assert found["config"]["format"] == "gatewise-encoder"
    assert found["bytes"] > 4 * 2 * one


@pytest.mark.parametrize(
    ("share", "shown"), [(0.0, ""), (1.0, "█" * 24), (0.5, "█" * 12), (1 / 192, "▏"), (25 / 192, "███▏")]
)
def test_a_bar_is_as_long_as_its_share(share: float, shown: str) -> None:
    assert bar(share) == shown.ljust(24)


@pytest.mark.parametrize(
    ("pieces", "width", "text"),
    [
        (["the", " film", "."], 0, "the film."),
        (["the", " film", "."], 8, "the film."),
        (["the", " film", "."], 7, "the\nfilm."),
        (["one\ntwo", " three"], 9, "one\ntwo three"),
        (["incomprehensibilities", " a"], 10, "incomprehensibilities\na"),
    ],
)
def test_a_line_ends_between_words(pieces: list[str], width: int, text: str) -> None:
    assert "".join(wrapped(pieces, width)) == text
