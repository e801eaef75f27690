"""The expected value against the label: by SciPy-free sums of its own, for ordinal models only, in all reports."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from evaluate_fakes import FakePredictor, invented, noisy_logits
from rich.console import Console

from gatewise.evaluate.evaluation import evaluate
from gatewise.evaluate.html import html_report
from gatewise.evaluate.terminal import show
from gatewise.metrics.calibration import probabilities_from_logits

STARS = (1, 3, 4, 10)


def judged(*, ordinal=True, name="stars.csv", count=300):
    examples, truth = invented(count, len(STARS), with_stars=False)
    examples.labels = [STARS[index] for index in truth]
    predictor = FakePredictor(noisy_logits(truth, 4, 1.0, 1), noisy_logits(truth, 4, 0.5, 2), STARS, temperature=1.5)
    predictor.config = replace(predictor.config, network=replace(predictor.config.network, ordinal=ordinal))
    return evaluate(predictor, examples, name=name), predictor, np.array(examples.labels, dtype=float)


def test_model_and_rival_are_measured_by_their_expected_values():
    result, predictor, labels = judged()
    ours = probabilities_from_logits(predictor._logits, 1.5) @ STARS
    theirs = probabilities_from_logits(predictor._rival) @ STARS
    scores = result["order"]
    assert scores["mean_absolute_error"]["value"] == pytest.approx(np.abs(ours - labels).mean())
    assert scores["mean_absolute_error"]["rival"] == pytest.approx(np.abs(theirs - labels).mean())
    assert scores["pearson_label"]["value"] == pytest.approx(np.corrcoef(ours, labels)[0, 1])
    assert scores["deviation_mean"]["value"] == pytest.approx(np.abs(ours - labels).mean() / 9)
    assert scores["deviation_sd"]["value"] == pytest.approx(np.abs(ours - labels).std() / 9)
    low, high = scores["pearson_label"]["difference_interval"]
    assert low < scores["pearson_label"]["difference"] < high


def test_numbers_as_labels_are_no_order_unless_the_model_has_one():
    result, _, _ = judged(ordinal=False)
    assert result["order"] is None
    assert "Expected value" not in html_report(result)


def test_the_imdb_test_split_adds_the_fixed_documents_beside_the_published_figures():
    assert judged()[0]["published_subset"] is None
    subset = judged(name="imdb:test")[0]["published_subset"]
    assert subset["n"] == 300
    assert subset["published"]["pearson_label"] == 0.882
    assert set(subset["published"]) <= set(subset["scores"])
    assert "scale from 0" in subset["note"]


@pytest.mark.parametrize("name", ["stars.csv", "imdb:test"])
def test_both_reports_show_it_once(name):
    result, _, _ = judged(name=name)
    out = io.StringIO()
    show(result, Console(file=out, width=80))
    shown = f"{result['order']['mean_absolute_error']['value']:.3f}"
    for text in (out.getvalue(), html_report(result)):
        assert text.count("Expected value and label") == 1
        assert shown in text
        assert ("fixed test documents" in text) == (name == "imdb:test")
    assert max(map(len, out.getvalue().splitlines())) <= 80
