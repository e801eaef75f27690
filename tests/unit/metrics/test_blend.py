"""The weight of a blend is found, and the blend is never worse than its parts where it was fitted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.metrics.blend import WEIGHTS, Blend, fit_blend
from gatewise.metrics.calibration import fit_temperature, probabilities_from_logits
from gatewise.metrics.scores import log_loss


def two_views(strengths, classes=2, count=4000, seed=0):
    """Logits of two models that see the truth through noise of their own, the more clearly the stronger."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, count)
    if classes == 2:
        views = [s * (2 * truth - 1.0) + random.normal(size=count) for s in strengths]
        return views[0][:, None], views[1], truth
    views = [s * np.eye(classes)[truth] + random.normal(size=(count, classes)) for s in strengths]
    return views[0], views[1], truth


def least_loss(logits, truth):
    return log_loss(truth, probabilities_from_logits(logits, fit_temperature(logits, truth)))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("factor", [0.1, 1.0, 30.0])
def test_the_weight_of_two_noisy_views_is_found(classes, factor):
    """Views of independent normal noise of equal size add up best as s1 z1 + s2 z2 (Bayes), whatever their scale."""
    strengths = (1.0, 0.6)
    network, rival, truth = two_views(strengths, classes)
    blend, _ = fit_blend(network, factor * rival, truth)
    ratio = blend.weight / (1 - blend.weight) * blend.network_scale / blend.rival_scale * factor
    # A step of the grid changes the ratio by a quarter here.
    assert ratio == pytest.approx(strengths[1] / strengths[0], rel=0.3)


@pytest.mark.parametrize("classes", [2, 5])
def test_the_loss_is_below_both_parts(classes):
    network, rival, truth = two_views((1.0, 0.8), classes)
    blend, temperature = fit_blend(network, rival, truth)
    loss = log_loss(truth, probabilities_from_logits(blend.logits(network, rival), temperature))
    assert loss < least_loss(network, truth) - 0.02
    assert loss < least_loss(rival, truth) - 0.02


@given(seed=st.integers(0, 2**31), count=st.integers(1, 30), classes=st.integers(2, 4), gain=st.floats(0, 50))
@settings(deadline=None, max_examples=60)
def test_the_loss_is_never_above_either_part(seed, count, classes, gain):
    network, rival, truth = two_views((gain, 0.3), classes, count, seed)
    blend, temperature = fit_blend(network, rival, truth)
    loss = log_loss(truth, probabilities_from_logits(blend.logits(network, rival), temperature))
    # 1e-9: the blend is computed from centred logits, which round otherwise.
    assert loss <= least_loss(network, truth) + 1e-9
    scaled = np.asarray(rival) * blend.network_scale / blend.rival_scale  # temperatures stop at 0.05 and 20
    assert loss <= least_loss(scaled, truth) + 1e-9


def test_a_rival_that_knows_nothing_has_no_weight_and_one_that_knows_all_has_all():
    network, rival, truth = two_views((1.0, 0.0))
    assert fit_blend(network, rival, truth)[0].weight <= 0.05
    rival, network, truth = two_views((2.0, 0.0))
    assert fit_blend(network, rival, truth)[0].weight >= 0.95


def test_of_equal_losses_the_smaller_weight_wins():
    network, _, truth = two_views((1.0, 1.0))
    assert fit_blend(network, 3 * network, truth)[0].weight == 0


@pytest.mark.parametrize("classes", [2, 3])
def test_the_ends_are_the_network_and_the_rival(classes):
    network, rival, _ = two_views((1.0, 0.5), classes, count=50)
    first, last = Blend(0.0, 2.0, 3.0), Blend(1.0, 2.0, 3.0)
    assert first.logits(network, rival).shape == network.shape
    answers = [probabilities_from_logits(logits) for logits in (first.logits(network, rival), network)]
    np.testing.assert_allclose(*answers, atol=1e-12)
    # A temperature of its network's spread over its own gives the rival's own probabilities.
    answers = [probabilities_from_logits(last.logits(network, rival), 2 / 3), probabilities_from_logits(rival)]
    np.testing.assert_allclose(*answers, atol=1e-12)


def test_two_outputs_are_one_logit():
    network, rival, truth = two_views((1.0, 0.5))
    two = np.hstack([5 - network, 5 + network]) / 2
    one, other = fit_blend(network, rival, truth), fit_blend(two, rival, truth)
    assert one[0].weight == other[0].weight
    assert one[1] == pytest.approx(other[1])
    mixed = one[0].logits(network, rival), other[0].logits(two, rival)
    assert (mixed[0].shape[1], mixed[1].shape[1]) == (1, 2)
    np.testing.assert_allclose(mixed[1][:, 1:] - mixed[1][:, :1], mixed[0], atol=1e-9)


def test_parts_that_always_say_the_same_are_survived():
    _, rival, truth = two_views((1.0, 1.0))
    constant = np.full((len(truth), 1), 0.7)
    blend, _ = fit_blend(constant, rival, truth)
    assert blend.network_scale == 1.0
    assert blend.weight > 0.5
    assert fit_blend(rival, constant, truth)[0].rival_scale == 1.0


@pytest.mark.parametrize("rival", [np.zeros(3), np.zeros((4, 3)), np.zeros((3, 3))])
def test_parts_that_do_not_match_are_refused(rival):
    with pytest.raises(ParameterError, match="do not make a blend"):
        fit_blend(np.zeros((4, 1)), rival, np.zeros(4, int))


def test_no_examples_are_refused():
    with pytest.raises(ParameterError, match="without examples"):
        fit_blend(np.zeros((0, 1)), np.zeros(0), np.zeros(0, int))


def test_the_grid_holds_both_ends_and_steps_of_a_twentieth():
    assert WEIGHTS[0] == 0
    assert WEIGHTS[-1] == 1
    np.testing.assert_allclose(np.diff(WEIGHTS), 0.05)
