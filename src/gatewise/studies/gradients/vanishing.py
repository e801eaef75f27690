"""Gradients of six networks against distance: as they start, and after training on lags up to the longest."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gatewise.studies.gradients.models import Setup, start
from gatewise.studies.gradients.norms import decays
from gatewise.studies.gradients.plan import NAMES, Plan
from gatewise.studies.gradients.training import Course, outcomes, train

PLAIN = ("RNN, sigmoid", "RNN, tanh", "RNN, ReLU")
WITH_BIAS = "LSTM, forget bias 1"
SETUPS = (
    *(Setup(NAMES[cell], cell, clip=1.0) for cell in ("rnn_sigmoid", "rnn_tanh", "rnn_relu", "lstm")),
    Setup(WITH_BIAS, "lstm", forget_bias=1.0, clip=1.0),
    *(Setup(NAMES[cell], cell, clip=1.0) for cell in ("gru", "qrnn")),
)


def shown_letter(name: str) -> str:
    """The state whose gradient tells of the memory: c of a QRNN, whose h_t nothing later reads, and h of the others."""
    return "c" if name.startswith("QRNN") else "h"


def vanishing(plan: Plan) -> dict[str, Any]:
    """By network: decays at the start and after training, and what the training came to."""
    result: dict[str, Any] = {}
    for _, group in groupby(SETUPS, key=lambda setup: setup.cell):
        setups = tuple(group)
        trained = train(setups, plan.seeds, Course(plan.lag, plan.steps, mixed=True))
        before = decays(start(setups, plan.seeds), setups, plan.seeds, plan.lag)
        after = decays(trained.models, setups, plan.seeds, plan.lag)
        came_of = outcomes(trained, setups, plan.seeds)
        for setup in setups:
            name = setup.name
            result[name] = {
                "start": before[name],
                "trained": after[name],
                **came_of[name],
                "batches": len(trained.loss),
            }
    return result
