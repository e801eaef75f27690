"""What GRU and RNN share: layers, directions, dropout, ragged rows. One step is the subclass's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import nn

from gatewise.nn.buckets import Buckets, make_buckets
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
                self._add_layer(f"_l{layer}{suffix}", width, recurrent_bias)
        self.reset_parameters()

    def _add_layer(self, name: str, width: int, recurrent_bias: bool) -> None:
        rows = self.gates * self.hidden_size
        self.register_parameter(f"weight_ih{name}", nn.Parameter(torch.empty(rows, width)))
        self.register_parameter(f"weight_hh{name}", nn.Parameter(torch.empty(rows, self.hidden_size)))
        self.register_parameter(f"bias_ih{name}", nn.Parameter(torch.empty(rows)))
        self.register_parameter(f"bias_hh{name}", nn.Parameter(torch.empty(rows)) if recurrent_bias else None)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew, see `gatewise.nn.initialise`."""
        initialise(self, generator)

    @abstractmethod
    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """One direction of one layer over a padded grid: ``[T, b, I]`` to the hidden states ``[T, b, H]``."""

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read every sequence for exactly its own length.

        Args:
            x: ``[N, I]`` rows.
            offsets: ``[B + 1]`` int64.

        Returns:
            The last layer's hidden states ``[N, D * H]``, and its final ones ``[B, D * H]``: after the last word for
            the forward direction, after the first for the backward one; zero for an empty sequence.
        """
        plans = [make_buckets(offsets, reverse=bool(suffix)) for suffix in self.suffixes]
        for layer in range(self.layers):
            if layer:
                x = locked_dropout(x, offsets, self._rate(self.hidden_dropout), self.noise)
            x = torch.cat(
                [self._direction(x, plan, f"_l{layer}{s}") for plan, s in zip(plans, self.suffixes, strict=True)], 1
            )
        return x, self._final(x, offsets)

    def _rate(self, rate: float) -> float:
        return rate if self.training else 0.0

    def _direction(self, x: torch.Tensor, plan: Buckets, name: str) -> torch.Tensor:
        weights = self._weights(name)
        outputs = [x.new_zeros(0, self.hidden_size)]
        for bucket in plan.buckets:
            grid = x.index_select(0, bucket.rows.flatten()).view(*bucket.rows.shape, -1)
            outputs.append(self.kernel(grid, weights).flatten(0, 1).index_select(0, bucket.steps))
        return torch.cat(outputs).index_select(0, plan.back)

    def _weights(self, name: str) -> list[torch.Tensor]:
        weight_hh = weight_dropout(getattr(self, f"weight_hh{name}"), self._rate(self.weight_dropout), self.noise)
        bias_ih, bias_hh = getattr(self, f"bias_ih{name}"), getattr(self, f"bias_hh{name}")
        return [
            getattr(self, f"weight_ih{name}"),
            weight_hh,
            bias_ih,
            torch.zeros_like(bias_ih) if bias_hh is None else bias_hh,
        ]

    def _final(self, hidden: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        has_words = (offsets.diff() > 0).unsqueeze(1)
        if not len(hidden):
            return hidden.new_zeros(len(offsets) - 1, hidden.shape[1])
        forward, *backward = torch.split(hidden, self.hidden_size, dim=1)
        ends = [forward[(offsets[1:] - 1).clamp(min=0)]]
        ends += [half[offsets[:-1].clamp(max=len(half) - 1)] for half in backward]
        return torch.where(has_words, torch.cat(ends, 1), 0.0)
