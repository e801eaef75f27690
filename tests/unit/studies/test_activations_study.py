"""The study of activations: its checks hold, and it says what the misprints are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gatewise.errors import ParameterError
from gatewise.ops.activations import ACTIVATIONS, relu
from gatewise.studies.activations import activations, checked


@pytest.fixture(scope="module")
def report():
    return activations()


def test_slopes_agree_with_differences_and_torch(report):
    for name, errors in report.numbers["check"].items():
        # The difference's own error at d = 1e-5: rounding 8 x 2e-16 / 2e-5, and d²/6 times a third derivative below 2.
        assert errors["central_differences"] < 2e-10, name
        for against in ("torch_value", "torch_slope"):
            # Values reach 8, where a unit in the last place is 2e-15.
            assert errors[against] is None or errors[against] < 4e-15, name


def test_a_wrong_slope_would_be_seen():
    wrong = dataclasses.replace(ACTIVATIONS["sigmoid"], derivative=relu)
    assert checked(wrong, np.array([-1.0, 2.0]))["central_differences"] > 0.1


def test_largest_slopes(report):
    slopes = report.numbers["largest_slope"]
    assert slopes["sigmoid"] == 0.25
    assert slopes["tanh"] == slopes["relu"] == slopes["linear"] == 1
    assert slopes["threshold"] == 0


def test_the_misprinted_sigmoid_is_the_one_of_minus_z(report):
    printed = report.numbers["printed_sigmoid"]
    assert printed["distance_to_sigmoid_of_minus_z"] < 1e-15
    assert printed["distance_to_sigmoid"] > 0.9
    assert printed["slope_at_zero"] == -0.25


def test_verdicts(report):
    said = [finding.verdict for finding in report.findings]
    assert said == ["false", "true", "false", "true", "partly", "true"]


def test_the_same_seed_gives_the_same_report_and_another_one_another(report):
    assert activations() == report
    assert activations(seed=1).numbers["check"] != report.numbers["check"]


def test_no_points_are_refused():
    with pytest.raises(ParameterError, match="points=0"):
        activations(points=0)
