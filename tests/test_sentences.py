"""examples/sentences.csv is what docs/sentences.md says: balanced, no repeats, pairs of opposites."""

from __future__ import annotations

import csv
import difflib
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
LEAST = {"negation": 80, "irony": 50, "emoji": 50, "shift": 40, "control": 40}
NEGATION = re.compile(
    r"\b(not|never|no|nobody|none|nothing|neither|nor|without|hardly|barely|scarcely|rarely|seldom|cannot|un\w+"
    r"|impossible|doubt|anything but|\w+n't)\b",
    re.IGNORECASE,
)
EMOJI = re.compile(r"[\U0001F300-\U0001FAFF☀-➿⭐]|[:;]['-]?[()DP/]|D:|<3")


def rows_of(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sentences() -> list[dict[str, str]]:
    return rows_of("sentences.csv")


@pytest.fixture(scope="module")
def pairs(sentences) -> list[tuple[dict[str, str], dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for row in sentences:
        if row["pair"]:
            found.setdefault(row["pair"], []).append(row)
    assert {len(members) for members in found.values()} == {2}
    return [(members[0], members[1]) for members in found.values()]


def plain(text: str) -> str:
    """Words alone; emoji stay, as they are all that tells some sentences apart."""
    return " ".join(re.findall(r"[^\s.,;!?\"]+", text.casefold()))


def test_every_slice_is_large_and_balanced(sentences):
    assert set(sentences[0]) == {"text", "label", "slice", "kind", "pair"}
    counts = Counter((row["slice"], row["label"]) for row in sentences)
    assert set(counts) == {(name, label) for name in LEAST for label in ("pos", "neg")}
    for name, least in LEAST.items():
        assert counts[name, "pos"] + counts[name, "neg"] >= least
        assert abs(counts[name, "pos"] - counts[name, "neg"]) <= 2


def test_no_sentence_occurs_twice_and_none_is_long(sentences):
    assert len({plain(row["text"]) for row in sentences}) == len(sentences)
    for row in sentences:
        assert 4 <= len(row["text"].split()) <= 30, row["text"]
        assert row["text"] == " ".join(row["text"].split())


def test_pairs_are_opposites_of_one_kind_that_differ_in_a_few_words(pairs):
    assert len(pairs) >= 100
    for one, other in pairs:
        assert {one["label"], other["label"]} == {"pos", "neg"}
        assert one["kind"] == other["kind"]
        assert one["pair"].rpartition("-")[0] == one["slice"] == other["slice"]
        if one["kind"] != "control":
            first, second = (row["text"].split() for row in (one, other))
            kept = sum(block.size for block in difflib.SequenceMatcher(None, first, second).get_matching_blocks())
            assert kept >= 0.4 * min(len(first), len(second)), (one["text"], other["text"])


def test_some_pairs_have_the_very_same_words(pairs):
    # A bag of single words cannot tell them apart, whatever it was trained on.
    same = [
        pair for pair in pairs if Counter(plain(pair[0]["text"]).split()) == Counter(plain(pair[1]["text"]).split())
    ]
    assert len(same) >= 15


def test_slices_hold_what_their_names_say(sentences, pairs):
    partners = {one["text"]: other["text"] for pair in pairs for one, other in (pair, pair[::-1])}
    for row in sentences:
        text = row["text"]
        if row["slice"] == "negation":
            assert NEGATION.search(text) or NEGATION.search(partners[text]), text
        assert bool(EMOJI.search(text)) == (row["slice"] == "emoji"), text
        if row["slice"] == "control":
            assert not re.search(r"\b(not|never|no|but|although|\w+n't)\b", text, re.IGNORECASE), text


def test_where_only_the_emoji_tells_all_words_are_the_same(pairs):
    decided = [pair for pair in pairs if pair[0]["kind"] == "decides"]
    assert decided
    for one, other in decided:
        assert re.findall(r"[a-z']{2,}", one["text"].lower()) == re.findall(r"[a-z']{2,}", other["text"].lower())


def test_no_sentence_stands_in_the_example_reviews(sentences):
    reviews = [f" {plain(row['text'])} " for row in rows_of("reviews.csv")]
    for row in sentences:
        assert not any(f" {plain(row['text'])} " in review for review in reviews), row["text"]


def test_the_page_tells_every_kind_with_its_number(sentences):
    page = (ROOT / "docs" / "sentences.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (\w+) \| ([\w ]+) \| (\d+) \|", page, re.MULTILINE)
    counts = Counter((row["slice"], row["kind"]) for row in sentences)
    assert {(name, kind): int(count) for name, kind, count in told} == counts
