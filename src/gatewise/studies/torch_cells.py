"""Recurrent cells one step at a time in torch, several models side by side: every state stays in reach of autograd.

The modules of `gatewise.nn` and of torch run whole sequences in one operation, which hides h_t and c_t from autograd.
Here each is a tensor of its own, so that ∂L/∂h_t can be asked for. A leading axis M holds models that are of one cell
and differ in weights: seeds and settings train side by side at nearly the cost of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from gatewise.errors import ParameterError

State = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Weights:
    """The weights of M models of one cell with G gates.

    Attributes:
        input: ``[M, W * I, G * H]``, where W is the window of the cell, the oldest step first.
        recurrent: ``[M, H, G * H]``; nothing for a cell whose gates do not see the state.
        bias: ``[M, 1, G * H]``.
        candidate_bias: ``[M, 1, H]``, of a GRU only: inside the reset gate's product, as torch has it.
    """

    input: torch.Tensor
    recurrent: torch.Tensor | None
    bias: torch.Tensor
    candidate_bias: torch.Tensor | None = None

    def tensors(self) -> list[torch.Tensor]:
        """Those there are."""
        every = (self.input, self.recurrent, self.bias, self.candidate_bias)
        return [one for one in every if one is not None]


Step = Callable[[torch.Tensor, State, Weights], State]


@dataclass(frozen=True)
class Cell:
    """One step of a network.

    Attributes:
        name: Of the cell.
        gates: Blocks of H columns in its matrices.
        states: Tensors ``[M, B, H]`` in its state; the first is the output h.
        step: From W_ih x + b ``[M, B, G * H]``, the state and the weights to the new state.
        window: Inputs that a step reads.
        is_recurrent: Whether its gates see the state.
    """

    name: str
    gates: int
    states: int
    step: Step
    window: int = 1
    is_recurrent: bool = True


def _add_recurrent(projected: torch.Tensor, h: torch.Tensor, weights: Weights) -> torch.Tensor:
    assert weights.recurrent is not None
    return torch.baddbmm(projected, h, weights.recurrent)


def simple(activation: Callable[[torch.Tensor], torch.Tensor], *, leak: float = 1.0) -> Step:
    """A simple RNN: h_t = (1 − a) h_{t−1} + a φ(W x_t + U h_{t−1} + b).

    Args:
        activation: φ.
        leak: a in (0, 1]; 1 is the plain RNN, less a leaky echo state (Jaeger et al. 2007, eq. 2 with γ = 1).

    Raises:
        ParameterError: The leak is outside (0, 1].

    Example:
        >>> step, zero = simple(torch.tanh, leak=0.5), torch.zeros(1, 1, 1)
        >>> weights = Weights(zero, torch.zeros(1, 1, 1), zero)
        >>> step(zero, (torch.ones(1, 1, 1),), weights)[0].item()
        0.5
    """
    if not 0 < leak <= 1:
        raise ParameterError(f"leak={leak} is outside (0, 1]")

    def step(projected: torch.Tensor, state: State, weights: Weights) -> State:
        new = activation(_add_recurrent(projected, state[0], weights))
        return (new if leak == 1 else (1 - leak) * state[0] + leak * new,)

    return step


def lstm_step(projected: torch.Tensor, state: State, weights: Weights) -> State:
    """Gates i, f, g, o in the order of torch: c_t = f c_{t−1} + i g, h_t = o tanh(c_t)."""
    i, f, g, o = _add_recurrent(projected, state[0], weights).chunk(4, -1)
    c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def gru_step(projected: torch.Tensor, state: State, weights: Weights) -> State:
    """Gates r, z and candidate n in the order of torch: h_t = (1 − z) n + z h_{t−1}."""
    assert weights.recurrent is not None
    assert weights.candidate_bias is not None
    (h,) = state
    hidden = h.shape[-1]
    seen = torch.bmm(h, weights.recurrent)
    gates = torch.sigmoid(projected[..., : 2 * hidden] + seen[..., : 2 * hidden])
    r, z = gates.chunk(2, -1)
    n = torch.tanh(projected[..., 2 * hidden :] + r * (seen[..., 2 * hidden :] + weights.candidate_bias))
    return (n + z * (h - n),)


def qrnn_step(projected: torch.Tensor, state: State, weights: Weights) -> State:
    """fo-pooling (Bradbury et al. 2016, eq. 4), gates z, f, o: c_t = f c_{t−1} + (1 − f) z, h_t = o c_t."""
    z, f, o = projected.chunk(3, -1)
    kept = torch.sigmoid(f)
    c = kept * state[1] + (1 - kept) * torch.tanh(z)
    return torch.sigmoid(o) * c, c


CELLS = {
    one.name: one
    for one in (
        Cell("rnn_linear", 1, 1, simple(torch.nn.Identity())),
        Cell("rnn_sigmoid", 1, 1, simple(torch.sigmoid)),
        Cell("rnn_tanh", 1, 1, simple(torch.tanh)),
        Cell("rnn_relu", 1, 1, simple(torch.relu)),
        Cell("lstm", 4, 2, lstm_step),
        Cell("gru", 3, 1, gru_step),
        Cell("qrnn", 3, 2, qrnn_step, window=2, is_recurrent=False),
    )
}


def leaky(leak: float) -> Cell:
    """The cell of an echo state network, see `simple`."""
    return Cell(f"leaky_{leak:g}", 1, 1, simple(torch.tanh, leak=leak))


def project(cell: Cell, x: torch.Tensor, weights: Weights) -> torch.Tensor:
    """W_ih x + b of all steps: ``[T, M, B, I]`` to ``[T, M, B, G * H]``; before the first step a window sees zeros."""
    seen = [torch.cat([x.new_zeros(back, *x.shape[1:]), x])[: len(x)] for back in reversed(range(cell.window))]
    rows = torch.cat(seen, -1).transpose(0, 1)
    steps, batch = rows.shape[1:3]
    # One product a model; broadcast over the steps it would copy the matrix for each of them.
    projected = torch.baddbmm(weights.bias, rows.flatten(1, 2), weights.input)
    return projected.view(len(projected), steps, batch, -1).transpose(0, 1)


def walk(
    cell: Cell,
    projected: torch.Tensor,
    weights: Weights,
    *,
    before: Callable[[int, State], State] | None = None,
) -> list[State]:
    """The states of all steps, from zeros.

    Args:
        cell: What to walk.
        projected: ``[T, M, B, G * H]``, see `project`.
        weights: Of the M models.
        before: Changes the state before a step, given its number; truncated backpropagation detaches there.

    Returns:
        T states; each tensor ``[M, B, H]`` is a node of the graph, so that autograd tells its gradient.

    Notes:
        Cost O(T M B H (I + H) G), in some 3 (simple) to 15 (LSTM) operations of torch a step.
    """
    hidden = projected.shape[-1] // cell.gates
    state: State = tuple(projected.new_zeros(*projected.shape[1:-1], hidden) for _ in range(cell.states))
    states = []
    for place, block in enumerate(projected.unbind()):
        state = cell.step(block, state if before is None else before(place, state), weights)
        states.append(state)
    return states
