"""Echo state networks (Jaeger 2001) on the task: a fixed random layer, and a readout by ridge regression."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from gatewise.studies.gradients.models import INPUTS, SYMBOLS, radius_of, rotation, sequences
from gatewise.studies.gradients.norms import MEASURED, decay
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.training import SOLVED, TESTED, TRAINING_DATA
from gatewise.studies.torch_cells import Weights, leaky, project, walk

UNITS = 200
FITTED = 1_000  # Sequences a readout is fitted on.
RADIUS = 0.99
INPUT_SCALE = 0.1
RIDGE = 1e-6  # Times the number of sequences.


@dataclass(frozen=True)
class Reservoir:
    """A kind of random layer.

    Attributes:
        name: In tables.
        leak: Share of the new value in a state.
        is_orthogonal: Whether its matrix is a rotation times the spectral radius, not one of normal numbers.
    """

    name: str
    leak: float
    is_orthogonal: bool


RESERVOIRS = (
    Reservoir("echo state", 1.0, False),
    Reservoir("echo state, leak 0.2", 0.2, False),
    Reservoir("echo state, leak 0.2, orthogonal", 0.2, True),
)


def echo_states(reservoir: Reservoir, plan: Plan) -> dict[str, Any]:
    """Models that solved each lag, and how ∂L/∂h_t falls in the layer, though nothing is learnt from it."""
    weights = _layer(reservoir, plan.seeds)
    accuracy, solved = {}, {}
    for lag in plan.lags:
        generator = torch.Generator().manual_seed(TRAINING_DATA + plan.seeds[0])
        fitted, symbols = _states(reservoir, weights, lag, FITTED, generator)
        readout = _ridge(fitted, symbols)
        tested, truth = _states(reservoir, weights, lag, TESTED, generator)
        right = ((tested @ readout).argmax(-1) == truth).double().mean(1).tolist()
        accuracy[str(lag)], solved[str(lag)] = right, sum(one >= SOLVED for one in right)
    # Of the last lag, the longest.
    fading = _fading(reservoir, weights, readout[:, :-1], plan)
    return {"accuracy": accuracy, "solved": solved, "start": {"h": fading}, "trained": {"h": fading}}


def _layer(reservoir: Reservoir, seeds: tuple[int, ...]) -> Weights:
    given, recurrent = [], []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        matrix = torch.randn(UNITS, UNITS, generator=generator, dtype=torch.float64)
        matrix = rotation(matrix) if reservoir.is_orthogonal else matrix
        recurrent.append(matrix * (RADIUS / radius_of(matrix)))
        given.append((torch.rand(INPUTS, UNITS, generator=generator, dtype=torch.float64) * 2 - 1) * INPUT_SCALE)
    bias = torch.zeros(len(seeds), 1, UNITS)
    return Weights(torch.stack(given).float(), torch.stack(recurrent).float(), bias)


def _states(
    reservoir: Reservoir, weights: Weights, lag: int, count: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Last states ``[M, count, UNITS + 1]`` float64, the last column ones, and the first symbols."""
    x, first = sequences(lag, 1, len(weights.input), count, generator)
    cell = leaky(reservoir.leak)
    with torch.no_grad():
        last = walk(cell, project(cell, x, weights), weights)[-1][0].double()
    return torch.cat([last, torch.ones(*last.shape[:2], 1, dtype=last.dtype)], -1), first


def _ridge(states: torch.Tensor, symbols: torch.Tensor) -> torch.Tensor:
    wanted = torch.nn.functional.one_hot(symbols, SYMBOLS).double()
    penalty = RIDGE * states.shape[1] * torch.eye(states.shape[-1], dtype=states.dtype)
    # By NumPy: torch 2.13 fails, or never returns, where MKL factors several large matrices with more than one thread.
    solved = np.linalg.solve((states.mT @ states + penalty).numpy(), (states.mT @ wanted).numpy())
    return torch.from_numpy(solved)


def _fading(reservoir: Reservoir, weights: Weights, readout: torch.Tensor, plan: Plan) -> dict[str, Any] | None:
    """Decay of the gradient of the readout's squared error, ½‖ŷ − y‖²."""
    cell = leaky(reservoir.leak)
    exact = Weights(weights.input.double(), _with_gradient(weights), weights.bias.double())
    generator = torch.Generator().manual_seed(TRAINING_DATA - 1 - plan.seeds[0])
    x, first = sequences(plan.lag, 1, len(plan.seeds), MEASURED, generator)
    states = [state[0] for state in walk(cell, project(cell, x.double(), exact), exact)]
    error = states[-1] @ readout - torch.nn.functional.one_hot(first, SYMBOLS)
    grads = torch.autograd.grad(error.square().sum() / 2, states)
    found = decay(torch.stack(grads).norm(dim=-1).numpy())
    return asdict(found) if found else None


def _with_gradient(weights: Weights) -> torch.Tensor:
    assert weights.recurrent is not None
    return weights.recurrent.double().requires_grad_()
