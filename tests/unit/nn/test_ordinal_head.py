"""The head of ordered classes in torch: its twin's values, its gradients, where the classes lie at first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from gatewise.nn.ordinal import OrdinalHead
from gatewise.ops.ordinal import log_probabilities, thresholds


def head_of(steps: list[float], features: int = 3) -> OrdinalHead:
    head = OrdinalHead(features, len(steps) + 1).double()
    with torch.no_grad():
        head.steps.copy_(torch.tensor(steps, dtype=torch.float64))
        head.weight.copy_(torch.linspace(-1, 1, features, dtype=torch.float64)[None])
    return head


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=9), st.floats(-1e4, 1e4))
def test_it_gives_what_its_numpy_twin_gives(steps, score):
    head = head_of(steps)
    with torch.no_grad():
        found = head.of_score(torch.tensor([score], dtype=torch.float64)).numpy()
        np.testing.assert_allclose(head.thresholds().numpy(), thresholds(np.array(steps)), rtol=1e-8, atol=1e-9)
    # Torch takes softplus(x) as x above 20, which is 2e-9 off.
    np.testing.assert_allclose(found, log_probabilities(np.array([score]), np.array(steps)), rtol=1e-7, atol=1e-7)


def test_gradients_equal_differences_by_weights_steps_and_features():
    head, generator = head_of([0.05, -0.1, 0.2, 0.01]), torch.Generator().manual_seed(0)
    features = torch.randn(6, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([0, 1, 2, 3, 4, 4])

    def loss(weight: torch.Tensor, steps: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        logits = torch.func.functional_call(head, {"weight": weight, "steps": steps}, (rows,))
        return functional.cross_entropy(logits, targets, reduction="none")

    assert torch.autograd.gradcheck(loss, (head.weight, head.steps, features))


def test_cross_entropy_of_its_logits_is_the_log_likelihood_by_the_difference_of_sigmoids():
    head = head_of([0.05, -0.1, 0.2])
    score = torch.tensor([-1.0, 0.0, 2.5], dtype=torch.float64)
    ends = torch.cat([torch.tensor([-torch.inf]), head.thresholds(), torch.tensor([torch.inf])])
    for target in range(4):
        likelihood = torch.sigmoid(score - ends[target]) - torch.sigmoid(score - ends[target + 1])
        found = functional.cross_entropy(head.of_score(score), torch.full((3,), target), reduction="none")
        torch.testing.assert_close(found, -likelihood.log(), rtol=1e-10, atol=0)


def test_gradients_stay_finite_far_from_every_threshold():
    head = head_of([0.0, 0.1, 0.1])
    score = torch.tensor([-1e4, 1e4], dtype=torch.float64, requires_grad=True)
    functional.cross_entropy(head.of_score(score), torch.tensor([3, 0])).backward()
    # Each text pulls its score towards its class with full strength: half a unit each, of a mean of two.
    assert score.grad is not None
    assert score.grad.tolist() == pytest.approx([-0.5, 0.5])


def test_drawn_anew_all_classes_are_equally_likely_without_features():
    head = head_of([3.0, 2.0, 1.0])
    head.reset_parameters(torch.Generator().manual_seed(0))
    with torch.no_grad():
        np.testing.assert_allclose(head(torch.zeros(1, 3, dtype=torch.float64)).exp().numpy(), 0.25)
    assert head.weight.abs().min() > 0
