"""Recurrent weights of large spectral radius: how fast gradients grow, and gradient descent from such starts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from gatewise.ops.checks import Floats
from gatewise.studies.gradients.models import Setup, start
from gatewise.studies.gradients.norms import decays
from gatewise.studies.gradients.plan import NAMES, Plan
from gatewise.studies.gradients.training import Course, Trained, largest, train

RADII = (0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 3.0, 5.0, 10.0)
CELLS_SHOWN = ("rnn_linear", "rnn_tanh", "rnn_relu", "lstm", "gru")
RATES = (0.03, 0.1, 0.3, 1.0)
DRAWN_RATE = 0.3
CLIP = 1.0
TRUNCATE = 10
PENALTY, STRONG_PENALTY = 0.01, 0.3
_ALL = ("none", "clipping", "penalty", "strong penalty", "truncation")
BEDS = {
    "rnn_tanh": (1.5, _ALL),
    "rnn_relu": (2.0, _ALL),
    "lstm": (5.0, ("none", "clipping")),
}
REMEDIES: dict[str, dict[str, Any]] = {
    "none": {},
    "clipping": {"clip": CLIP},
    "penalty": {"decay": PENALTY},
    "strong penalty": {"decay": STRONG_PENALTY},
    "truncation": {"truncate": TRUNCATE},
}


def by_radius(plan: Plan) -> dict[str, dict[str, Any]]:
    """By network and spectral radius of the recurrent blocks: the decay of h and, for the LSTM, of c; no curves."""
    result: dict[str, dict[str, Any]] = {}
    for cell in CELLS_SHOWN:
        setups = [Setup(f"{radius:g}", cell, radius=radius) for radius in RADII]
        found = decays(start(setups, plan.seeds), setups, plan.seeds, plan.lag)
        result[NAMES[cell]] = {
            radius: {letter: _scalars(one) for letter, one in letters.items()} for radius, letters in found.items()
        }
    return result


def _scalars(one: dict[str, Any] | None) -> dict[str, Any] | None:
    return one and {name: value for name, value in one.items() if not isinstance(value, list)}


def crossing(slopes: dict[str, dict[str, Any]]) -> float | None:
    """Radius at which the gradient of h neither falls nor grows, by a straight line between two measured ones."""
    known = [(float(radius), letters["h"]["slope"]) for radius, letters in slopes.items() if letters["h"]]
    for (low, falling), (high, growing) in pairwise(known):
        if falling < 0 <= growing:
            return float(low * (high / low) ** (falling / (falling - growing)))
    return None


def descents(plan: Plan) -> dict[str, Any]:
    """Gradient descent from exploding starts: by network and remedy, over all learning rates."""
    course = Course(plan.lags[1], max(plan.steps // 2, 1), optimizer="sgd")
    result: dict[str, Any] = {}
    for cell, (radius, remedies) in BEDS.items():
        setups = [
            replace(Setup(remedy, cell, radius=radius, learning_rate=rate), **REMEDIES[remedy])
            for remedy in remedies
            for rate in RATES
        ]
        trained = train(setups, plan.seeds, course)
        runs = len(RATES) * len(plan.seeds)
        rows = {remedy: _row(trained, slice(place * runs, (place + 1) * runs)) for place, remedy in enumerate(remedies)}
        drawn = RATES.index(DRAWN_RATE) * len(plan.seeds)
        curves = {
            remedy: _curve(trained.loss[:, place * runs + drawn :][:, : len(plan.seeds)])
            for place, remedy in enumerate(remedies)
            if remedy in ("none", "clipping")
        }
        result[NAMES[cell]] = {"radius": radius, "remedies": rows, "loss": curves}
    return result


def _row(trained: Trained, own: slice) -> dict[str, Any]:
    return {
        "runs": len(trained.accuracy[own]),
        "diverged": sum(trained.diverged[own]),
        "solved": sum(trained.solved()[own]),
        "largest_loss": largest(trained.loss[:, own]),
        "largest_norm": largest(trained.norm[:, own]),
    }


def _curve(loss: Floats) -> list[list[float | None]]:
    """One list a seed; a run that diverged ends in None."""
    return [[float(one) if np.isfinite(one) else None for one in column] for column in loss.T]
