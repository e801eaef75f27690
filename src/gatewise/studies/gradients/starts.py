"""LSTMs that start in several ways, beside the plain RNN: does random initialisation make one behave like the other?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gatewise.studies.gradients.models import Setup, start
from gatewise.studies.gradients.norms import decays
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.training import Course, outcomes, train

BIASES = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0)
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
REACH_RATES = (1e-3, 3e-3, 1e-2)
_CLIP = 1.0


def starts(plan: Plan) -> dict[str, Any]:
    """Decays at the start: of the LSTM by forget bias and by size of the weights, of the tanh RNN by size."""
    biases = [Setup(f"{bias:g}", "lstm", forget_bias=bias) for bias in BIASES]
    sizes = [Setup(f"{scale:g}", "lstm", scale=scale) for scale in SCALES]
    plain = [replace(one, cell="rnn_tanh") for one in sizes]
    return {
        name: decays(start(setups, plan.seeds), setups, plan.seeds, plan.lag)
        for name, setups in (("forget_bias", biases), ("scale", sizes), ("scale_of_rnn", plain))
    }


def reach(plan: Plan) -> dict[str, Any]:
    """Lags that the tanh RNN learns, each fixed: accuracy and solved models by lag and learning rate."""
    setups = [Setup(f"{rate:g}", "rnn_tanh", learning_rate=rate, clip=_CLIP) for rate in REACH_RATES]
    return {
        str(lag): outcomes(train(setups, plan.seeds, Course(lag, plan.steps)), setups, plan.seeds)
        for lag in plan.many_lags
    }


def rates(plan: Plan) -> dict[str, Any]:
    """Learning rates at the shortest of three lags: the tanh RNN beside the LSTM with forget bias 1."""
    course = Course(plan.lags[0], plan.steps)
    result = {}
    for name, cell, bias in (("RNN, tanh", "rnn_tanh", 0.0), ("LSTM, forget bias 1", "lstm", 1.0)):
        setups = [Setup(f"{rate:g}", cell, learning_rate=rate, forget_bias=bias, clip=_CLIP) for rate in RATES]
        result[name] = outcomes(train(setups, plan.seeds, course), setups, plan.seeds)
    return result
