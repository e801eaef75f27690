"""The models of the study: how they start, the task they learn, what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt

import torch

from gatewise.errors import ParameterError
from gatewise.studies.torch_cells import CELLS, Cell, State, Weights, project, walk

SYMBOLS = 8  # To be remembered: three bits.
NOISE = 8
INPUTS = SYMBOLS + NOISE
HIDDEN = 32
FORGET_BLOCK = {"lstm": 1, "qrnn": 1}
IDENTITY_INPUT = 1e-3  # Standard deviation of the input weights of an IRNN (Le et al. 2015, section 4).


@dataclass(frozen=True)
class Setup:
    """How a model starts and how it is trained.

    Attributes:
        name: In tables.
        cell: Name of its cell.
        start: Of the recurrent matrix: ``uniform`` within ±1/√H as torch has it, ``orthogonal``, or ``identity``.
        scale: Times all input and recurrent weights.
        radius: Spectral radius that each H by H block of the recurrent matrix is brought to; None leaves it.
        forget_bias: Added to the bias of the forget gate (LSTM, QRNN).
        learning_rate: Of Adam or of gradient descent.
        clip: Largest norm of the gradient of all weights together.
        decay: Coefficient of the penalty ‖U‖², U the recurrent matrix.
        omega: Coefficient of Ω of Pascanu et al. 2013, eq. 9.
        truncate: Steps from the end that backpropagation goes; None goes all the way.
    """

    name: str
    cell: str
    start: str = "uniform"
    scale: float = 1.0
    radius: float | None = None
    forget_bias: float = 0.0
    learning_rate: float = 1e-2
    clip: float = inf
    decay: float = 0.0
    omega: float = 0.0
    truncate: int | None = None


@dataclass(frozen=True)
class Models:
    """M models of one cell: a recurrent layer and a softmax over its last state.

    Attributes:
        cell: Of all of them.
        weights: Of the layers.
        readout: ``[M, H, SYMBOLS]``.
        readout_bias: ``[M, 1, SYMBOLS]``.
    """

    cell: Cell
    weights: Weights
    readout: torch.Tensor
    readout_bias: torch.Tensor

    def tensors(self) -> list[torch.Tensor]:
        """All weights."""
        return [*self.weights.tensors(), self.readout, self.readout_bias]

    def to(self, dtype: torch.dtype) -> Models:
        """Copies of another precision, which need no gradient."""
        return self._with([tensor.detach().to(dtype, copy=True) for tensor in self.tensors()])

    def some(self, index: Sequence[int]) -> Models:
        """The models of these numbers."""
        return self._with([tensor.detach()[list(index)] for tensor in self.tensors()])

    def _with(self, tensors: list[torch.Tensor]) -> Models:
        *layer, readout, readout_bias = tensors
        names = [name for name, one in vars(self.weights).items() if one is not None]
        return Models(self.cell, replace(self.weights, **dict(zip(names, layer, strict=True))), readout, readout_bias)


def start(setups: Sequence[Setup], seeds: Sequence[int]) -> Models:
    """Untrained models in float64, seeds within setups; a seed gives all setups of a cell the same random numbers.

    Raises:
        ParameterError: The setups are of several cells, or a start is unknown.
    """
    names = {setup.cell for setup in setups}
    if len(names) != 1:
        raise ParameterError(f"setups are of {len(names)} cells; models side by side are of one")
    cell = CELLS[names.pop()]
    singles = [_one(cell, setup, seed) for setup in setups for seed in seeds]
    stacked = [torch.stack(parts) for parts in zip(*(one.tensors() for one in singles), strict=True)]
    return singles[0]._with(stacked)


def _one(cell: Cell, setup: Setup, seed: int) -> Models:
    generator = torch.Generator().manual_seed(seed)
    width = cell.gates * HIDDEN

    def uniform(*shape: int) -> torch.Tensor:
        drawn = torch.rand(*shape, generator=generator, dtype=torch.float64)
        return (2 * drawn - 1) / sqrt(HIDDEN)

    given = uniform(cell.window * INPUTS, width) * setup.scale
    recurrent = _recurrent(setup, uniform(HIDDEN, width), generator) if cell.is_recurrent else None
    bias = uniform(1, width)
    if setup.start == "identity":
        given = torch.randn(given.shape, generator=generator, dtype=torch.float64) * IDENTITY_INPUT
        bias = bias * 0
    if setup.forget_bias:
        block = FORGET_BLOCK[cell.name]
        bias[:, block * HIDDEN : (block + 1) * HIDDEN] += setup.forget_bias
    candidate_bias = uniform(1, HIDDEN) if cell.name == "gru" else None
    weights = Weights(given, recurrent, bias, candidate_bias)
    return Models(cell, weights, uniform(HIDDEN, SYMBOLS), torch.zeros(1, SYMBOLS, dtype=torch.float64))


def _recurrent(setup: Setup, drawn: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    blocks = [_block(setup, block, generator) * setup.scale for block in torch.split(drawn, HIDDEN, 1)]
    if setup.radius is not None:
        blocks = [block * (setup.radius / radius_of(block)) for block in blocks]
    return torch.cat(blocks, 1)


def _block(setup: Setup, drawn: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if setup.start == "uniform":
        return drawn
    if setup.start == "identity":
        return torch.eye(HIDDEN, dtype=torch.float64)
    if setup.start == "orthogonal":
        normal = torch.randn(HIDDEN, HIDDEN, generator=generator, dtype=torch.float64)
        return rotation(normal)
    raise ParameterError(f"start={setup.start!r} is unknown", hint="one of: uniform, orthogonal, identity")


def rotation(normal: torch.Tensor) -> torch.Tensor:
    """An orthogonal matrix, uniform over all of them if `normal` is of normal numbers (Mezzadri 2007)."""
    q, r = torch.linalg.qr(normal)
    # Without the signs of R's diagonal it would not be uniform.
    signed: torch.Tensor = q * torch.sign(r.diagonal())
    return signed


def radius_of(matrix: torch.Tensor) -> float:
    """Spectral radius: the largest absolute value of an eigenvalue."""
    return float(torch.linalg.eigvals(matrix).abs().max())


def sequences(
    lag: int, setups: int, seeds: int, batch: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences whose first symbol is to be told at the end; every setup of a seed reads the same.

    Args:
        lag: T - 1: after the symbol come so many of noise, drawn from an alphabet of their own.
        setups, seeds: M = setups * seeds.
        batch: Sequences a model.
        generator: Draws them.

    Returns:
        One-hot inputs ``[T, M, B, INPUTS]`` float32 and first symbols ``[M, B]``.
    """
    first = torch.randint(SYMBOLS, (seeds, batch), generator=generator)
    ids = torch.randint(SYMBOLS, INPUTS, (lag + 1, seeds, batch), generator=generator)
    ids[0] = first
    x = torch.nn.functional.one_hot(ids.repeat(1, setups, 1), INPUTS).float()
    return x, first.repeat(setups, 1)


