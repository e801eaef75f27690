"""The README does not lie: its Python runs, its commands and options exist, every verb is in it."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from gatewise.cli.main import VERBS
from gatewise.cli.study import STUDIES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = "\n".join(re.findall(r"```(?:sh|console)\n(.*?)```", README, re.DOTALL))
COMMANDS = re.findall(r"gatewise (\w+)([^\n|#]*)", SHELL)


@cache
def help_of(verb: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", *verb.split(), "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"gatewise {verb} is no command"
    return done.stdout


@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python_runs(block, tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize(("verb", "rest"), COMMANDS, ids=[f"{verb}{n}" for n, (verb, _) in enumerate(COMMANDS)])
def test_commands_and_their_options_exist(verb, rest):
    text = help_of(verb)
    for option in re.findall(r"(--[a-z][a-z-]*)", rest):
        assert option in text or verb == "data", f"gatewise {verb} has no {option}"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_told(verb):
    assert f"gatewise {verb}" in README


def test_every_figure_stands_in_the_results():
    results = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    for figure in re.findall(r"\b\d\d\.\d\d(?: ?%| ±)", README):
        assert figure.split()[0].rstrip("%±") in results, figure


@pytest.mark.parametrize(
    "verb", [*VERBS, "data imdb", "data check", "data split", *(f"study {name}" for name in STUDIES)]
)
def test_command_reference_has_every_option_that_help_has(verb):
    # Options and not the page itself: releases of typer lay the same help out differently.
    sections = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8").split("## gatewise ")
    section = next(part for part in sections if part.splitlines()[0] == verb)
    told, shown = (set(re.findall(r"--[a-z][a-z-]*", text)) for text in (section, help_of(verb)))
    assert told == shown, "run: python scripts/cli_reference.py"


def test_every_entry_of_a_recipe_is_told_with_its_default():
    from dataclasses import fields

    from gatewise.train.recipe import Recipe

    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    told = {}
    for row in rows:
        names, defaults, _ = (cell.strip() for cell in row.strip("|").split("|", 2))
        told |= dict(zip(re.findall(r"`(\w+)`", names), defaults.split(), strict=True))
    assert told == {entry.name: str(entry.default) or '""' for entry in fields(Recipe)}
