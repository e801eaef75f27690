"""scripts/join_models.py puts a model that reads forwards and one that reads backwards into one: their mean."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from gatewise.data.examples import Examples
from gatewise.data.split import split_groups
from gatewise.errors import ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import StoredModel, read_model
from gatewise.train.fit import fit
from gatewise.train.recipe import Recipe
from our_scripts import load_script

RECIPE = Recipe(embedding_size=6, hidden_size=5, min_count=1, epochs=2, batch_texts=16, dev_share=0.4)


def examples() -> Examples:
    rng = np.random.default_rng(4)
    texts = [
        " ".join([*rng.choice(["a", "film", "of", "some", "kind"], 5), "good" if number % 2 else "bad"])
        for number in range(300)
    ]
    return Examples(texts, ["pos" if number % 2 else "neg" for number in range(300)], source="films.csv")


@pytest.fixture(scope="module")
def script():
    return load_script("join_models")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    for way in ("forward", "backward"):
        fit(examples(), RECIPE.with_options(reads=way), out=place / way)
    with open(place / "films.csv", "w", newline="", encoding="utf-8") as file:
        rows = zip(examples().texts, examples().labels, strict=True)
        csv.writer(file).writerows([("text", "label"), *rows])
    return place


def halves(folders) -> tuple[StoredModel, StoredModel]:
    return read_model(folders / "forward"), read_model(folders / "backward")


@pytest.mark.parametrize("blend", [False, True])
def test_it_gives_the_mean_of_both_and_is_judged_on_what_both_held_out(script, folders, tmp_path, blend, capsys):
    names = [str(folders / "forward"), str(folders / "backward"), str(tmp_path / "both")]
    script.main([*names, "--data", str(folders / "films.csv"), *(["--blend"] if blend else [])])
    both, texts = read_model(tmp_path / "both"), list(examples().texts)
    unblended = Predictor(replace(both, config=replace(both.config, blend=None)))
    forward, backward = (Predictor(model).logits(texts) for model in halves(folders))
    np.testing.assert_allclose(unblended.logits(texts), (forward + backward) / 2, rtol=1e-5, atol=1e-5)

    _, dev = split_groups(examples(), RECIPE.dev_share, RECIPE.seed)
    answers = Predictor(both).predict([texts[row] for row in dev])
    right = np.mean([answer == examples().labels[row] for answer, row in zip(answers, dev, strict=True)])
    found = both.metrics["development"]
    assert found["accuracy"] == right
    assert found["examples"] == len(dev)
    assert ("blend" in found) is blend is (both.config.blend is not None)
    assert f"{right:.1%}" in capsys.readouterr().out
    parts = both.metrics["joined_from"]
    assert both.metrics["training"]["seconds"] == sum(part["training"]["seconds"] for part in parts.values())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": "forward"}, "the backward model reads forward"),
        ({"reads": "backward", "seed": 1}, "tokenizer|different seeds"),
        ({"reads": "backward", "pooling": "mean"}, "differ in shape"),
        ({"reads": "backward", "max_words": 4}, "differ in their tokenizer"),
    ],
)
def test_what_does_not_fit_is_refused(script, folders, options, message):
    other = fit(examples(), RECIPE.with_options(**options))
    with pytest.raises(ParameterError, match=message):
        script.joined(halves(folders)[0], other)


def test_other_data_are_refused(script, folders):
    both = script.joined(*halves(folders))
    with pytest.raises(ParameterError, match="not those that were"):
        script.calibrated(both, examples().select(np.arange(100)), blend=False)