def answer(
    models: Models, x: torch.Tensor, *, truncate: torch.Tensor | None = None
) -> tuple[torch.Tensor, list[State]]:
    """Logits ``[M, B, SYMBOLS]`` and the states of all steps.

    Args:
        models: M of them.
        x: ``[T, M, B, INPUTS]``, of the dtype of the weights.
        truncate: ``[M]``: steps from the end beyond which no gradient goes; None goes all the way.
    """
    length = len(x)

    def before(place: int, state: State) -> State:
        if truncate is None:
            return state
        is_cut = torch.eq(truncate, length - place)[:, None, None]
        return tuple(torch.where(is_cut, one.detach(), one) for one in state) if is_cut.any() else state

    states = walk(models.cell, project(models.cell, x, models.weights), models.weights, before=before)
    return torch.baddbmm(models.readout_bias, states[-1][0], models.readout), states


def cuts_of(setups: Sequence[Setup], seeds: int) -> torch.Tensor | None:
    """``[M]`` steps from the end that backpropagation goes in each model, 0 for all; None if it is 0 for every one."""
    cuts = [setup.truncate or 0 for setup in setups for _ in range(seeds)]
    return torch.tensor(cuts) if any(cuts) else None


def losses(logits: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    """Cross entropies ``[M, B]`` in nats."""
    return torch.nn.functional.cross_entropy(logits.transpose(1, 2), first, reduction="none")
