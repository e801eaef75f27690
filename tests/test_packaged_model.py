"""The model that comes with the package: small, carded, causal, right on plain cases."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gatewise import load
from gatewise.store.folder import read_model
from gatewise.store.locate import find_model

LARGEST = 8_000_000
RESULTS = Path(__file__).parent.parent / "benchmarks" / "results"


def test_is_small_and_complete():
    folder = find_model("imdb")
    names = {file.name for file in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "baseline.safetensors", "metrics.json"} <= names
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LARGEST


def test_is_a_student_blended_with_its_rival_and_better_than_it_on_test():
    metrics = read_model(find_model("imdb")).metrics
    assert metrics["training"]["teachers"]
    assert metrics["test"]["accuracy_low"] > metrics["test"]["baseline_accuracy"]


def test_card_tells_recipe_seed_and_figures():
    folder = find_model("imdb")
    card, metrics = (folder / "README.md").read_text(encoding="utf-8"), read_model(folder).metrics
    assert card.startswith("---\n")
    assert "pipeline_tag: text-classification" in card
    for told in ("Recipe", "seed", "learning_rate", f"{metrics['test']['accuracy']:.4g}"[:6]):
        assert told in card
    assert metrics["training"]["source"] == "imdb:train"


def test_classes_and_probabilities_are_as_others_rely_on():
    classifier = load("imdb")
    assert classifier.classes_ == ["neg", "pos"]
    assert classifier.predict_proba(["fine", "dull"]).shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("An excellent film: beautifully acted, moving and funny.", "pos"),
        ("One of the best things I have seen in years. Highly recommended!", "pos"),
        ("Awful. The worst script ever, terrible acting, a complete waste of time.", "neg"),
        ("Boring and predictable; I could not wait for it to end.", "neg"),
    ],
)
def test_plain_reviews_are_read_rightly(text, label):
    assert load("imdb").predict([text]) == [label]


def test_can_stream_and_ends_at_the_batch_answer():
    classifier, text = load("imdb"), "Not bad at all :-) I expected to hate it, but it's 8/10 for me."
    *_, (_, last) = classifier.stream(text)
    np.testing.assert_allclose(last, classifier.predict_proba([text])[0], rtol=0, atol=1e-6)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_default_recipe_from_scratch_is_as_good_as_when_it_was_measured(real_data, tmp_path, monkeypatch):
    import torch

    from gatewise.data.imdb import import_imdb
    from gatewise.data.names import load_named
    from gatewise.train.fit import fit
    from gatewise.train.recipe import Recipe

    if not (real_data / "imdb").is_dir():
        pytest.skip("no IMDB reviews in the real data")
    monkeypatch.setenv("GATEWISE_CACHE", str(tmp_path / "cache"))
    import_imdb(real_data / "imdb")
    measured = json.loads((RESULTS / "imdb_accuracy.json").read_text(encoding="utf-8"))["runs"][0]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = fit(load_named("imdb:train"), Recipe(seed=measured["seed"]), rival=False)
    finally:
        torch.set_num_threads(threads)
    # On the development split, so that the test split is not read for it.
    was, now = measured["development_accuracy"], model.metrics["development"]["accuracy"]
    assert abs(now - was) <= 0.004
