"""Hidden layers over the mean of a text's word vectors: a multilayer perceptron, which does not see the order of words.

    h_1 = a(W_1 m + b_1)                            of the mean m
    h_k = a(W_k h_(k-1) + b_k)                      for k > 1

Reference: Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors, Nature 323.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional

from gatewise.errors import ParameterError
from gatewise.nn.dropout import elementwise_dropout
from gatewise.nn.highway import Highway


def _linear(x: torch.Tensor) -> torch.Tensor:
    return x


# As in `gatewise.ops.activations`, whose slope of the leaky ReLU is torch's default too.
_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": _linear,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "softplus": functional.softplus,
}


class HiddenLayers(Highway):
    """Fully connected layers, one above the other.

    Args:
        input_size: Width E of the rows read.
        hidden_size: Width H of every layer.
        layers: Layers, at least 1.
        activation: linear, sigmoid, tanh, relu, leaky_relu or softplus.
        highway: Gates around the layers above the first, see `gatewise.nn.highway`.
        hidden_dropout: Dropout on what a layer hands to the next; with one layer it has no effect.
        noise: Its generator.

    Raises:
        ParameterError: An activation that is not there.

    Notes:
        Parameters are named ``layers.{k}.weight`` and ``.bias``, with highway ``gates.{k}`` from 1.

    Example:
        >>> HiddenLayers(3, 4, layers=2, activation="relu", highway=True)(torch.ones(5, 3)).shape
        torch.Size([5, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        activation: str = "tanh",
        highway: bool = False,
        hidden_dropout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> None:
        if activation not in _ACTIVATIONS:
            raise ParameterError(f"activation={activation!r} is not one of {', '.join(_ACTIVATIONS)}")
        widths = [input_size] + [hidden_size] * (layers - 1)
        super().__init__([nn.Linear(width, hidden_size) for width in widths], hidden_size)
        self.activation, self.hidden_dropout, self.noise = activation, hidden_dropout, noise
        if not highway:
            self.gates.clear()
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew: Glorot-uniform, biases zero, those of highway gates as `Highway.reset_gates` says."""
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)
        self.reset_gates(generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From rows ``[B, E]`` to ``[B, H]``."""
        activate = _ACTIVATIONS[self.activation]
        first, *others = self.layers
        x = activate(first(x))
        for number, layer in enumerate(others, start=1):
            x = elementwise_dropout(x, self.hidden_dropout if self.training else 0.0, self.noise)
            made = activate(layer(x))
            x = self.mixed(number, x, made) if str(number) in self.gates else made
        return x
