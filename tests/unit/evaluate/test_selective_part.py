"""What an evaluation says of abstaining, against counts made by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from evaluate_fakes import FakePredictor, invented, noisy_logits

from gatewise.errors import ParameterError
from gatewise.evaluate.evaluation import evaluate


def judged(count=300, classes=3, *, rival=True, abstain=None):
    examples, truth = invented(count, classes)
    predictor = FakePredictor(
        noisy_logits(truth, classes, 1.5, 1),
        noisy_logits(truth, classes, 1.0, 2) if rival else None,
        [f"class {index}" for index in range(classes)],
    )
    return evaluate(predictor, examples, name="file.csv", abstain=abstain), predictor, truth


def answers(logits, truth):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares.max(axis=1), shares.argmax(axis=1) == truth


def test_points_of_both_are_the_counts_at_their_thresholds():
    result, predictor, truth = judged()
    found = result["selective"]
    sure = {"model": answers(predictor._logits, truth), "rival": answers(predictor._rival, truth)}
    for row in found["at_coverage"] + found["at_risk"]:
        for who, (confidence, right) in sure.items():
            point = row[who]
            kept = confidence >= point["threshold"] - 1e-12
            assert point["answered"] == kept.sum()
            assert point["errors"] == (~right[kept]).sum()
    assert [row["model"]["coverage"] for row in found["at_coverage"]] == pytest.approx([1, 0.9, 0.8, 0.5], abs=0.01)
    assert all(row["model"]["risk"] <= row["wanted"] for row in found["at_risk"])
    full = found["at_coverage"][0]
    assert 1 - full["model"]["risk"] == pytest.approx(result["accuracy"]["value"])
    assert 1 - full["rival"]["risk"] == pytest.approx(result["accuracy"]["rival"])
    json.dumps(result, allow_nan=False)


def test_the_area_is_the_mean_error_over_ever_lower_thresholds():
    result, predictor, truth = judged()
    confidence, right = answers(predictor._logits, truth)
    wrong = ~right[np.argsort(-confidence)]
    score = result["selective"]["scores"]["aurc"]
    assert score["value"] == pytest.approx((np.cumsum(wrong) / np.arange(1, 301)).mean(), rel=1e-9)
    assert score["difference"] == pytest.approx(score["value"] - score["rival"])
    assert score["difference_interval"][0] < score["difference"] < score["difference_interval"][1]


def test_a_band_splits_the_accuracy_into_what_is_answered_and_what_is_not():
    result, predictor, truth = judged(abstain=0.7)
    band, (confidence, right) = result["selective"]["band"], answers(predictor._logits, truth)
    assert band["answered"] == (confidence >= 0.7).sum()
    assert band["answered_accuracy"]["value"] == pytest.approx(right[confidence >= 0.7].mean())
    assert band["abstained_accuracy"]["value"] == pytest.approx(right[confidence < 0.7].mean())
    _, rival_right = answers(predictor._rival, truth)
    assert band["answered_accuracy"]["rival"] == pytest.approx(rival_right[confidence >= 0.7].mean())


def test_a_band_that_holds_all_or_nothing_leaves_the_other_side_undefined():
    assert judged(abstain=0.0)[0]["selective"]["band"]["abstained_accuracy"] is None
    assert judged(abstain=1.0)[0]["selective"]["band"]["answered_accuracy"] is None


def test_without_a_rival_its_side_is_unknown_and_without_a_threshold_there_is_no_band():
    found = judged(rival=False)[0]["selective"]
    assert found["band"] is found["curve"]["rival"] is found["at_risk"][0]["rival"] is None
    assert found["scores"]["aurc"]["rival"] is None


def test_a_threshold_that_is_no_probability_is_refused():
    with pytest.raises(ParameterError, match="abstain=2"):
        judged(abstain=2)
