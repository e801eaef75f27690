"""Training of many models side by side, each with its own learning rate, clipping, penalties and truncation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Any

import numpy as np
import torch

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.studies.gradients.models import SYMBOLS, Models, Setup, answer, cuts_of, losses, sequences, start
from gatewise.studies.torch_cells import State

CHANCE = log(SYMBOLS)  # Cross entropy of a guess.
SOLVED = 0.95
TESTED = 256
TINY = 1e-30  # Below it a float32 gradient has too few digits left to be divided by.
TRAINING_DATA = 1 << 20  # Added to the seed, so that no weights are drawn from the numbers of the sequences.
_BETAS, _EPSILON = (0.9, 0.99), 1e-8
_WINDOW = 20


@dataclass(frozen=True)
class Course:
    """One training of a fleet of models.

    Attributes:
        lag: Steps from the symbol to the answer, T - 1.
        steps: Batches at most; with Adam it ends once every model has answered the last 20 rightly.
        mixed: Whether each batch has a lag of its own, drawn from 1 to `lag`.
        batch: Sequences a step and model.
        optimizer: ``adam`` or ``sgd``.
    """

    lag: int
    steps: int
    mixed: bool = False
    batch: int = 32
    optimizer: str = "adam"


@dataclass(frozen=True)
class Trained:
    """What came of it; the order of models is seeds within setups.

    Attributes:
        models: After training, float32.
        loss, norm: ``[steps, M]``: loss and norm of the whole gradient before clipping; NaN once a model diverged.
        accuracy: ``[M]`` on 256 fresh sequences of the full lag.
        diverged: ``[M]``: the loss or the gradient became no number, or the loss ended above twice that of a guess.
    """

    models: Models
    loss: Floats
    norm: Floats
    accuracy: list[float]
    diverged: list[bool]

    def solved(self) -> list[bool]:
        """``[M]``: at least 95 % right."""
        return [one >= SOLVED for one in self.accuracy]


def train(setups: Sequence[Setup], seeds: Sequence[int], course: Course) -> Trained:
    """Train each setup once a seed, all at the same time.

    Raises:
        ParameterError: The optimizer is unknown, or Ω is asked for with another cell than the tanh RNN.
    """
    fleet = _Fleet(setups, seeds, course)
    history = []
    for _ in range(course.steps):
        history.append(fleet.step())
        if fleet.is_done():
            break
    loss, norm = (torch.stack(part).double().numpy() for part in zip(*history, strict=True))
    ended = loss[-_WINDOW:].mean(0).tolist()
    diverged = [not isfinite(end) or end > 2 * CHANCE for end in ended]
    return Trained(fleet.models, loss, norm, fleet.test(), diverged)


class _Fleet:
    """The state of a training."""

    def __init__(self, setups: Sequence[Setup], seeds: Sequence[int], course: Course) -> None:
        if course.optimizer not in ("adam", "sgd"):
            raise ParameterError(f"optimizer={course.optimizer!r} is unknown", hint="one of: adam, sgd")
        self.setups, self.seeds, self.course = setups, seeds, course
        self.models = start(setups, seeds).to(torch.float32)
        if any(setup.omega for setup in setups) and self.models.cell.name != "rnn_tanh":
            raise ParameterError(f"omega is not there for {self.models.cell.name}", hint="it is for rnn_tanh")
        self.weights = [tensor.requires_grad_() for tensor in self.models.tensors()]
        self.moments = [(torch.zeros_like(one), torch.zeros_like(one)) for one in self.weights]
        self.generator = torch.Generator().manual_seed(TRAINING_DATA + seeds[0])
        self.rate, self.clip, self.decay, self.omega = (
            torch.tensor([getattr(setup, name) for setup in setups for _ in seeds])
            for name in ("learning_rate", "clip", "decay", "omega")
        )
        self.truncate = cuts_of(setups, len(seeds))
        self.alive = torch.ones(len(self.rate), dtype=torch.bool)
        self.taken = 0
        self.right: list[torch.Tensor] = []

    def step(self) -> tuple[torch.Tensor, torch.Tensor]:
        """One batch; returns the losses and norms."""
        lag = self.course.lag
        if self.course.mixed:
            lag = int(torch.randint(1, lag + 1, (), generator=self.generator))
        x, first = self._sequences(lag, self.course.batch)
        logits, states = answer(self.models, x, truncate=self.truncate)
        each = losses(logits, first).mean(1)
        grads = self._gradients(each, states)
        norm = torch.stack([grad.square().sum((1, 2)) for grad in grads]).sum(0).sqrt()
        self.alive &= torch.isfinite(each.detach()) & torch.isfinite(norm)
        self._update(clipped(grads, norm, self.clip))
        self.right.append((logits.argmax(-1) == first).all(1))
        dead = torch.where(self.alive, 0.0, torch.nan)
        return each.detach() + dead, norm + dead

    def is_done(self) -> bool:
        """Whether every model that has not diverged was right in all of the last batches."""
        if len(self.right) < _WINDOW or self.course.optimizer == "sgd":
            return False
        return bool((torch.stack(self.right[-_WINDOW:]).all(0) | ~self.alive).all())

    def test(self) -> list[float]:
        """Accuracy on fresh sequences of the full lag."""
        with torch.no_grad():
            x, first = self._sequences(self.course.lag, TESTED)
            logits, _ = answer(self.models, x)
        return [float(one) for one in (logits.argmax(-1) == first).double().mean(1)]

    def _sequences(self, lag: int, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        return sequences(lag, len(self.setups), len(self.seeds), batch, self.generator)

    def _gradients(self, each: torch.Tensor, states: list[State]) -> list[torch.Tensor]:
        """Of the loss and the penalties, for every weight."""
        wanted = [state[0] for state in states] if self.omega.any() else []
        grads = list(torch.autograd.grad(each.sum(), [*self.weights, *wanted]))
        grads, deltas = grads[: len(self.weights)], grads[len(self.weights) :]
        recurrent = self.models.weights.recurrent
        if recurrent is not None and self.decay.any():
            grads[1] = grads[1] + 2 * self.decay[:, None, None] * recurrent.detach()
        if deltas:
            assert recurrent is not None
            shown = torch.stack([state[0].detach() for state in states])
            penalty = (omega(recurrent, torch.stack(deltas), shown) * self.omega).sum()
            grads[1] = grads[1] + torch.autograd.grad(penalty, recurrent)[0]
        return grads

    def _update(self, grads: list[torch.Tensor]) -> None:
        self.taken += 1
        with torch.no_grad():
            for weight, grad, moments in zip(self.weights, grads, self.moments, strict=True):
                change = self.rate[:, None, None] * self._direction(grad, moments)
                weight -= torch.where(self.alive[:, None, None], change, 0.0)

    def _direction(self, grad: torch.Tensor, moments: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        if self.course.optimizer == "sgd":
            return grad
        mean, square = moments
        mean.lerp_(grad, 1 - _BETAS[0])
        square.lerp_(grad.square(), 1 - _BETAS[1])
        corrected = (1 - _BETAS[0] ** self.taken, 1 - _BETAS[1] ** self.taken)
        direction: torch.Tensor = (mean / corrected[0]) / ((square / corrected[1]).sqrt() + _EPSILON)
        return direction


def clipped(grads: list[torch.Tensor], norm: torch.Tensor, limit: torch.Tensor) -> list[torch.Tensor]:
    """The gradients of M models, each scaled so that its norm over all weights is at most its limit.

    Args:
        grads: One tensor a weight, ``[M, ., .]``.
        norm: ``[M]``.
        limit: ``[M]``; infinity leaves them.
    """
    factor = (limit / norm.clamp_min(TINY)).clamp_max(1.0)[:, None, None]
    return [grad * factor for grad in grads]


def omega(recurrent: torch.Tensor, deltas: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    """Ω of Pascanu et al. 2013, eq. 9, for a tanh RNN: Σ_t (‖δ_{t+1} ∂h_{t+1}/∂h_t‖ / ‖δ_{t+1}‖ − 1)², δ = ∂L/∂h.

    As there, δ and h count as constants, so that the gradient reaches the recurrent matrix directly and nothing else.

    Args:
        recurrent: ``[M, H, H]``.
        deltas: δ ``[T, M, B, H]``.
        shown: h ``[T, M, B, H]``.

    Returns:
        ``[M]``, the mean over the sequences.
    """
    size = deltas.norm(dim=-1, keepdim=True)
    through = (deltas / size.clamp_min(TINY) * (1 - shown.square()))[1:]
    stretched = torch.einsum("tmbk,mjk->tmbj", through, recurrent).norm(dim=-1)
    # Where δ has vanished altogether there is no direction to keep.
    counted = (size[1:, ..., 0] > TINY).to(stretched.dtype)
    summed: torch.Tensor = ((stretched - 1).square() * counted).sum(0).mean(-1)
    return summed


def outcomes(trained: Trained, setups: Sequence[Setup], seeds: Sequence[int]) -> dict[str, dict[str, Any]]:
    """What came of each setup: accuracies, models that solved the task or diverged, largest loss and gradient met."""
    result = {}
    for place, setup in enumerate(setups):
        own = slice(place * len(seeds), (place + 1) * len(seeds))
        result[setup.name] = {
            "accuracy": trained.accuracy[own],
            "solved": sum(trained.solved()[own]),
            "diverged": sum(trained.diverged[own]),
            "largest_loss": largest(trained.loss[:, own]),
            "largest_norm": largest(trained.norm[:, own]),
        }
    return result


def largest(values: Floats) -> float | None:
    """The largest number; None if there is none."""
    numbers = values[np.isfinite(values)]
    return float(numbers.max()) if numbers.size else None
