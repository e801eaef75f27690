"""Highway connections: a gate decides, unit by unit, between what a layer gives and what it was given.

    t = sigmoid(W_t x + b_t)                (2), (3) of the paper: the transform gate
    y = t * layer(x) + (1 - t) * x          the output; 1 - t is the carry gate

Reference: Srivastava, Greff and Schmidhuber (2015), arXiv:1505.00387, equations 2 and 3, section 2.2 for the bias;
between recurrent layers after Zhang et al. (2016), arXiv:1510.08983.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from gatewise.nn.dropout import locked_dropout
from gatewise.nn.recurrent import final_states

# A gate that begins nearly shut hands on what it was given, so that a deep stack can be trained at all (section 2.2).
GATE_BIAS = -1.0


class Highway(nn.Module):
    """A stack of layers with a transform gate around each above the first.

    Args:
        layers: Modules whose output is as wide as what all above the first read.
        width: That width.

    Notes:
        Parameters are named ``layers.{k}...`` and ``gates.{k}.weight``, ``gates.{k}.bias`` with k from 1.
    """

    def __init__(self, layers: Iterable[nn.Module], width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.gates = nn.ModuleDict({str(layer): nn.Linear(width, width) for layer in range(1, len(self.layers))})
        self.reset_gates(None)

    def reset_gates(self, generator: torch.Generator | None) -> None:
        """Glorot-uniform weights, biases at `GATE_BIAS`."""
        for gate in self.gates.values():
            assert isinstance(gate, nn.Linear)
            nn.init.xavier_uniform_(gate.weight, generator=generator)
            nn.init.constant_(gate.bias, GATE_BIAS)

    def mixed(self, layer: int, given: torch.Tensor, made: torch.Tensor) -> torch.Tensor:
        """What layer number `layer` hands on, of what it was given and what it made of it; all ``[N, width]``."""
        opened = torch.sigmoid(self.gates[str(layer)](given))
        return given + opened * (made - given)


class HighwayEncoder(Highway):
    """Recurrent layers, each an encoder of one layer, with highway gates around those above the first.

    Args:
        layers: Encoders.
        hidden_size: Width H of one direction.
        directions: D, 1 or 2.
        read: Reads rows with one of them: its hidden states ``[N, D * H]`` and final ones.
        begin: Draws the weights of one of them from a generator.
        hidden_dropout: Locked dropout between layers.
        noise: Its generator.
    """

    def __init__(
        self,
        layers: Iterable[nn.Module],
        hidden_size: int,
        directions: int,
        *,
        read: Callable[[nn.Module, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]],
        begin: Callable[[nn.Module, torch.Generator | None], None],
        hidden_dropout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> None:
        super().__init__(layers, hidden_size * directions)
        self.hidden_size, self.hidden_dropout, self.noise = hidden_size, hidden_dropout, noise
        self._read, self._begin = read, begin

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew."""
        for layer in self.layers:
            self._begin(layer, generator)
        self.reset_gates(generator)

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `gatewise.nn.recurrent.Recurrent.forward`; final states are those behind the gates."""
        first, *others = self.layers
        hidden, _ = self._read(first, x, offsets)
        for layer, module in enumerate(others, start=1):
            given = locked_dropout(hidden, offsets, self.hidden_dropout if self.training else 0.0, self.noise)
            made, _ = self._read(module, given, offsets)
            hidden = self.mixed(layer, given, made)
        return hidden, final_states(hidden, offsets, self.hidden_size)
