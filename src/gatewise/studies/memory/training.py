"""Train one network on one task at one lag, and count how many fresh sequences it then gets right."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.encoder import EncoderOptions, encode, initialise_encoder, make_encoder
from gatewise.studies.memory.batch import Batch, Task, likeliest

Start = Literal["default", "uniform", "chrono"]
CLIP = 1.0  # Norm that gradients are cut to.
TESTED = 1_000  # Fresh sequences after training.
RECENT, SOLVED = 512, 0.99  # Training ends when this share of so many most recent sequences was right.


@dataclass(frozen=True)
class Budget:
    """What a network may spend: steps of Adam, sequences a step, learning rate, width of the state."""

    steps: int
    batch: int = 32
    rate: float = 0.01
    hidden: int = 16


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        right: Share of fresh sequences that meet the task's criterion.
        likeliest: Share of those whose likeliest classes are right; None where outputs are values, or several classes
            are right.
        steps: Steps taken.
        solved: Whether training ended because almost all recent sequences were right.
        parameters: Of the recurrent network.
        multiplications: Of its matrices with vectors, in one step of one sequence.
    """

    right: float
    likeliest: float | None
    steps: int
    solved: bool
    parameters: int
    multiplications: int


class Reader(nn.Module):
    """A recurrent network and a linear layer on its hidden states."""

    def __init__(self, task: Task, network: str, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.encoder = make_encoder(network, task.inputs, hidden, EncoderOptions(recurrent_bias=False))
        initialise_encoder(self.encoder, generator)
        self.head = nn.Linear(hidden, task.outputs)
        nn.init.xavier_uniform_(self.head.weight, generator=generator)
        nn.init.zeros_(self.head.bias)

    def forward(self, batch: Batch) -> torch.Tensor:
        """``[M, K]`` where answers are wanted."""
        hidden, _ = encode(self.encoder, torch.from_numpy(batch.rows), torch.from_numpy(batch.offsets))
        outputs: torch.Tensor = self.head(hidden[torch.from_numpy(batch.at)])
        return outputs


def train(task: Task, network: str, lag: int, budget: Budget, *, start: Start = "default", seed: int = 0) -> Outcome:
    """Train until almost all recent sequences were right, or the budget is spent; then test on fresh sequences.

    Args:
        task: What is asked.
        network: As in `gatewise.nn.encoder.make_encoder`.
        lag: Of the sequences, in training and in the test.
        budget: Steps, sequences a step, learning rate, width.
        start: ``default``, as our models begin: orthogonal recurrent weights, forget gates open to a bias of 1;
            ``uniform``, all weights and biases within ±1/√H, as torch begins; ``chrono``, see `open_for`.
        seed: Of weights and sequences.

    Raises:
        ParameterError: `start` is ``chrono`` and the network has no such gates.

    Example:
        >>> from gatewise.studies.memory.tasks import TASKS
        >>> train(TASKS["long-lag noise"], "lstm", 5, Budget(steps=3)).steps
        3
    """
    generator = np.random.default_rng([seed, lag])
    reader = Reader(task, network, budget.hidden, torch.Generator().manual_seed(seed))
    if start == "uniform":
        _draw_uniform(reader.encoder, budget.hidden, torch.Generator().manual_seed(seed))
    if start == "chrono":
        open_for(reader.encoder, network, lag + 2, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.Adam(reader.parameters(), lr=budget.rate)
    recent: deque[bool] = deque(maxlen=RECENT)
    steps, solved = 0, False
    while steps < budget.steps and not solved:
        batch = task.practice(generator, budget.batch, lag)
        recent.extend(_step(reader, task, batch, optimizer))
        steps += 1
        solved = len(recent) == RECENT and sum(recent) >= SOLVED * RECENT
    right, argmax = measured(reader, task, lag, np.random.default_rng([seed, lag, 1]))
    parts = list(reader.encoder.parameters())
    matrices = sum(part.numel() for part in parts if part.dim() == 2)
    return Outcome(right, argmax, steps, solved, sum(part.numel() for part in parts), matrices)


def _step(reader: Reader, task: Task, batch: Batch, optimizer: torch.optim.Optimizer) -> list[bool]:
    """One step, and which sequences were right before it."""
    outputs, answers = reader(batch), torch.from_numpy(batch.answers)
    is_class = task.kind == "classes"
    loss = nn.functional.cross_entropy(outputs, answers) if is_class else nn.functional.mse_loss(outputs, answers)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(reader.parameters(), CLIP)
    optimizer.step()
    found: list[bool] = task.judge(_answers(task, outputs), batch).tolist()
    return found


def _answers(task: Task, outputs: torch.Tensor) -> NDArray[np.float64]:
    values = outputs.detach().double()
    found: NDArray[np.float64] = (values.softmax(1) if task.kind == "classes" else values).numpy()
    return found


@torch.no_grad()
def measured(reader: Reader, task: Task, lag: int, generator: np.random.Generator) -> tuple[float, float | None]:
    """Share of fresh sequences that are right by the task's criterion, and by the likeliest classes."""
    right, argmax = [], []
    for _ in range(TESTED // 100):
        batch = task.draw(generator, 100, lag)
        outputs = _answers(task, reader(batch))
        right.append(task.judge(outputs, batch))
        if task.kind == "classes" and batch.legal is None:
            argmax.append(likeliest(outputs, batch))
    return float(np.mean(right)), float(np.mean(argmax)) if argmax else None


@torch.no_grad()
def _draw_uniform(encoder: nn.Module, hidden: int, generator: torch.Generator) -> None:
    for parameter in encoder.parameters():
        nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5, generator=generator)


@torch.no_grad()
def open_for(encoder: nn.Module, network: str, span: int, generator: torch.Generator) -> None:
    """Chrono initialisation for memories of up to `span` steps (Tallec and Ollivier 2018, arXiv:1804.11188).

    b_f = log u, u uniform from 1 to span − 1, and b_i = −b_f, so that a unit begins by keeping what it has for about u
    steps; of a Grid LSTM so along time. Of a GRU the gate that keeps begins so, of a QRNN the forget gate, which is its
    input gate too, and of the LSTM of 1997, which forgets nothing, the input gate.

    Raises:
        ParameterError: The network has no such gates.
    """
    if network not in _CHRONO:
        raise ParameterError(f"network={network!r} has no chrono start", hint=f"one of: {', '.join(_CHRONO)}")
    name, blocks = _CHRONO[network]
    bias = encoder.get_parameter(name)
    H = len(bias) // _BLOCKS[network]
    drawn = torch.empty(H).uniform_(1, span - 1, generator=generator).log()
    for first, sign in blocks:
        bias[first * H : (first + 1) * H] = sign * drawn


# The bias, the blocks of it that are set, and the sign of log u there; and how many blocks there are.
_CHRONO: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    "lstm": ("bias_ih_l0", ((0, -1), (1, 1))),
    "peephole_lstm": ("bias_ih_l0", ((0, -1), (1, 1))),
    "gru": ("bias_ih_l0", ((1, 1),)),
    "qrnn": ("bias_l0", ((1, 1),)),
    "lstm_1997": ("bias_ih_l0", ((0, -1),)),
    "grid_lstm": ("bias_time_l0", ((0, -1), (1, 1))),
}
_BLOCKS = {"lstm": 4, "peephole_lstm": 4, "gru": 3, "qrnn": 3, "lstm_1997": 3, "grid_lstm": 4}
