"""Whatever verb prints a text, no character of it reaches the terminal as a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatewise.store.encoder import write_encoder
from tiny_encoder import make_encoder

# A colour, a window's title, a cleared screen by the one-byte introducer, and a turned direction of writing.
HOSTILE = "red \x1b[31mfilm\x1b]0;title\x07 \x9b2Jgood\x9b \u202ebad x\x08y"
COMMANDS = set("\x1b\x07\x08\x9b\u202e\u2066\x7f")


def printed(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", *arguments],
        capture_output=True,
        timeout=120,
        check=False,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("verb", ["predict", "stream", "explain"])
def test_a_text_commands_no_terminal(verb: str) -> None:
    shown = printed(verb, HOSTILE)
    assert not COMMANDS & set(shown)
    assert "film" in shown


@pytest.mark.parametrize("verb", ["next", "generate"])
def test_a_beginning_commands_no_terminal(verb: str, tmp_path: Path) -> None:
    write_encoder(tmp_path / "e", make_encoder(1), "card")
    shown = printed(verb, HOSTILE, "--encoder", str(tmp_path / "e"))
    assert not COMMANDS & set(shown)


def test_a_text_of_a_file_commands_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text(f'text,label\n"{HOSTILE}",pos\n"a good film",pos\n"{HOSTILE} {HOSTILE}",neg\n', encoding="utf-8")
    for verb in (("predict", str(file)), ("evaluate", str(file)), ("data", "check", str(file))):
        assert not COMMANDS & set(printed(*verb)), verb
