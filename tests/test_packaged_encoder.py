"""The encoder that comes with the package: small, a language model of film reviews, with an opinion of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from gatewise.runtime.language_model import LanguageModel
from gatewise.runtime.leaning import leaning
from gatewise.store.locate import find_encoder
from gatewise.train.recipe import Recipe

LARGEST = 8_000_000
REVIEWS = Path(__file__).parent.parent / "examples" / "reviews.csv"


def test_is_small_and_carded():
    folder = find_encoder()
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST
    assert "perplexity" in (folder / "README.md").read_text(encoding="utf-8")


def test_goes_on_with_a_judgement_where_one_belongs():
    model = LanguageModel.load()
    likeliest = {word for word, _ in model.next_words("The acting was", count=8).words}
    assert {"good", "great", "terrible"} <= likeliest


def test_leans_to_praise_behind_praise_and_to_blame_behind_blame():
    good = [
        "I loved every minute of it",
        "A moving, funny and beautifully acted film",
        "Go and see it, I was enchanted",
    ]
    bad = ["A complete waste of time", "I walked out after an hour", "Badly written, badly acted, dull to the end"]
    lean = leaning(LanguageModel.load(), good + bad, after=". overall , a", towards=["great"], against=["terrible"])
    assert lean[:3].min() > lean[3:].max()


def test_tells_the_example_reviews_apart_without_a_label():
    # 500 reviews of places and things, not of films: chance would give 50 %, within 7 points in all but one case of a
    # thousand.
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    after = Recipe.load("reviews").after
    lean = leaning(
        LanguageModel.load(), [row["text"] for row in rows], after=after, towards=["great"], against=["terrible"]
    )
    truth = np.array([row["label"] == "pos" for row in rows])
    assert ((lean > np.median(lean)) == truth).mean() > 0.57
