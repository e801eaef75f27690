"""Correlation, overfitting, speed: verdicts and tables from canned figures, and the clockwork of the measurement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gatewise.data.examples import Examples
from gatewise.studies.page import page
from gatewise.studies.report import Table, write_report
from gatewise.studies.reproduce import correlation, overfitting, qrnn
from gatewise.studies.reproduce.running import Workshop
from gatewise.studies.reproduce.speed import LAYERS, Shape, Timing, in_turns, layer_rates
from gatewise.train.progress import QuietReporter


def ladder(bare=(0.995, 0.845), repaired=(0.89, 0.86)):
    ends = {overfitting.NONE: bare, overfitting.ALL: repaired}
    found = {}
    for rung in overfitting.RUNGS:
        training, held_out = ends.get(rung, (0.95, 0.85))
        run = {"seed": 0, "training": training, "held_out": held_out, "gap": training - held_out, "held_out_loss": 0.4}
        found[rung] = [run] * (2 if rung in ends else 1)
    return found


@pytest.mark.parametrize(
    ("bare", "repaired", "verdicts"),
    [
        ((0.995, 0.845), (0.89, 0.86), ("reached", "reached")),
        ((0.980, 0.845), (0.89, 0.86), ("not reached", "reached")),
        ((0.995, 0.845), (0.91, 0.86), ("reached", "not reached")),
        ((0.995, 0.845), (0.86, 0.84), ("reached", "not reached")),
    ],
)
def test_a_narrow_gap_counts_only_at_equal_or_better_accuracy(bare, repaired, verdicts):
    report = overfitting.report(ladder(bare, repaired))
    assert tuple(finding.verdict for finding in report.findings) == verdicts


def test_every_rung_is_in_the_table_and_on_the_page(tmp_path):
    report = overfitting.report(ladder())
    assert [row[0] for row in report.tables[0].rows] == list(overfitting.RUNGS)
    assert report.tables[0].rows[0][1:5] == ("99.50 ± 0.00 %", "84.50 ± 0.00 %", "15.0", "2")
    write_report(report, tmp_path)
    assert (tmp_path / "gap.svg").exists()


def test_training_accuracy_is_measured_on_the_training_texts(tmp_path, monkeypatch):
    texts = [f"{word} film number {number}" for number in range(20) for word in ("good", "bad")]
    workshop = Workshop("overfitting", tmp_path, QuietReporter(), (0, 1))
    workshop.reviews = Examples(texts, ["pos", "neg"] * 20, source="small")
    small = {"embedding_size": 4, "hidden_size": 3, "min_count": 1, "batch_texts": 8}
    rungs = {
        overfitting.NONE: {"epochs": 1, **small},
        "stopped early": {"epochs": 2, **small},
        overfitting.ALL: {"epochs": 6, "learning_rate": 0.1, **small},
    }
    monkeypatch.setattr(overfitting, "RUNGS", rungs)
    report = overfitting.overfitting(workshop)
    found = report.numbers["ladder"]
    assert [len(found[rung]) for rung in rungs] == [2, 1, 2]
    assert found[overfitting.ALL][0]["training"] == 1.0
    assert (tmp_path / "stopped-early" / "seed-0" / "training.json").exists()


def test_no_score_without_ties_has_a_rank_correlation_of_one_with_two_classes():
    truth = np.repeat([0.0, 1.0], 2250)
    # √3/2 in the limit; with 4,500 documents it is nearer than 1e-7.
    assert correlation.largest_spearman(truth) == pytest.approx(np.sqrt(3) / 2, abs=1e-6)


def test_correlations_are_beside_the_published_ones_and_not_comparable(tmp_path):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300).astype(float)
    score = np.clip(truth * 0.6 + rng.uniform(0, 0.4, 300), 0, 1)
    figures = correlation._figures(score, truth)
    report = correlation.report([{"seed": 0, **figures}], figures, score, truth)
    assert report.findings[0].verdict == "not comparable"
    assert f"above {correlation.largest_spearman(truth):.3f}" in report.findings[0].evidence
    assert [row[:2] for row in report.tables[0].rows][:2] == [("Pearson", "0.882"), ("Spearman", "0.886")]
    write_report(report, tmp_path)


def test_sides_are_measured_in_turns():
    calls = []
    sides = {name: lambda name=name: calls.append(name) for name in ("one", "other")}
    found = in_turns(sides, Timing(rounds=3, seconds=0.0))
    assert calls == ["one", "other"] * 4
    assert all(seconds >= 0 for seconds in found.values())


@pytest.mark.parametrize("training", [False, True])
def test_all_layers_read_the_same_batch(training):
    rates = layer_rates(Shape(4, batch=2, length=3), Timing(rounds=1, seconds=0.0), training=training)
    assert tuple(rates) == LAYERS
    assert min(rates.values()) > 0


def canned_layers(ratio):
    rates = {name: 1000.0 * (ratio if name == qrnn.QRNN_2 else 1) for name in LAYERS}
    return {
        mode: [
            {"size": 320, "batch": 8, "length": length, "rates": rates, "times": {qrnn.QRNN_1: 1.0, qrnn.QRNN_2: ratio}}
            for length in (32, 128)
        ]
        for mode in qrnn.MODES
    }


def canned_classifiers(accuracy, lstms=(0.85, 0.84, 0.80)):
    means = dict(zip(("lstm-64", "lstm-32", "lstm-16"), lstms, strict=True))
    return {
        name: {
            "accuracy": {"mean": means.get(name, accuracy), "sd": 0.01},
            "parameters": 1000,
            "training_reviews_per_second": 100.0 * (place + 1),
            "inference_reviews_per_second": 200.0,
            "runs": [],
        }
        for place, name in enumerate(qrnn.CLASSIFIERS)
    }


@pytest.mark.parametrize(("ratio", "verdict"), [(17.0, "reached"), (3.0, "not reached")])
def test_sixteen_times_is_the_claim(ratio, verdict, tmp_path):
    report = qrnn.report(canned_layers(ratio), canned_layers(ratio), canned_classifiers(0.85), (0,))
    assert report.findings[0].verdict == verdict
    write_report(report, tmp_path)
    assert (tmp_path / "speed.svg").exists()


@pytest.mark.parametrize(
    ("accuracy", "rival", "is_equal"),
    [
        (0.80, "lstm-16", True),
        (0.804, "lstm-16", True),
        (0.806, "lstm-32", True),
        (0.85, "lstm-64", True),
        (0.86, "lstm-64", False),
    ],
)
def test_a_qrnns_rival_is_the_fastest_lstm_that_is_as_accurate(accuracy, rival, is_equal):
    layers = canned_layers(3.0)
    report = qrnn.report(layers, layers, canned_classifiers(accuracy), (0,))
    pair = report.numbers["equal_accuracy"][0]
    assert (pair["name"], pair["rival"], pair["is_equal"]) == ("qrnn-64", rival, is_equal)
    place = list(qrnn.CLASSIFIERS).index(rival) + 1
    assert pair["training"] == pytest.approx(4 / place)
    assert report.findings[1].verdict == "not reached"


def test_the_slower_of_two_equal_lstms_is_no_rival():
    layers = canned_layers(3.0)
    classifiers = canned_classifiers(0.80, lstms=(0.85, 0.80, 0.80))
    classifiers["lstm-16"]["training_reviews_per_second"] = 1.0
    assert qrnn.report(layers, layers, classifiers, (0,)).numbers["equal_accuracy"][0]["rival"] == "lstm-32"


def test_classifiers_are_trained_and_measured(tmp_path, monkeypatch):
    texts = [f"{word} film number {number}" for number in range(40) for word in ("good", "bad")]
    workshop = Workshop("qrnn", tmp_path, QuietReporter(), (0,))
    workshop.reviews = Examples(texts, ["pos", "neg"] * 40, source="small")
    monkeypatch.setattr(qrnn, "_BASE", qrnn._BASE.with_options(epochs=1, hidden_size=4, embedding_size=4, min_count=1))
    monkeypatch.setattr(qrnn, "CLASSIFIERS", {"lstm-64": {}, "qrnn-64": {"network": "qrnn"}})
    found = qrnn._classifiers(workshop, Timing(rounds=1, seconds=0.0))
    assert set(found) == {"lstm-64", "qrnn-64"}
    assert min(one["training_reviews_per_second"] for one in found.values()) > 0
    assert torch.get_num_threads() >= 1


def test_a_column_of_sentences_is_set_as_text_and_one_of_figures_is_not():
    columns, rows = ("share", "what it does"), (("99.57 ± 0.36 %", "40 % of the vocabulary is missing in a batch"),)
    report = qrnn.report(canned_layers(3.0), canned_layers(3.0), canned_classifiers(0.85), (0,))
    told = page(replace(report, tables=(Table("caption", columns, rows),)))
    assert '<th>share</th><th class="text">what it does</th>' in told
    assert '<td>99.57 ± 0.36 %</td><td class="text">40 %' in told
