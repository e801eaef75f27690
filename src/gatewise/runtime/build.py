"""From the tensors of a model folder to what reads the words.

Only the network at hand is imported: a prediction from a cold process should not load ten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from gatewise.ops.checks import Floats
from gatewise.runtime.encoder import Direction, Encoder, Layers
from gatewise.store.config import NetworkConfig
from gatewise.store.networks import BAGS

if TYPE_CHECKING:
    from gatewise.runtime.bag import HiddenLayers
    from gatewise.runtime.layers import Layer

Tensors = Mapping[str, npt.NDArray[Any]]


def make_encoder(config: NetworkConfig, tensors: Tensors) -> Encoder:
    """The encoder of a network.

    Args:
        config: Its shape.
        tensors: Its weights, checked, named as `NetworkConfig` says.
    """
    embedding: Floats = tensors["embedding.weight"]
    if config.network in BAGS:
        from gatewise.runtime.bag import BagEncoder

        return BagEncoder(embedding)
    if config.network == "lstm" and not config.highway:
        from gatewise.runtime.lstm import LSTMEncoder

        return LSTMEncoder(embedding, recurrent_layers(config, tensors))
    from gatewise.runtime.layers import Gate, LayerStack

    gates = {
        layer: Gate(tensors[f"encoder.gates.{layer}.weight"], tensors[f"encoder.gates.{layer}.bias"])
        for layer in range(1, config.layers if config.highway else 1)
    }
    return LayerStack(embedding, _layers(config, tensors), gates=gates, is_dense=config.qrnn_dense)


def make_hidden(config: NetworkConfig, tensors: Tensors) -> HiddenLayers | None:
    """The layers between pooling and head; None for a network that has none."""
    if config.network != "mlp":
        return None
    from gatewise.runtime.bag import HiddenLayers

    return HiddenLayers(config, tensors)


def recurrent_layers(config: NetworkConfig, tensors: Tensors) -> Layers:
    """The weights of a network whose layers are as in ``torch.nn``, by layer and direction."""
    return [
        tuple(_direction(config, under(tensors, "encoder."), name) for name in _names(config, layer))
        for layer in range(config.layers)
    ]


def _layers(config: NetworkConfig, tensors: Tensors) -> list[Layer]:
    if config.network == "grid_lstm":
        from gatewise.runtime.grid_lstm import grid_layer

        return [grid_layer(config, under(tensors, "encoder."))]
    make = _MAKERS.get(config.network, _scanned)
    if config.highway:
        return [make(config, under(tensors, f"encoder.layers.{layer}."), 0) for layer in range(config.layers)]
    return [make(config, under(tensors, "encoder."), layer) for layer in range(config.layers)]


def under(tensors: Tensors, prefix: str) -> Tensors:
    """The tensors whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): array for name, array in tensors.items() if name.startswith(prefix)}


def _names(config: NetworkConfig, layer: int) -> list[str]:
    return [f"l{layer}", f"l{layer}_reverse"][: config.directions]


def _direction(config: NetworkConfig, tensors: Tensors, name: str) -> Direction:
    return Direction(
        weight_ih=tensors[f"weight_ih_{name}"],
        weight_hh=tensors[f"weight_hh_{name}"],
        bias_ih=tensors[f"bias_ih_{name}"],
        bias_hh=tensors[f"bias_hh_{name}"] if config.recurrent_bias else None,
        reverse=name.endswith("reverse"),
    )


def _lstm(config: NetworkConfig, tensors: Tensors, layer: int) -> Layer:
    from gatewise.runtime.lstm_layer import LSTMLayer

    return LSTMLayer(tuple(_direction(config, tensors, name) for name in _names(config, layer)))


def _scanned(config: NetworkConfig, tensors: Tensors, layer: int) -> Layer:
    from gatewise.ops.registry import make_cell
    from gatewise.runtime.scanned import ScannedLayer

    return ScannedLayer(
        [
            (
                _direction(config, tensors, name),
                make_cell(
                    config.network,
                    activation=config.activation,
                    leak=config.leak,
                    peephole=tensors.get(f"peephole_{name}"),
                ),
            )
            for name in _names(config, layer)
        ]
    )


def _qrnn(config: NetworkConfig, tensors: Tensors, layer: int) -> Layer:
    from gatewise.runtime.qrnn import qrnn_layer

    names = _names(config, layer)
    return qrnn_layer(
        [(tensors[f"weight_{name}"], tensors[f"bias_{name}"]) for name in names],
        window=config.qrnn_window,
        pooling=config.qrnn_pooling,
    )


_MAKERS: dict[str, Callable[[NetworkConfig, Tensors, int], Layer]] = {"lstm": _lstm, "qrnn": _qrnn}
