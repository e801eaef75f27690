"""The way back through a network's head: hidden layers of a perceptron, classes in an order, plain logits."""

from __future__ import annotations

import numpy as np

from gatewise.explain.explanation import Floats
from gatewise.ops.activations import ACTIVATIONS, sigmoid, sigmoid_derivative
from gatewise.ops.ordinal import log_probabilities, thresholds
from gatewise.runtime.build import Tensors
from gatewise.store.config import NetworkConfig


class Head:
    """From pooled features to logits, and back; in float64.

    Args:
        config: Shape of the network.
        tensors: Its weights.
    """

    def __init__(self, config: NetworkConfig, tensors: Tensors) -> None:
        self._is_ordinal = config.ordinal
        self._weight: Floats = tensors["head.weight"].astype(np.float64)
        self._end: Floats = tensors["head.steps" if config.ordinal else "head.bias"].astype(np.float64)
        count = config.layers if config.network == "mlp" else 0
        self._layers = [_HiddenLayer(config, tensors, number) for number in range(count)]

    def __call__(self, features: Floats) -> Floats:
        """Logits ``[B, outputs]`` of features ``[B, features]``."""
        for layer in self._layers:
            features = layer(features)
        sums = features @ self._weight.T
        return log_probabilities(sums[:, 0], self._end) if self._is_ordinal else sums + self._end

    def slopes(self, features: Floats, d_logits: Floats) -> Floats:
        """From slopes by the logits of these features to slopes by the features."""
        given = []
        for layer in self._layers:
            given.append(features)
            features = layer(features)
        if self._is_ordinal:
            d_logits = self._by_scale(features @ self._weight[0], d_logits)
        slopes: Floats = d_logits @ self._weight
        for layer, before in zip(reversed(self._layers), reversed(given), strict=True):
            slopes = layer.slopes(before, slopes)
        return slopes

    def _by_scale(self, scale: Floats, d_logits: Floats) -> Floats:
        """Slopes by the one score of an ordinal head, ``[B, 1]``; see `gatewise.ops.ordinal.log_probabilities`."""
        beyond = scale[:, None] - thresholds(self._end)
        by_scale = np.pad(-sigmoid(beyond), ((0, 0), (0, 1))) + np.pad(sigmoid(-beyond), ((0, 0), (1, 0)))
        slopes: Floats = (d_logits * by_scale).sum(axis=1, keepdims=True)
        return slopes


class _HiddenLayer:
    """One hidden layer of a perceptron, with highway gates from the second on where the network has them."""

    def __init__(self, config: NetworkConfig, tensors: Tensors, number: int) -> None:
        def affine(name: str) -> tuple[Floats, Floats]:
            weight, bias = tensors[f"hidden.{name}.weight"], tensors[f"hidden.{name}.bias"]
            return weight.astype(np.float64), bias.astype(np.float64)

        self._layer = affine(f"layers.{number}")
        self._gate = affine(f"gates.{number}") if config.highway and number else None
        self._activation = ACTIVATIONS[config.activation]

    def __call__(self, given: Floats) -> Floats:
        made: Floats = self._activation.function(_sums(given, self._layer)).astype(np.float64)
        if self._gate is None:
            return made
        return given + sigmoid(_sums(given, self._gate)) * (made - given)

    def slopes(self, given: Floats, d_given_on: Floats) -> Floats:
        sums = _sums(given, self._layer)
        made: Floats = self._activation.function(sums).astype(np.float64)
        d_made, d_given = d_given_on, np.zeros_like(given)
        if self._gate is not None:
            inside = _sums(given, self._gate)
            opened = sigmoid(inside)
            d_made, d_given = d_given_on * opened, d_given_on * (1 - opened)
            d_given = d_given + (d_given_on * (made - given) * sigmoid_derivative(inside)) @ self._gate[0]
        slopes: Floats = d_given + (d_made * self._activation.derivative(sums)) @ self._layer[0]
        return slopes


def _sums(rows: Floats, affine: tuple[Floats, Floats]) -> Floats:
    weight, bias = affine
    sums: Floats = rows @ weight.T + bias
    return sums
