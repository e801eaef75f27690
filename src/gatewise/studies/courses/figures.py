"""Checks of published figures against each other and against what is possible."""

from __future__ import annotations

import math

import numpy as np

from gatewise.metrics.agreement import agreement, spearman
from gatewise.studies.courses.item import Shown
from gatewise.studies.courses.models import random_labels

# G, eight epochs: accuracy in per cent and loss, in training and in the test.
TRAIN = (75.25, 85.78, 89.56, 92.84, 95.50, 97.45, 98.72, 99.25)
TEST = (82.03, 84.34, 85.02, 85.07, 85.40, 84.77, 84.50, 84.55)
TRAIN_LOSS = (0.010, 0.007, 0.005, 0.004, 0.002, 0.002, 0.001, 0.000)
TEST_LOSS = (0.008, 0.007, 0.008, 0.007, 0.009, 0.012, 0.016, 0.020)
# Murthy et al. (2020), as G quotes them, ten epochs.
MURTHY = (56.14, 75.91, 88.13, 93.44, 96.16, 97.67, 98.59, 99.11, 99.36, 99.56)
# Of K (first training epoch) and A (test): accuracy and loss.
OTHERS = {"K": (74.03, 0.5065), "A": (85.904, 0.34331)}
# S, 4,500 documents: correlations of predicted with actual sentiments, mean and deviation of their distance.
PEARSON, SPEARMAN, DISTANCE, SPREAD = 0.882, 0.886, 0.133, 0.147
DOCUMENTS = 4_500


def training_accuracy() -> Shown:
    """99.56 % is a training accuracy."""
    fresh = random_labels()
    to_training = max(abs(own - other) for own, other in zip(TRAIN[5:], MURTHY[5:8], strict=True))
    to_test = min(other - max(TEST) for other in MURTHY[5:])
    gap = TRAIN[-1] - TEST[-1]
    return Shown(
        to_training < 0.5 and to_test > 12 and 0.35 < fresh < 0.65,
        f"epochs 6 to 8 lie within {to_training:.2f} points of G's own training accuracy, and from epoch 6 on all are "
        f"{to_test:.2f} or more above its best test; at epoch 8 G's own two are {gap:.2f} apart. A network that learns "
        "200 random labels by heart (training accuracy 100 %) is as good as chance on fresh texts",
    )


def best_of_eight() -> Shown:
    """85.40 % is the best of eight tests."""
    best = max(TEST)
    return Shown(
        TEST.index(best) == 4,
        f"85.40 % is the test accuracy of epoch {TEST.index(best) + 1} of 8; after the last it is {TEST[-1]:.2f} %, "
        f"{best - TEST[-1]:.2f} points less",
    )


def impossible_losses() -> Shown:
    """A wrong answer costs at least log 2."""
    ratios = [
        _least(accuracy) / (loss + 0.0005)  # Printed with three decimals: it may be so much larger.
        for accuracies, losses in ((TRAIN, TRAIN_LOSS), (TEST, TEST_LOSS))
        for accuracy, loss in zip(accuracies, losses, strict=True)
    ]
    others = [loss > _least(accuracy) for accuracy, loss in OTHERS.values()]
    return Shown(
        min(ratios) > 1 and all(others),
        f"of two classes a wrong answer costs at least log 2 = {math.log(2):.3f}; with {TRAIN[0]} % right the mean is "
        f"at least {_least(TRAIN[0]):.3f}, not {TRAIN_LOSS[0]:.3f}. All 16 printed losses are below their bound, by "
        f"factors of {min(ratios):.0f} to {max(ratios):.0f}; those of K and A are above theirs",
    )


def _least(accuracy: float) -> float:
    """The smallest mean cross entropy of two classes with that accuracy in per cent."""
    return (1 - accuracy / 100) * math.log(2)


def impossible_correlation() -> Shown:
    """What Spearman and the distances can be if the actual sentiments are 0 or 1."""
    scores = np.arange(DOCUMENTS) / DOCUMENTS
    highest = max(spearman(scores, scores >= share) or 0.0 for share in np.linspace(0.05, 0.95, 91))
    least = 0.25 * (1 - PEARSON**2)
    told = DISTANCE**2 + SPREAD**2
    linear, ranked = _on_stars()
    return Shown(
        highest < SPEARMAN and told < least and highest < ranked,
        f"of predictions that all differ no order gives Spearman above {highest:.3f} against 0 and 1 (printed: "
        f"{SPEARMAN}); with Pearson {PEARSON} and as many 0 as 1 the mean squared distance is at least {least:.4f}, "
        f"printed are {DISTANCE}² + {SPREAD}² = {told:.4f}. Random "
        f"predictions at such distances from eight equally frequent grades have Pearson {linear:.2f} and Spearman "
        f"{ranked:.2f}",
    )


def _on_stars() -> tuple[float, float]:
    """Pearson and Spearman of stars with predictions whose distances have the printed mean and deviation."""
    draw = np.random.default_rng(0)
    stars = (draw.choice([1, 2, 3, 4, 7, 8, 9, 10], DOCUMENTS) - 1) / 9
    distances = draw.gamma((DISTANCE / SPREAD) ** 2, SPREAD**2 / DISTANCE, DOCUMENTS)
    found = agreement(stars + distances * draw.choice([-1, 1], DOCUMENTS), stars)
    return found.pearson or 0.0, found.spearman or 0.0


def batches() -> Shown:
    """25,000 reviews in batches of 64."""
    steps = math.ceil(25_000 / 64)
    return Shown(
        steps == 391,
        f"25,000 / 64 = {25_000 / 64:.1f}: {steps} steps an epoch, the last one of {25_000 - 64 * (steps - 1)} reviews",
    )
