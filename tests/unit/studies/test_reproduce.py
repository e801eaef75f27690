"""The published settings have the published sizes, their recipes say what the sources say, and verdicts are fair."""

from __future__ import annotations

import dataclasses
import json

import pytest
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.data.examples import Examples
from gatewise.errors import ParameterError, TrainingError
from gatewise.models.classifier import Classifier
from gatewise.store.config import NetworkConfig
from gatewise.studies.report import write_report
from gatewise.studies.reproduce import CATALOGUE, reproduce
from gatewise.studies.reproduce.parts import frequent_words, halves, make_parts
from gatewise.studies.reproduce.published import PUBLISHED
from gatewise.studies.reproduce.running import Workshop, trained_parameters
from gatewise.studies.reproduce.summary import judge, summary
from gatewise.studies.reproduce.tables import epoch_tables, last_epoch_table
from gatewise.studies.reproduce.trained import report
from gatewise.train.progress import QuietReporter
from gatewise.train.recipe import Recipe
from gatewise.train.transfer import SHAPE

RECIPES = {recipe: name for name, one in PUBLISHED.items() for recipe in one.recipes.values()}


def network(name: str) -> Classifier:
    recipe = Recipe.load(name)
    shape = {entry: getattr(recipe, entry) for entry in SHAPE}
    return Classifier(NetworkConfig(recipe.max_words, 2, **shape), one_hot=recipe.one_hot)


@pytest.mark.parametrize(("name", "parts"), [("a", (75_000, 1_040, 11)), ("b", (160_000, 53_200, 101))])
def test_parameters_are_those_published(name, parts):
    model = network(f"reproduce-{name}")
    counts = [sum(p.numel() for p in part.parameters()) for part in (model.embedding, model.encoder, model.head)]
    assert tuple(counts) == parts
    assert sum(counts) == PUBLISHED[name].parameters


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("a", {"max_words": 5000, "max_tokens": 300, "epochs": 5, "batch_texts": 128, "dev_share": 0.2}),
        ("b", {"max_words": 5000, "max_tokens": 600, "epochs": 10, "batch_texts": 64, "dev_share": 0.0}),
        ("c-lstm", {"tokenizer": "keras", "epochs": 3, "layers": 1, "bidirectional": False}),
        ("c-bilstm", {"tokenizer": "keras", "epochs": 2, "layers": 2, "bidirectional": True}),
        ("c-onehot-ids", {"tokenizer": "hashed", "epochs": 15, "one_hot": False}),
        ("c-onehot-input", {"tokenizer": "hashed", "epochs": 15, "one_hot": True}),
        ("d-last", {"embedding_size": 100, "epochs": 8, "softmax": True, "supervision": "text"}),
        ("d-every", {"embedding_size": 100, "epochs": 8, "softmax": True, "supervision": "every-word"}),
        ("murthy", {"hidden_size": 128, "epochs": 10}),
    ],
)
def test_recipe_says_what_the_source_says(name, stated):
    recipe = Recipe.load(f"reproduce-{name}")
    assert {entry: getattr(recipe, entry) for entry in stated} == stated


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_is_plain_and_has_as_many_epochs_as_are_published(name):
    recipe = Recipe.load(name)
    assert (recipe.network, recipe.optimizer, recipe.learning_rate) == ("lstm", "adam", 1e-3)
    assert (recipe.selection, recipe.ema, recipe.clip, recipe.patience) == ("last", 0, 0, 0)
    assert not any(value for entry, value in recipe.to_json().items() if entry.endswith("_dropout"))
    assert (recipe.dev_share == 0.2) == (PUBLISHED[RECIPES[name]].split == "films" or name == "reproduce-a")
    for curve in dataclasses.astuple(PUBLISHED[RECIPES[name]].curves):
        assert len(curve) in (0, 1, recipe.epochs)


def test_parameters_of_one_hot_input_leave_out_the_identity():
    from types import SimpleNamespace

    net = network("reproduce-c-onehot-input")
    stored = SimpleNamespace(tensors=net.to_arrays(), metrics={"recipe": {"one_hot": True}})
    recipe = Recipe.load("reproduce-c-onehot-input")
    H, V = recipe.hidden_size, recipe.max_words
    assert trained_parameters(stored) == V * 4 * H + 4 * H * H + 4 * H + H + 1


