"""The numbers of an evaluation against scikit-learn and SciPy, and its behaviour at the edges."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from evaluate_fakes import FakePredictor, history, invented, noisy_logits
from scipy import stats
from sklearn import metrics as reference

from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.errors import DataError
from gatewise.evaluate.evaluation import evaluate, label_indices
from gatewise.evaluate.subset import published_subset
from gatewise.evaluate.worst import shorten
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.store.config import TextConfig

TIGHT = 1e-9  # both sides compute in float64; only the order of sums differs


def two_classes(count=300, **options):
    examples, truth = invented(count)
    logits, rival = noisy_logits(truth, 2, 1.0, 1), noisy_logits(truth, 2, 1.3, 2)
    return examples, truth, logits, rival, FakePredictor(logits, rival, ("neg", "pos"), **options)


def test_two_class_scores_equal_scikit_learn_for_model_and_rival():
    examples, truth, logits, rival, predictor = two_classes(temperature=1.7)
    result = evaluate(predictor, examples, name="file.csv")
    for given, key in ((logits / 1.7, "value"), (rival, "rival")):
        p = 1 / (1 + np.exp(-given[:, 0]))
        answer = (p > 0.5).astype(int)
        scores = {name: score[key] for name, score in result["scores"].items()}
        assert result["accuracy"][key] == pytest.approx(reference.accuracy_score(truth, answer), abs=TIGHT)
        assert scores["macro_f1"] == pytest.approx(reference.f1_score(truth, answer, average="macro"), abs=TIGHT)
        assert scores["roc_auc"] == pytest.approx(reference.roc_auc_score(truth, p), abs=TIGHT)
        assert scores["log_loss"] == pytest.approx(reference.log_loss(truth, p), abs=TIGHT)
        assert scores["brier"] == pytest.approx(reference.brier_score_loss(truth, p), abs=TIGHT)
    for score in result["scores"].values():
        assert score["difference"] == pytest.approx(score["value"] - score["rival"], abs=TIGHT)
        assert score["difference_interval"][0] < score["difference"] < score["difference_interval"][1]


def test_multi_class_scores_equal_scikit_learn():
    examples, truth = invented(400, 4)
    logits = noisy_logits(truth, 4, 1.5, 3)
    names = [f"class {index}" for index in range(4)]
    result = evaluate(FakePredictor(logits, None, names), examples, name="file.csv")
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    answer = p.argmax(axis=1)
    precision, recall, f1, support = reference.precision_recall_fscore_support(truth, answer)
    rows = result["per_class"]["classes"]
    assert [row["label"] for row in rows] == names
    assert [row["precision"] for row in rows] == pytest.approx(precision, abs=TIGHT)
    assert [row["recall"] for row in rows] == pytest.approx(recall, abs=TIGHT)
    assert [row["f1"] for row in rows] == pytest.approx(f1, abs=TIGHT)
    assert [row["support"] for row in rows] == support.tolist()
    assert result["confusion"] == reference.confusion_matrix(truth, answer).tolist()
    auc = reference.roc_auc_score(truth, p, multi_class="ovr", average="macro")
    assert result["scores"]["roc_auc"]["value"] == pytest.approx(auc, abs=TIGHT)
    assert result["correlations"] is None
    assert result["accuracy"]["rival"] is None


def test_correlations_equal_scipy_and_leave_unknown_stars_out():
    examples, truth, logits, _, predictor = two_classes()
    assert examples.stars is not None
    examples.stars[::7] = np.nan
    found = evaluate(predictor, examples, name="file.csv")["correlations"]
    score = 1 / (1 + np.exp(-logits[:, 0]))
    known = ~np.isnan(examples.stars)
    expected = {
        "pearson_label": stats.pearsonr(score, truth)[0],
        "spearman_label": stats.spearmanr(score, truth)[0],
        "pearson_stars": stats.pearsonr(score[known], examples.stars[known])[0],
        "spearman_stars": stats.spearmanr(score[known], examples.stars[known])[0],
        "deviation_mean": np.abs(score - truth).mean(),
        "deviation_sd": np.abs(score - truth).std(),
    }
    assert {name: entry["value"] for name, entry in found.items()} == pytest.approx(expected, abs=TIGHT)


def test_calibration_shows_temperature_one_and_the_models_own():
    examples, truth, logits, _, predictor = two_classes(temperature=2.5)
    found = evaluate(predictor, examples, name="file.csv")["calibration"]
    assert found["temperature"] == 2.5
    for key, temperature in (("before", 1.0), ("after", 2.5)):
        p = 1 / (1 + np.exp(-logits[:, 0] / temperature))
        assert found[key]["log_loss"] == pytest.approx(reference.log_loss(truth, p), abs=TIGHT)
        assert sum(part["examples"] for part in found[key]["bins"]) == len(truth)
        gaps = [
            part["examples"] * abs(part["confidence"] - part["accuracy"])
            for part in found[key]["bins"]
            if part["examples"]
        ]
        assert found[key]["ece"] == pytest.approx(sum(gaps) / len(truth), abs=TIGHT)
    assert found["before"]["ece"] != pytest.approx(found["after"]["ece"], abs=1e-3)


def test_slices_cover_every_example_once_per_kind_and_weigh_up_to_the_accuracy():
    examples, _, _, _, predictor = two_classes()
    result = evaluate(predictor, examples, name="file.csv")
    for kind in ("length", "negation", "stars"):
        parts = [part for part in result["slices"] if part["kind"] == kind]
        assert len(parts) > 1
        assert sum(part["n"] for part in parts) == len(examples)
        for key in ("value", "rival"):
            assert sum(part["n"] * part[key] for part in parts) == pytest.approx(
                len(examples) * result["accuracy"][key]
            )


def test_training_rows_are_left_out_of_the_second_accuracy():
    examples, truth, logits, rival, _ = two_classes()
    seen = np.zeros(len(truth), dtype=bool)
    seen[:40] = True
    # A training row counts in any case and spacing.
    rows = text_keys([f"  {examples.texts[index].upper()} " for index in np.flatnonzero(seen)])
    predictor = FakePredictor(logits, rival, ("neg", "pos"), training_rows=np.unique(rows))
    found = evaluate(predictor, examples, name="file.csv")["training_overlap"]
    right = (logits[:, 0] > 0) == truth
    assert (found["n"], found["unseen_n"]) == (40, 260)
    assert found["unseen"]["value"] == pytest.approx(right[~seen].mean(), abs=TIGHT)
    assert found["unseen"]["value"] != pytest.approx(right.mean(), abs=1e-6)


def test_only_training_rows_leave_no_second_accuracy():
    examples, _, logits, rival, _ = two_classes(20)
    predictor = FakePredictor(logits, rival, ("neg", "pos"), training_rows=np.unique(text_keys(examples.texts)))
    assert evaluate(predictor, examples, name="file.csv")["training_overlap"] == {
        "n": 20,
        "unseen": None,
        "unseen_n": 0,
    }


def test_truncation_counts_what_is_not_read():
    examples = Examples(["one two three four five", "one two"], ["neg", "pos"])
    predictor = FakePredictor(np.array([[-1.0], [1.0]]), None, ("neg", "pos"), cut=TextConfig(3, "tail"))
    found = evaluate(predictor, examples, name="file.csv")["truncation"]
    assert found == {"texts_cut": 1, "texts": 2, "tokens_cut": 2, "tokens": 7, "max_tokens": 3, "kept": "tail"}


def test_worst_errors_come_worst_first_and_are_errors():
    examples, truth, logits, rival, predictor = two_classes()
    worst = evaluate(predictor, examples, name="file.csv", worst=12)["worst"]
    p = probabilities_from_logits(logits)
    rows = [error["row"] for error in worst]
    assert len(rows) == 12
    assert (p[rows].argmax(axis=1) != truth[rows]).all()
    given = p[rows, truth[rows]]
    wrong = np.flatnonzero(p.argmax(axis=1) != truth)
    assert given.tolist() == sorted(p[wrong, truth[wrong]].tolist())[:12]
    assert [error["rival_predicted"] for error in worst] == ["pos" if rival[row, 0] > 0 else "neg" for row in rows]


@pytest.mark.parametrize("name", ["imdb:train", "imdb", "test.csv"])
def test_published_figures_appear_for_the_imdb_test_split_alone(name):
    examples, _, _, _, predictor = two_classes(30)
    assert evaluate(predictor, examples, name=name)["published_subset"] is None
    shown = evaluate(predictor, examples, name="imdb:test")["published_subset"]
    assert shown["published"] == {
        "pearson_label": 0.882,
        "spearman_label": 0.886,
        "deviation_mean": 0.133,
        "deviation_sd": 0.147,
    }
    assert "not comparable" in shown["note"]


def test_published_subset_depends_on_the_ids_alone():
    ids = [f"test/pos/{index}_8" for index in range(9_000)]
    chosen = published_subset(ids)
    limit = sorted(hashlib.sha256(f"gatewise-4500:{name}".encode()).hexdigest() for name in ids)[4_499]
    expected = {name for name in ids if hashlib.sha256(f"gatewise-4500:{name}".encode()).hexdigest() <= limit}
    assert {ids[row] for row in chosen} == expected
    turned = published_subset(ids[::-1])
    assert {ids[::-1][row] for row in turned} == expected


def test_labels_the_model_does_not_know_are_named_with_counts():
    examples = Examples(["a", "b", "c", "d"], ["pos", "mixed", "mixed", "odd"], source="reviews.csv")
    predictor = FakePredictor(np.zeros((4, 1)), None, ("neg", "pos"))
    with pytest.raises(
        DataError, match=r"3 of 4 examples .* 'mixed' \(2×\), 'odd' \(1×\); its classes are 'neg', 'pos'"
    ):
        evaluate(predictor, examples, name="reviews.csv")


def test_labels_are_matched_exactly_first_and_by_spelling_second():
    assert label_indices([1, 2, 1], ["1", "2", "unsure"]).tolist() == [0, 1, 0]
    assert label_indices(["0", "1"], [0, 1]).tolist() == [0, 1]
    assert label_indices([1, "1"], ["1", 1]).tolist() == [1, 0]
    with pytest.raises(DataError):
        label_indices(["01"], [0, 1])


def test_data_without_examples_or_labels_is_refused():
    predictor = FakePredictor(np.zeros((0, 1)), None, ("neg", "pos"))
    with pytest.raises(DataError, match="no example"):
        evaluate(predictor, Examples([], []), name="empty.csv")
    with pytest.raises(DataError, match="imdb:unsup has no labels"):
        evaluate(predictor, Examples(["a"], []), name="imdb:unsup")


@pytest.mark.parametrize("logit", [0.0, 800.0, -800.0])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("rival", [True, False])
def test_undefined_scores_are_null_and_never_nan(logit, count, rival):
    examples = Examples(["a film"] * count, ["pos"] * count, stars=np.full(count, np.nan))
    logits = np.full((count, 1), logit)
    broken = [{"epoch": 1, "step": 1, "train_loss": float("nan"), "dev_loss": None, "dev_accuracy": float("inf")}]
    predictor = FakePredictor(logits, logits if rival else None, ("neg", "pos"), metrics={"history": broken})
    result = evaluate(predictor, examples, name="imdb:test")
    back = json.loads(json.dumps(result, allow_nan=False))
    assert back["scores"]["roc_auc"]["value"] is None
    assert back["correlations"]["pearson_stars"]["value"] is None
    assert back["training"]["history"][0]["train_loss"] is None


def test_the_result_is_the_same_every_time():
    examples, _, _, _, predictor = two_classes(metrics={"history": history(3), "seed": 4})
    first, second = (json.dumps(evaluate(predictor, examples, name="imdb:test")) for _ in range(2))
    assert first == second


def test_many_classes_leave_the_slow_intervals_out():
    examples, truth = invented(200, 25)
    names = [f"class {index}" for index in range(25)]
    predictor = FakePredictor(noisy_logits(truth, 25, 2, 1), noisy_logits(truth, 25, 2, 2), names)
    scores = evaluate(predictor, examples, name="file.csv")["scores"]
    assert scores["roc_auc"]["difference"] is not None
    assert scores["roc_auc"]["difference_interval"] is None
    assert scores["log_loss"]["difference_interval"] is not None


@pytest.mark.parametrize("length", [0, 1, 279, 280, 281, 600, 5_599, 5_600, 5_601, 1_000_000])
def test_shortened_texts_keep_to_the_limit(length):
    text = "".join(chr(ord("a") + index % 26) for index in range(length))
    short = shorten(text, 280)
    assert len(short) <= 280
    assert (short == text) == (length <= 280)
    assert short[:100] == text[:100]
    assert short[-50:] == text[-50:]


def test_shortened_texts_cannot_command_a_terminal():
    short = shorten("red \x1b[31m \x07 \x9b2J \u202eturned\ud800 line\nbreak\ttab", 280)
    assert not set(short) & set("\x1b\x07\x9b\u202e\ud800\n\t")
    assert short.endswith("line break tab")
