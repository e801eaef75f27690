"""The remedies of the course documents and of the literature, all on the same task of fixed lag."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gatewise.studies.gradients.echo import RESERVOIRS, echo_states
from gatewise.studies.gradients.exploding import CLIP, TRUNCATE
from gatewise.studies.gradients.models import Setup, start
from gatewise.studies.gradients.norms import decays
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.training import Course, outcomes, train

RATE = 3e-3
DECAY = 1e-3
OMEGA = 0.1
NONE = "none (tanh RNN)"


def _tanh(name: str, **options: Any) -> Setup:
    return Setup(name, "rnn_tanh", learning_rate=RATE, **{"clip": CLIP, **options})


def _lstm(forget_bias: float) -> Setup:
    return Setup(f"LSTM, forget bias {forget_bias:g}", "lstm", forget_bias=forget_bias, learning_rate=RATE, clip=CLIP)


# Models of one fleet stand together: every remedy on its own axis, clipping with all but the first.
SETUPS = (
    Setup(NONE, "rnn_tanh", learning_rate=RATE),
    _tanh("clipping"),
    _tanh("penalty on ‖U‖²", decay=DECAY),
    _tanh(f"truncation to {TRUNCATE} steps", truncate=TRUNCATE),
    _tanh("orthogonal start", start="orthogonal"),
    _tanh("spectral radius 1", radius=1.0),
    _tanh("penalty Ω", omega=OMEGA),
    Setup("identity start, ReLU", "rnn_relu", start="identity", learning_rate=RATE / 3, clip=CLIP),
    *(_lstm(bias) for bias in (-2.0, 0.0, 1.0, 3.0)),
    Setup("GRU", "gru", learning_rate=RATE, clip=CLIP),
)


def remedies(plan: Plan) -> dict[str, Any]:
    """By remedy: decays at the longest lag before and after training at it, and models that solved each lag."""
    result: dict[str, Any] = {setup.name: {"solved": {}, "accuracy": {}} for setup in SETUPS}
    # Ω costs a product a step for every model beside it, so that it goes alone.
    for _, group in groupby(SETUPS, key=lambda setup: (setup.cell, setup.omega)):
        setups = tuple(group)
        for lag in plan.lags:
            trained = train(setups, plan.seeds, Course(lag, plan.steps))
            for name, one in outcomes(trained, setups, plan.seeds).items():
                result[name]["solved"][str(lag)] = one["solved"]
                result[name]["accuracy"][str(lag)] = one["accuracy"]
        before = decays(start(setups, plan.seeds), setups, plan.seeds, plan.lag)
        after = decays(trained.models, setups, plan.seeds, plan.lag)
        for setup in setups:
            result[setup.name].update(start=before[setup.name], trained=after[setup.name])
    for reservoir in RESERVOIRS:
        result[reservoir.name] = echo_states(reservoir, plan)
    return result