def runs(*scores, train=0.99, best=None, epochs=2):
    first = {"dev_accuracy": best or 0.5, "train_accuracy": 0.6, "train_loss": 0.6, "dev_loss": 0.7}
    return [
        {
            "seed": seed,
            "accuracy": score,
            "loss": 0.3,
            "train_accuracy": train,
            "train_loss": 0.1,
            "parameters": 76_051,
            "held_out_texts": 5000,
            "epochs": [first] * (epochs - 1)
            + [{"dev_accuracy": score, "train_accuracy": train, "train_loss": 0.1, "dev_loss": 0.3}],
        }
        for seed, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("scores", "verdict"), [((0.856, 0.853, 0.854), "reached"), ((0.853, 0.855, 0.853), "not reached")]
)
def test_verdict_allows_half_a_point_below_the_published_mean(scores, verdict):
    judgement = judge(PUBLISHED["a"], runs(*scores))
    assert judgement.verdict == verdict
    assert "published 85.90%" in judgement.reason


@pytest.mark.parametrize(
    ("last", "best", "verdict"), [(0.85, 0.86, "reached"), (0.83, 0.86, "not reached"), (0.845, 0.847, "not reached")]
)
def test_where_a_best_epoch_is_published_both_must_be_reached(last, best, verdict):
    judgement = judge(PUBLISHED["d-last"], runs(last, best=best))
    assert judgement.verdict == verdict
    assert f"{best:.2%}" in judgement.reason


def test_a_training_accuracy_is_compared_with_a_training_accuracy():
    assert judge(PUBLISHED["murthy"], runs(0.80, train=0.994)).verdict == "reached"
    worse = judge(PUBLISHED["murthy"], runs(0.999, train=0.95))
    assert worse.verdict == "not reached"
    assert "held-out texts the same networks have 99.90%" in worse.reason


def test_table_of_epochs_has_published_beside_measured():
    published = PUBLISHED["d-last"]
    accuracies, losses = epoch_tables(published, "", summary(published, runs(0.85, 0.86, epochs=8)))
    assert accuracies.columns == ("epoch", "training, published", "training", "other half, published", "other half")
    assert len(accuracies.rows) == 8
    assert accuracies.rows[7] == ("8", "99.25 %", "99.00 ± 0.00 %", "84.55 %", "85.50 ± 0.71 %")
    # G's printed loss of .010 times the 50 of its batches.
    assert losses.rows[0][1] == "0.5000"


def test_table_of_the_last_epoch_tells_what_is_not_stated():
    published = PUBLISHED["a"]
    table = last_epoch_table(published, {"": summary(published, runs(0.85))})
    assert table.rows[0] == ("parameters", "76,051", "76,051")
    assert table.rows[1] == ("accuracy, test", "85.90 %", "85.00 %")
    assert table.rows[2][1] == "–"


@pytest.mark.parametrize("name", PUBLISHED)
def test_report_is_a_page_with_curves_and_a_verdict_for_each_variant(name, tmp_path):
    published = PUBLISHED[name]
    recipes = {variant: Recipe.load(recipe) for variant, recipe in published.recipes.items()}
    canned = {variant: summary(published, runs(0.8, 0.9, epochs=recipe.epochs)) for variant, recipe in recipes.items()}
    made = report(name, published, recipes, canned)
    assert len(made.findings) == len(recipes)
    write_report(made, tmp_path)
    assert "published" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "accuracy.svg").exists()


def test_runs_without_held_out_texts_have_a_report_too():
    published = PUBLISHED["b"]
    some = runs(0.86, 0.87, epochs=10)
    for run in some:
        run["epochs"] = [epoch | {"dev_accuracy": None, "dev_loss": None} for epoch in run["epochs"]]
    made = report("b", published, {"": Recipe.load("reproduce-b")}, {"": summary(published, some)})
    assert made.tables[1].columns == ("epoch", "training, published", "training")


