"""Grid LSTM in NumPy: all its layers are one `Layer`, for what goes from one to the next is more than hidden states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.ops.cell import State
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.grid_lstm import Axis, Block, pass_block, scan_layer
from gatewise.runtime.layers import Layer
from gatewise.store.config import NetworkConfig

Tensors = Mapping[str, npt.NDArray[Any]]
# Along time, the h and m of every layer; of a 1-D grid None.
Memory = list[State | None]


def grid_layer(config: NetworkConfig, tensors: Tensors) -> Layer:
    """The grid of a network.

    Args:
        config: Its shape.
        tensors: Its weights, named as `gatewise.store.networks` says, without ``encoder.``.
    """
    suffixes = ("", "_reverse")[: config.directions]
    weight_in = np.concatenate([tensors[f"weight_in{suffix}"] for suffix in suffixes])
    bias_in = np.concatenate([tensors[f"bias_in{suffix}"] for suffix in suffixes])
    return GridLayer(Axis(weight_in, bias_in), [_grid(config, tensors, suffix) for suffix in suffixes])


def _grid(config: NetworkConfig, tensors: Tensors, suffix: str) -> list[Block]:
    names = [f"_l{0 if config.grid_tied else layer}{suffix}" for layer in range(config.layers)]
    axes = ("depth", "time")[: config.grid_dimensions]
    return [tuple(Axis(tensors[f"weight_{a}{name}"], tensors[f"bias_{a}{name}"]) for a in axes) for name in names]


class GridLayer(Layer):
    """The whole depth of a grid, for each direction.

    Args:
        entry: From a row to h and m at the bottom, directions one below the other: ``[D * 2H, I]`` and ``[D * 2H]``.
        grids: The blocks of each direction, from the lowest layer to the highest.
    """

    def __init__(self, entry: Axis, grids: list[list[Block]]) -> None:
        self._entry, self._grids = entry, grids
        self.hidden_size = entry.weight.shape[0] // (2 * len(grids))

    def project(self, rows: Floats) -> Floats:
        """h and m at the bottom, directions side by side: ``[N, D * 2H]``."""
        projected: Floats = rows @ self._entry.weight.T
        return projected + self._entry.bias

    def walk(self, projected: Floats, offsets: Offsets) -> Floats:
        """See `Layer.walk`."""
        tops = []
        for direction, part in enumerate(np.split(projected, len(self._grids), axis=1)):
            depth = _halves(part)
            for block in self._grids[direction]:
                depth = scan_layer(depth, offsets, block, reverse=direction == 1)
            tops.append(depth[0])
        return np.concatenate(tops, axis=1)

    def start(self) -> Memory:
        """See `Layer.start`."""
        zero = np.zeros((1, self.hidden_size), self._entry.weight.dtype)
        return [(zero, zero) if len(block) == 2 else None for block in self._grids[0]]

    def push(self, state: Memory, projected: Floats) -> tuple[Floats, Memory]:
        """See `Layer.push`."""
        depth, after = _halves(projected), []
        for block, time in zip(self._grids[0], state, strict=True):
            depth, new_time = pass_block(depth, time, block)
            after.append(new_time)
        return depth[0], after


def _halves(rows: Floats) -> State:
    h, m = np.split(rows, 2, axis=1)
    return h, m
