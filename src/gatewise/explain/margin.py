"""A class's margin: the linear form of the pooled features that says how far a network prefers the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.errors import ModelError
from gatewise.explain.explanation import Floats
from gatewise.runtime.build import Tensors, under
from gatewise.runtime.network import Network
from gatewise.store.config import NetworkConfig


@dataclass(frozen=True, eq=False)
class Margin:
    """``weight @ features + bias``: the logit of a class less the mean of the others', before blend and temperature.

    For two classes these are the network's own log odds of the class, for more they are not: log odds are not linear in
    the logits. An ordinal network has one score for all classes, and its margin is that score: positive speaks for the
    higher classes.

    Attributes:
        weight: ``[features]`` float64.
        bias: Float.
    """

    weight: Floats
    bias: float

    @classmethod
    def of(cls, config: NetworkConfig, tensors: Tensors, index: int) -> Margin:
        """The margin of class number `index`; of an ordinal network the same for every class."""
        weight = tensors["head.weight"].astype(np.float64)
        if config.ordinal:
            return cls(weight[0], 0.0)
        bias = tensors["head.bias"].astype(np.float64)
        if config.outputs == 1:
            sign = 1.0 if index == 1 else -1.0
            return cls(sign * weight[0], sign * float(bias[0]))
        others = np.delete(np.arange(config.outputs), index)
        return cls(weight[index] - weight[others].mean(axis=0), float(bias[index] - bias[others].mean()))


def single_networks(network: Network) -> list[tuple[NetworkConfig, Tensors]]:
    """Shape and weights of each network whose mean logits are the model's: one, or two where it reads both ways."""
    own, *others = network.config.single
    return [(own, network.tensors), *((one, under(network.tensors, f"{one.reads}.")) for one in others)]


def check_lstm(network: Network, what: str) -> None:
    """Raise `ModelError` unless it is a network of plain LSTM layers; `what` begins the message."""
    config = network.config
    if config.network == "lstm" and not config.highway:
        return
    kind = f"{config.network} with highway gates" if config.highway else config.network
    raise ModelError(
        f"{what} for LSTM networks only, and this one is of kind {kind}",
        hint="gatewise explain with another method, such as occlusion, takes any network",
    )