EXAMPLES = Examples(
    [f"{word} film number {number}" for number in range(20) for word in ("good", "bad")],
    ["pos", "neg"] * 20,
    source="small",
)


def test_halves_are_disjoint_balanced_and_another_for_each_seed():
    one, other = halves(EXAMPLES, seed=0)
    assert sorted(one.texts + other.texts) == sorted(EXAMPLES.texts)
    assert one.labels.count("pos") == other.labels.count("pos") == 10
    assert halves(EXAMPLES, seed=1)[0].texts != one.texts
    assert halves(EXAMPLES, seed=0)[0].texts == one.texts


def test_rare_words_punctuation_and_markup_are_dropped():
    tokenizer = frequent_words(["A good, good film.<br /><br />", "a film!"], least=2, most=9)
    assert tokenizer.words("good") == ["good"]
    assert tokenizer.encode("A <br />GOOD dull film").words == ["<start>", "a", "good", "film"]
    assert frequent_words(["a a b b b c"], least=2, most=1).encode("a b c").words == ["<start>", "b"]


def test_words_of_the_held_out_half_are_not_counted():
    recipe = Recipe.load("reproduce-d-last").with_options(min_count=1)
    parts = make_parts(EXAMPLES, recipe, "half")
    held_out_only = set(" ".join(parts.held_out.texts).split()) - set(" ".join(parts.train.texts).split())
    assert held_out_only
    assert parts.tokenizer.encode(" ".join(sorted(held_out_only))).words == ["<start>"]


def small_workshop(tmp_path, seeds=(0,)) -> Workshop:
    workshop = Workshop("small", tmp_path, QuietReporter(), seeds)
    workshop.reviews = EXAMPLES
    return workshop


def small_recipe(**options) -> Recipe:
    return Recipe.load("reproduce-d-last").with_options(
        embedding_size=4, hidden_size=3, epochs=2, min_count=1, batch_texts=8, **options
    )


def test_what_is_trained_is_not_trained_again(tmp_path):
    workshop = small_workshop(tmp_path, (0, 1))
    first = workshop.runs("", small_recipe(), "half")
    written = (tmp_path / "seed-1" / "model.safetensors").stat().st_mtime_ns
    assert workshop.runs("", small_recipe(), "half") == first
    assert (tmp_path / "seed-1" / "model.safetensors").stat().st_mtime_ns == written
    assert [run["held_out_texts"] for run in first] == [20, 20]
    assert [len(run["epochs"]) for run in first] == [2, 2]


def test_a_model_of_another_recipe_is_not_taken_for_it(tmp_path):
    workshop = small_workshop(tmp_path)
    workshop.runs("", small_recipe(), "half")
    with pytest.raises(TrainingError, match="softmax was True, is False"):
        workshop.runs("", small_recipe(softmax=False), "half")


def test_an_unknown_experiment_is_named(tmp_path):
    with pytest.raises(ParameterError, match="'z'"):
        reproduce("z", tmp_path, QuietReporter())


def test_every_published_table_is_in_the_catalogue():
    assert set(CATALOGUE) == {*PUBLISHED, "correlation", "overfitting", "qrnn"}
    assert {"a", "b", "c-lstm", "c-bilstm", "c-onehot", "d-last", "d-every", "murthy"} == set(PUBLISHED)
    assert CATALOGUE["a"].figure == "test accuracy 85.90 %"


def test_list_names_every_experiment_with_its_figure_and_cost():
    answer = CliRunner().invoke(build("reproduce"), ["reproduce", "--list", "--json"])
    listed = {row["name"]: row for row in json.loads(answer.stdout)}
    assert set(listed) == set(CATALOGUE)
    assert listed["d-every"]["published"] == "test accuracy 84.55 %, best epoch 85.40 %"
    assert all(row["minutes"] > 0 for row in listed.values())


def test_without_a_name_the_command_says_how_to_find_one():
    answer = CliRunner().invoke(build("reproduce"), ["reproduce"])
    assert isinstance(answer.exception, ParameterError)
    assert "--list" in str(answer.exception.hint)
