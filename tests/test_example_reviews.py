"""examples/reviews.csv is real, varied writing: enough of it, balanced, no templates, no near-duplicates."""

from __future__ import annotations

import csv
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parent.parent / "examples" / "reviews.csv"


@pytest.fixture(scope="module")
def reviews() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())


def grams(text: str, n: int) -> set[tuple[str, ...]]:
    tokens = words(text)
    return {tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)}


def test_there_are_enough_and_they_are_balanced(reviews):
    assert len(reviews) >= 400
    labels = Counter(review["label"] for review in reviews)
    assert set(labels) == {"pos", "neg"}
    assert 0.45 <= labels["pos"] / len(reviews) <= 0.55
    assert {review["topic"] for review in reviews} == {"film", "book", "gadget", "restaurant", "hotel"}


def test_stars_and_labels_agree(reviews):
    assert {review["stars"] for review in reviews} == set("12345")
    for review in reviews:
        if review["stars"] != "3":
            assert review["label"] == ("pos" if review["stars"] in "45" else "neg"), review["text"]


def test_lengths_run_from_5_to_200_words(reviews):
    lengths = sorted(len(review["text"].split()) for review in reviews)
    assert lengths[0] >= 5
    assert lengths[-1] <= 200
    assert lengths[len(lengths) // 10] <= 15
    assert lengths[-len(lengths) // 10] >= 90


def test_no_five_words_stand_in_more_than_three_reviews(reviews):
    counts = Counter(gram for review in reviews for gram in grams(review["text"], 5))
    assert max(counts.values()) <= 3


def test_no_two_reviews_are_nearly_the_same(reviews):
    shingles = [grams(review["text"], 3) for review in reviews]
    for one, other in combinations(shingles, 2):
        shared = len(one & other)
        # Jaccard similarity of three-word shingles; a copy with a few words changed has about 0.5.
        assert shared == 0 or shared / len(one | other) < 0.25


@pytest.mark.parametrize(
    ("feature", "pattern", "least"),
    [
        ("negation", r"\b(not|never|no|nothing|\w+n't)\b", 120),
        ("a turn", r"\b(but|however|although|though|yet)\b", 70),
        ("emoji or emoticon", r"[\U0001F300-\U0001FAFF☀-➿]|[:;]-?[()DP/]", 20),
        ("an accented letter", r"[à-ÿÀ-Þ]", 12),
        ("capitals for stress", r"\b[A-Z]{4,}\b", 12),
        ("a quotation", r'"[^"]+"', 20),
        ("a line break", r"\n", 10),
    ],
)
def test_the_writing_is_varied(reviews, feature, pattern, least):
    assert sum(bool(re.search(pattern, review["text"])) for review in reviews) >= least, feature
