"""The study of errata: verdicts follow the checks, and the checks can fail."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from gatewise.studies import courses as module
from gatewise.studies.courses import courses, equations, figures, models
from gatewise.studies.courses.item import Shown


@pytest.fixture(scope="module")
def report():
    return courses()


def test_verdicts_are_those_of_the_kinds(report):
    wanted = {"wrong": "false", "open": "unclear", "confirmed": "true"}
    assert [finding.verdict for finding in report.findings] == [wanted[item.kind] for item in module.ITEMS]


def test_the_same_report_each_time_and_the_generator_of_the_process_left_alone(report):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    assert courses() == report
    assert torch.equal(torch.get_rng_state(), before)


def test_a_check_that_fails_is_told_and_gives_no_verdict(monkeypatch):
    broken = dataclasses.replace(module.ITEMS[0], check=lambda: Shown(False, "nothing"))
    monkeypatch.setattr(module, "ITEMS", (broken,))
    (finding,) = courses().findings
    assert finding.verdict == "unclear"
    assert finding.evidence == "The check fails: nothing."


@pytest.mark.parametrize(
    ("place", "name", "value", "check"),
    [
        (figures, "MURTHY", (*figures.TEST, 85.0, 85.0), figures.training_accuracy),
        (figures, "TRAIN_LOSS", (0.6,) * 8, figures.impossible_losses),
        (figures, "SPEARMAN", 0.8, figures.impossible_correlation),
        (figures, "TEST", (90.0, *figures.TEST[1:]), figures.best_of_eight),
        (equations, "sigmoid", lambda z: z, equations.sigmoid_sign),
        (figures, "random_labels", lambda: 0.9, figures.training_accuracy),
    ],
)
def test_other_figures_and_functions_would_fail_their_check(monkeypatch, place, name, value, check):
    monkeypatch.setattr(place, name, value)
    assert not check().holds


def test_random_labels_can_be_learnt_and_teach_nothing():
    # 200 fresh texts with labels of a fair coin: within four standard deviations, 0.035 each, of one half.
    assert abs(models.random_labels() - 0.5) < 0.15


def test_smallest_loss_of_an_accuracy():
    assert figures._least(100) == 0
    assert figures._least(50) == pytest.approx(0.3466, abs=1e-4)
