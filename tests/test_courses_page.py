"""Every entry of docs/courses.md has a check, the check holds, and the page has its numbers from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gatewise.studies.courses.items import CONFIRMED, ITEMS, OPEN, WRONG

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "courses.md").read_text(encoding="utf-8")
SECTIONS = {"Wrong": WRONG, "Left open": OPEN, "Confirmed": CONFIRMED}
# What has to be on the page whatever else is.
DEMANDED = {
    "sigmoid",
    "leaky-relu",
    "hyperparameters",
    "word2vec",
    "fixed-biases",
    "gradient-step",
    "swapped-returns",
    "characters",
    "gates",
    "lstm-parameters",
    "embedding-parameters",
    "all-parameters",
    "printed-chain",
    "training-accuracy",
}


def rows(section: str) -> list[list[str]]:
    text = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line[:3] == "| `"]


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*(?:e-?\d+)?", text))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_has_the_entries_that_have_checks_and_no_others(section):
    written = [row[:4] for row in rows(section)]
    assert written == [[f"`{item.name}`", item.source, item.says, item.right] for item in SECTIONS[section]]


def test_names_are_given_once_and_nothing_demanded_is_left_out():
    names = [item.name for item in ITEMS]
    assert len(set(names)) == len(names)
    assert set(names) >= DEMANDED


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
def test_the_check_holds_and_prints_the_numbers_of_the_page(item):
    found = item.check()
    assert found.holds, found.evidence
    assert type(found.holds) is bool
    (shown,) = (row[4] for section in SECTIONS for row in rows(section) if row[0] == f"`{item.name}`")
    assert shown
    assert numbers(shown) <= numbers(found.evidence)


def test_the_command_of_the_page_exists():
    from gatewise.cli.study import STUDIES

    assert "`gatewise study courses`" in PAGE
    assert {"courses", "bptt", "notations", "activations"} <= set(STUDIES)
