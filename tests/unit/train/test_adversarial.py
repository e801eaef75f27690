"""Terms of texts that are moved: where to, by how much, with which noise; gradients against float64 differences."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch

from gatewise.models.classifier import Classifier, Dropouts
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged
from gatewise.train.adversarial import MovedTexts, Reading, divergence, entropy, log_odds
from gatewise.train.batch import Encoded
from gatewise.train.distillation import mean_of_taught
from gatewise.train.objective import classes_of, cross_entropy, log_probabilities
from gatewise.train.terms import Terms

TEXTS = [[1, 4, 2, 7], [3], [], [5, 6, 1, 1, 8, 2]]
NOISY = Dropouts(word=0.2, embedding=0.2, input=0.3, hidden=0.3, weight=0.3, output=0.3)
ALL = Terms(adversarial=0.7, virtual=1.3, entropy=0.4)


def made(classes: int = 2, dropouts: Dropouts | None = None, **shape: object) -> Classifier:
    """A small network in float64, its generator seeded. Of words that are dropped, a maximum would have no slope."""
    sizes = {"vocabulary_size": 9, "classes": classes, "embedding_size": 3, "hidden_size": 4, "pooling": "mean"} | shape
    # Wide word vectors, so that the answers differ between texts.
    network = Classifier(NetworkConfig(**sizes), dropouts, embedding_range=2.0, seed=3).double()
    network.train().noise.manual_seed(5)
    return network


def ragged(texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    batch = Ragged.from_lists(texts)
    return torch.from_numpy(batch.ids.astype(np.int64)), torch.from_numpy(batch.offsets)


def norms_by_text(rows: torch.Tensor, offsets: torch.Tensor) -> list[float]:
    return [float(rows[a:b].norm()) for a, b in pairwise(offsets)]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("network", ["lstm", "gru", "qrnn", "grid_lstm", "peephole_lstm", "mlp"])
def test_a_text_is_moved_down_the_slope_of_its_class_by_the_length_promised(network, classes):
    reading = Reading(made(classes, NOISY, network=network), *ragged(TEXTS))
    targets = torch.tensor([0, 1, 1, classes - 1])
    moved = reading.against(reading.logits(), targets, 0.25)
    length = 0.25 * float(reading.vectors.detach().square().sum(1).mean().sqrt())
    np.testing.assert_allclose(norms_by_text(moved, reading.offsets), [length, length, 0, length], rtol=1e-12)

    slope, step = torch.zeros_like(moved), 1e-6
    for place in np.ndindex(*moved.shape):
        there = torch.zeros_like(moved)
        there[place] = step
        both = [cross_entropy(reading.logits(way * there), targets).sum().item() for way in (1, -1)]
        slope[place] = (both[0] - both[1]) / (2 * step)
    for a, b in pairwise(reading.offsets):
        one, other = moved[a:b].flatten(), slope[a:b].flatten()
        if len(one):
            # Differences of 1e-6 leave an error of about 1e-9 of the loss.
            assert torch.dot(one, other) / (one.norm() * other.norm()) == pytest.approx(1, abs=1e-6)


def test_the_loss_rises_more_than_in_random_directions():
    reading, targets = Reading(made(3), *ragged(TEXTS)), torch.tensor([2, 0, 1, 1])
    moved = reading.against(reading.logits(), targets, 0.05)
    risen = cross_entropy(reading.logits(moved), targets)
    for seed in range(50):
        other = torch.randn(moved.shape, generator=torch.Generator().manual_seed(seed), dtype=moved.dtype)
        for a, b in pairwise(reading.offsets):
            other[a:b] *= moved[a:b].norm() / max(float(other[a:b].norm()), 1e-9)
        elsewhere = cross_entropy(reading.logits(other), targets)
        assert bool((risen >= elsewhere)[[0, 1, 3]].all())


@pytest.mark.parametrize("shape", [{}, {"softmax": True}])
def test_for_two_classes_it_is_the_direction_power_iteration_finds(shape):
    reading = Reading(made(**shape), *ragged(TEXTS))
    logits = reading.logits()
    moved = reading.against(logits, classes_of(logits.detach()), 1.0)
    said = logits.detach()
    way = torch.randn(moved.shape, generator=torch.Generator().manual_seed(1), dtype=moved.dtype)
    # One step of power iteration from noise (Miyato et al. 2018, equation 12), so small that it is exact to 1e-4.
    shift = (1e-5 * way).requires_grad_()
    (found,) = torch.autograd.grad(divergence(said, reading.logits(shift)).sum(), shift)
    for a, b in pairwise(reading.offsets):
        if a < b:
            one, other = moved[a:b].flatten(), found[a:b].flatten()
            assert abs(torch.dot(one, other) / (one.norm() * other.norm())) == pytest.approx(1, abs=1e-3)


def test_for_three_classes_the_divergence_is_near_the_largest_there_is():
    reading = Reading(made(3), *ragged([[1, 4, 2, 7]]))
    logits = reading.logits()
    said = logits.detach()
    moved = reading.against(logits, classes_of(said), 0.02)
    slopes = torch.stack(
        [torch.autograd.grad(logits[0, k], reading.vectors, retain_graph=True)[0].flatten() for k in range(3)]
    )
    p = said.softmax(1)[0]
    largest = torch.linalg.eigvalsh(slopes.T @ (torch.diag(p) - p[:, None] * p) @ slopes)[-1]
    reached = divergence(said, reading.logits(moved)).item()
    # Equation 9 there: half the eigenvalue by the square of the length; the first guess is not the eigenvector itself.
    assert reached > 0.8 * 0.5 * float(largest) * float(moved.norm()) ** 2


@pytest.mark.parametrize("network", ["lstm", "gru", "qrnn", "grid_lstm", "mlp"])
@pytest.mark.parametrize("classes", [2, 3])
def test_both_readings_have_the_same_noise(network, classes):
    reading = Reading(made(classes, NOISY, network=network, layers=2), *ragged(TEXTS))
    first, second = reading.logits(), reading.logits(torch.zeros_like(reading.vectors))
    assert torch.equal(first, second)
    assert divergence(first.detach(), second).abs().max() == 0
    other = Reading(reading.network, *ragged(TEXTS))
    assert not torch.equal(first, other.logits())


def test_finding_the_direction_leaves_no_gradient_and_does_not_change_the_later_ones():
    network, texts = made(2, NOISY), ragged(TEXTS)
    gradients = []
    for looks in (False, True):
        network.noise.manual_seed(5)
        network.zero_grad(set_to_none=True)
        reading = Reading(network, *texts)
        logits = reading.logits()
        if looks:
            reading.against(logits, torch.tensor([0, 1, 0, 1]), 1.0)
            assert all(parameter.grad is None for parameter in network.parameters())
        logits.sum().backward()
        reading.finish()
        gradients.append({name: parameter.grad.clone() for name, parameter in network.named_parameters()})
    for name, gradient in gradients[0].items():
        assert torch.equal(gradient, gradients[1][name]), name


@torch.no_grad()
def expected_loss(network: Classifier, labelled, unlabelled, terms: Terms, held: list[tuple]) -> float:
    """Equations (3) and (4) written out, with the perturbations and first answers in `held`."""
    network.noise.manual_seed(5)
    ids, offsets, targets = labelled
    total = 0.0
    count = len(offsets) - 1 + len(unlabelled[1]) - 1
    for (p_logits, moved), (i, o, t) in zip(held, [(ids, offsets, targets), (*unlabelled, None)], strict=True):
        reading = Reading(network, i, o)
        clean, there = reading.logits(), reading.logits(moved)
        p = log_probabilities(p_logits).exp()
        kl = (p * (p.log() - log_probabilities(there))).sum(1)
        own = log_probabilities(clean)
        total += float((terms.virtual * kl - terms.entropy * (own.exp() * own).sum(1)).sum()) / count
        if t is not None:
            total += float(cross_entropy(clean, t).mean() + terms.adversarial * cross_entropy(there, t).mean())
    return total


@pytest.mark.parametrize(("classes", "network"), [(2, "lstm"), (3, "lstm"), (3, "gru")])
def test_gradients_are_those_of_the_objective_with_the_perturbation_held(classes, network):
    net = made(classes, NOISY, network=network)
    labelled = (*ragged(TEXTS), torch.tensor([0, 1, 1, classes - 1]))
    more = Ragged.from_lists([[2, 2, 5], [8, 1]])
    unlabelled = ragged([[2, 2, 5], [8, 1]])
    held = []
    for ids, offsets, targets in (labelled, (*unlabelled, None)):
        reading = Reading(net, ids, offsets)
        logits = reading.logits()
        classes_ = classes_of(logits.detach()) if targets is None else targets
        held.append((logits.detach(), reading.against(logits, classes_, 0.3)))
    net.noise.manual_seed(5)
    MovedTexts(net, ALL, 0.3).learn(Encoded(Ragged.from_lists(TEXTS), labelled[2].numpy()), more)
    assert_gradients_are_of(net, lambda: expected_loss(net, labelled, unlabelled, ALL, held))


def assert_gradients_are_of(network: Classifier, loss: Callable[[], float]) -> None:
    """Compare some gradients of every parameter with differences of the loss."""
    rng, step = np.random.default_rng(0), 1e-6
    for name, parameter in network.named_parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for place in rng.choice(len(flat), min(4, len(flat)), replace=False).tolist():
            before, found = float(flat[place]), []
            for way in (step, -step):
                flat[place] = before + way
                found.append(loss())
            flat[place] = before
            assert float(gradient[place]) == pytest.approx((found[0] - found[1]) / (2 * step), rel=1e-5, abs=1e-8), name


@pytest.mark.parametrize("classes", [2, 3])
def test_with_teachers_every_text_learns_what_they_say_as_it_is_and_moved(classes):
    network, texts = made(classes, NOISY), ragged(TEXTS)
    targets = torch.tensor([0, -1, 1, -1])
    scores = np.random.default_rng(1).normal(size=(4, classes)).astype(np.float32)
    liked = torch.tensor([0, int(scores[1].argmax()), 1, int(scores[3].argmax())])
    reading = Reading(network, *texts)
    said = reading.logits()
    moved, said = reading.against(said, liked, 0.3), said.detach()

    def loss(logits: torch.Tensor, targets: torch.Tensor, scores: np.ndarray) -> torch.Tensor:
        return mean_of_taught(logits, targets, torch.from_numpy(scores).double(), weight=0.6, temperature=2.0)

    @torch.no_grad()
    def expected() -> float:
        network.noise.manual_seed(5)
        again = Reading(network, *texts)
        clean, there = again.logits(), again.logits(moved)
        total = loss(clean, targets, scores) + ALL.adversarial * loss(there, targets, scores)
        return float(total + ALL.virtual * divergence(said, there).mean() + ALL.entropy * entropy(clean).mean())

    network.noise.manual_seed(5)
    learnt = MovedTexts(network, ALL, 0.3, loss).learn(Encoded(Ragged.from_lists(TEXTS), targets.numpy(), scores), None)
    assert learnt[1].item() == pytest.approx(loss(said, targets, scores).item(), rel=1e-12)
    assert_gradients_are_of(network, expected)


@pytest.mark.parametrize("terms", [Terms(virtual=1.0), Terms(entropy=1.0), Terms(adversarial=1.0), ALL])
def test_what_is_kept_frozen_gets_no_gradient_and_learns_again(terms):
    network = made(2, NOISY)
    network.embedding.weight.requires_grad_(False)
    labelled = Encoded(Ragged.from_lists(TEXTS), np.array([0, 1, 1, 0]))
    MovedTexts(network, terms, 0.3).learn(labelled, Ragged.from_lists([[2, 5]]))
    assert network.embedding.weight.grad is None
    assert all(p.grad is not None and p.requires_grad for n, p in network.named_parameters() if n != "embedding.weight")


def test_each_of_two_readers_learns_as_it_would_alone():
    labelled = Encoded(Ragged.from_lists(TEXTS), np.array([0, 1, 1, 0]))
    more = Ragged.from_lists([[2, 5], [7, 3, 3]])
    both, alone = made(reads="both"), made()
    MovedTexts(both, ALL, 0.3).learn(labelled, more)
    MovedTexts(alone, ALL, 0.3).learn(labelled, more)
    for name, parameter in alone.named_parameters():
        assert torch.equal(parameter.grad, both.get_parameter(name).grad), name
        assert both.get_parameter(f"backward.{name}").grad is not None


def test_a_sure_network_still_has_a_direction():
    sure = torch.tensor([[60.0]], requires_grad=True)
    assert torch.autograd.grad(cross_entropy(sure, torch.tensor([1])).sum(), sure)[0].item() == pytest.approx(0)
    assert torch.autograd.grad(log_odds(sure, torch.tensor([1])).sum(), sure)[0].item() == 1
    three = torch.tensor([[90.0, 0.0, -3.0]], requires_grad=True)
    slope = torch.autograd.grad(log_odds(three, torch.tensor([0])).sum(), three)[0]
    np.testing.assert_allclose(slope[0], [1, -0.952574, -0.047426], atol=1e-6)


def test_entropy_and_its_gradient():
    logits = torch.tensor([[0.3, -1.0, 0.5]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(entropy, (logits,))
    assert torch.autograd.gradcheck(entropy, (logits[:, :1].detach().requires_grad_(),))
    assert entropy(torch.zeros(1, 4)).item() == pytest.approx(np.log(4))
