"""Feed-forward stacks: the gradient layer by layer, and how far each layer moves in training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import torch

from gatewise.studies.gradients.plan import Plan

LAYERS = 20
WIDTH = 32
CLASSES = 8
ROWS = 256
RATE = 0.1


@dataclass(frozen=True)
class Stack:
    """A kind of stack.

    Attributes:
        name: In tables.
        activation: After every product.
        gain: Standard deviation of the weights times √WIDTH.
    """

    name: str
    activation: Callable[[torch.Tensor], torch.Tensor]
    gain: float


STACKS = (
    Stack("sigmoid", torch.sigmoid, 1.0),
    Stack("tanh", torch.tanh, 1.0),
    Stack("ReLU", torch.relu, sqrt(2)),
    Stack("ReLU, weights × 1.5", torch.relu, 1.5 * sqrt(2)),
)


def depth(plan: Plan) -> dict[str, Any]:
    """By stack, from the first layer to the last: median of ‖∂L/∂z‖ as a share of the last layer's, and movement.

    The movement is ‖W after − W before‖ / ‖W before‖ of gradient descent, a third as many steps as a
    training has batches at most; median over the seeds, None where it became no number.
    """
    return {stack.name: _measured(stack, plan) for stack in STACKS}


def _measured(stack: Stack, plan: Plan) -> dict[str, Any]:
    runs = [_one(stack, seed, plan.steps // 3) for seed in plan.seeds]
    norms = torch.stack([norm for norm, _, _ in runs])
    moved = torch.stack([moves for _, moves, _ in runs])
    return {
        "norm": norms.median(0).values.tolist(),
        "moved": [one if isfinite(one) else None for one in moved.median(0).values.tolist()],
        "diverged": sum(not bool(torch.isfinite(one).all()) for one in moved),
        "accuracy": [right for _, _, right in runs],
    }


def _one(stack: Stack, seed: int, updates: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(ROWS, WIDTH, generator=generator, dtype=torch.float64)
    wanted = x[:, :CLASSES].argmax(1)
    std = stack.gain / sqrt(WIDTH)
    first = [torch.randn(WIDTH, WIDTH, generator=generator, dtype=torch.float64) * std for _ in range(LAYERS)]
    readout = torch.randn(WIDTH, CLASSES, generator=generator, dtype=torch.float64) / sqrt(WIDTH)
    weights = [one.clone().requires_grad_() for one in (*first, readout)]
    loss, shown, _ = _forward(stack, weights, x, wanted)
    norms = torch.stack([grad.norm(dim=1).median() for grad in torch.autograd.grad(loss, shown)])
    right = 0.0
    for _ in range(updates):
        loss, _, right = _forward(stack, weights, x, wanted)
        with torch.no_grad():
            for weight, grad in zip(weights, torch.autograd.grad(loss, weights), strict=True):
                weight -= RATE * grad
    moved = torch.stack([(new.detach() - old).norm() / old.norm() for new, old in zip(weights, first, strict=False)])
    return norms / norms[-1], moved, right


def _forward(
    stack: Stack, weights: list[torch.Tensor], x: torch.Tensor, wanted: torch.Tensor
) -> tuple[torch.Tensor, list[torch.Tensor], float]:
    """Mean cross entropy, the outputs of the layers, and the share of right answers."""
    shown = []
    for weight in weights[:-1]:
        x = stack.activation(x @ weight)
        shown.append(x)
    logits = x @ weights[-1]
    right = float((logits.argmax(1) == wanted).double().mean())
    return torch.nn.functional.cross_entropy(logits, wanted), shown, right
