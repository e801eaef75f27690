"""docs/explain.md does not lie: its numbers are those of the command, its Python runs, it names every option."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatewise.cli.main import build

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "explain.md").read_text(encoding="utf-8")
SENTENCE = "The plot drags, but the ending is superb."
LINE = re.compile(r"^ +([+−]?\d\.\d{3})  (.+?)(?:;  (.*))?$", re.MULTILINE)


def run(*arguments: str) -> str:
    return CliRunner().invoke(build("explain"), ["explain", *arguments], catch_exceptions=False).stdout


def numbers(text: str) -> dict[str, float]:
    return {name: float(number.replace("−", "-")) for number, name, _ in LINE.findall(text)}


def test_the_sums_on_the_page_are_those_of_the_command():
    told = numbers(PAGE)
    assert SENTENCE in PAGE
    assert len(told) == 11
    found = numbers(run(SENTENCE, "--phrase", "is superb"))
    # Kernels differ in the last bits of float32, which can turn a third decimal.
    assert {name: found[name] for name in told} == pytest.approx(told, abs=0.0021)


def test_its_python_runs(capsys):
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "explain.md", "exec"), {})
    assert "superb superb" in capsys.readouterr().out


def test_it_tells_every_option():
    options = set(re.findall(r"--[a-z]+", run("--help"))) - {"--help"}
    assert options <= set(re.findall(r"--[a-z]+", PAGE))
