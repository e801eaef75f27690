"""What recurrent networks share: layers, directions, dropout, ragged rows. Reading one direction is the subclass's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from torch import nn

from gatewise.nn.dropout import locked_dropout, weight_dropout
from gatewise.nn.initialise import initialise


class Recurrent(nn.Module, ABC):
    """A stack of recurrent layers over ragged rows, with the parameter names and gate order of ``torch.nn``.

    Args:
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        layers: Layers, each reading what the one below gave.
        bidirectional: Also read from the end; outputs are ``[forward, backward]`` side by side.
        recurrent_bias: Keep ``bias_hh`` beside ``bias_ih`` as torch does; without it there is one bias a gate, as in
            the papers and in Keras.
        hidden_dropout: Locked dropout on what a layer hands to the next.
        weight_dropout: DropConnect on ``weight_hh``.
        noise: Generator for the dropouts; a fresh one when not given.

    Notes:
        Deterministic for a fixed number of torch threads. Cost is proportional to tokens (plus at most 10 % padding).
    """

    gates: ClassVar[int]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        recurrent_bias: bool = True,
        hidden_dropout: float = 0.0,
        weight_dropout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.layers = input_size, hidden_size, layers
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        self.hidden_dropout, self.weight_dropout = hidden_dropout, weight_dropout
        self.noise = noise or torch.Generator()
        for layer in range(layers):
            width = input_size if layer == 0 else hidden_size * len(self.suffixes)
            for suffix in self.suffixes:
                self.add_layer(f"_l{layer}{suffix}", width, recurrent_bias)
        self.reset_parameters()

    def add_layer(self, name: str, width: int, recurrent_bias: bool) -> None:
        """Make the parameters of one direction of one layer, whose names end in `name`."""
        rows = self.gates * self.hidden_size
        self.register_parameter(f"weight_ih{name}", nn.Parameter(torch.empty(rows, width)))
        self.register_parameter(f"weight_hh{name}", nn.Parameter(torch.empty(rows, self.hidden_size)))
        self.register_parameter(f"bias_ih{name}", nn.Parameter(torch.empty(rows)))
        self.register_parameter(f"bias_hh{name}", nn.Parameter(torch.empty(rows)) if recurrent_bias else None)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew, see `gatewise.nn.initialise`."""
        initialise(self, generator)

    @abstractmethod
    def make_plan(self, offsets: torch.Tensor, *, reverse: bool) -> Any:
        """How a direction walks the sequences; made once a batch, for all layers."""

    @abstractmethod
    def read_direction(self, x: torch.Tensor, plan: Any, name: str) -> torch.Tensor:
        """One direction of one layer: rows ``[N, I]`` to hidden states ``[N, H]``."""

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read every sequence for exactly its own length.

        Args:
            x: ``[N, I]`` rows.
            offsets: ``[B + 1]`` int64.

        Returns:
            The last layer's hidden states ``[N, D * H]``, and its final ones ``[B, D * H]``: after the last word for
            the forward direction, after the first for the backward one; zero for an empty sequence.
        """
        plans = [self.make_plan(offsets, reverse=bool(suffix)) for suffix in self.suffixes]
        for layer in range(self.layers):
            if layer:
                x = locked_dropout(x, offsets, self._rate(self.hidden_dropout), self.noise)
            x = torch.cat(
                [self.read_direction(x, plan, f"_l{layer}{s}") for plan, s in zip(plans, self.suffixes, strict=True)], 1
            )
        return x, final_states(x, offsets, self.hidden_size)

    def _rate(self, rate: float) -> float:
        return rate if self.training else 0.0

    def weights(self, name: str) -> list[torch.Tensor]:
        """Input and recurrent matrix and the two biases of a layer, with noise in training."""
        weight_hh = weight_dropout(getattr(self, f"weight_hh{name}"), self._rate(self.weight_dropout), self.noise)
        bias_ih, bias_hh = getattr(self, f"bias_ih{name}"), getattr(self, f"bias_hh{name}")
        return [
            getattr(self, f"weight_ih{name}"),
            weight_hh,
            bias_ih,
            torch.zeros_like(bias_ih) if bias_hh is None else bias_hh,
        ]


def final_states(hidden: torch.Tensor, offsets: torch.Tensor, width: int) -> torch.Tensor:
    """Each direction's hidden state at its own end: forwards after the last word, backwards after the first.

    Args:
        hidden: ``[N, D * width]``, directions side by side.
        offsets: ``[B + 1]`` int64.
        width: Of one direction.

    Returns:
        ``[B, D * width]``; zero for an empty sequence.

    Example:
        >>> final_states(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([0, 2, 2, 3]), 1).tolist()
        [[2.0], [0.0], [3.0]]
    """
    has_words = (offsets.diff() > 0).unsqueeze(1)
    if not len(hidden):
        return hidden.new_zeros(len(offsets) - 1, hidden.shape[1])
    forward, *backward = torch.split(hidden, width, dim=1)
    ends = [forward[(offsets[1:] - 1).clamp(min=0)]]
    ends += [half[offsets[:-1].clamp(max=len(half) - 1)] for half in backward]
    return torch.where(has_words, torch.cat(ends, 1), 0.0)
