"""An LSTM whose states are kept in two parts: what comes from a phrase, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.explain.explanation import Floats
from gatewise.ops.activations import sigmoid, tanh
from gatewise.ops.checks import Floats as AnyFloats
from gatewise.runtime.build import Tensors, recurrent_layers
from gatewise.runtime.encoder import Direction
from gatewise.store.config import NetworkConfig

Mask = npt.NDArray[np.bool_]

_NOTHING: Floats = np.zeros(1)


@dataclass(frozen=True, eq=False)
class Parts:
    """An array in two parts of its shape, whose sum it is."""

    inside: Floats
    outside: Floats

    @property
    def whole(self) -> Floats:
        """Their sum."""
        return self.inside + self.outside


def read_layers(config: NetworkConfig, tensors: Tensors, given: Parts, is_inside: Mask) -> Parts:
    """All layers of an LSTM over rows in two parts.

    Args:
        config: Shape of the network.
        tensors: Its weights.
        given: ``[P, S, E]``, rows in the order in which they are read, in P ways of division.
        is_inside: ``[P, S]``, whether a row is one of the phrase.

    Returns:
        ``[P, S, D * H]``; the sum is what the network gives.
    """
    for layer in recurrent_layers(config, tensors):
        walked = [_walk(direction, given, is_inside) for direction in layer]
        given = Parts(
            np.concatenate([parts.inside for parts in walked], axis=2),
            np.concatenate([parts.outside for parts in walked], axis=2),
        )
    return given


def shares(function: Callable[[AnyFloats], AnyFloats], r: Floats, q: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Parts of ``function(r + q + b)`` that belong to r and to the bias b; what is left belongs to q.

    The bias comes first; then r is added before q, and after it, and its part is the mean of both changes.

    Example:
        >>> part, bias = shares(np.tanh, np.array([1.0]), np.array([-1.0]), np.array([0.0]))
        >>> part.round(4).tolist(), bias.tolist()
        ([0.7616], [0.0])
    """
    bias, both = function(b), function(b + r + q)
    part = (function(b + r) - bias + both - function(b + q)) / 2
    return part.astype(np.float64, copy=False), bias.astype(np.float64, copy=False)


def _walk(direction: Direction, given: Parts, is_inside: Mask) -> Parts:
    P, S, _ = given.inside.shape
    H = direction.weight_hh.shape[1]
    weight_ih, weight_hh = (matrix.T.astype(np.float64) for matrix in (direction.weight_ih, direction.weight_hh))
    bias: Floats = direction.bias_ih.astype(np.float64)
    if direction.bias_hh is not None:
        bias = bias + direction.bias_hh.astype(np.float64)
    # Inside first, outside behind it, so that a step is one product for both.
    projected = np.concatenate([given.inside, given.outside]) @ weight_ih
    hidden: Floats = np.zeros((2 * P, S, H))
    h: Floats = np.zeros((2 * P, H))
    c = Parts(h[:P], h[P:])
    for row in range(S - 1, -1, -1) if direction.reverse else range(S):
        sums = projected[:, row] + h @ weight_hh
        made, c = _step(Parts(sums[:P], sums[P:]), bias, c, is_inside[:, row, None])
        h = np.concatenate([made.inside, made.outside])
        hidden[:, row] = h
    return Parts(hidden[:P], hidden[P:])


def _step(sums: Parts, bias: Floats, c: Parts, is_inside: Mask) -> tuple[Parts, Parts]:
    """Equations (1) to (6) of `gatewise.ops.lstm` in two parts, from what stands inside (1) to (4): new h and c."""
    r, q, b = (np.split(part, 4, axis=-1) for part in (sums.inside, sums.outside, bias))
    (own_i, only_i), (own_f, only_f), (own_g, only_g) = (
        shares(function, r[gate], q[gate], b[gate]) for gate, function in enumerate((sigmoid, sigmoid, tanh))
    )
    written = own_i * (own_g + only_g) + only_i * own_g + is_inside * (only_i * only_g)
    inside = written + (own_f + only_f) * c.inside
    i, f, g, o = (r[gate] + q[gate] + b[gate] for gate in range(4))
    cell = sigmoid(f) * c.whole + sigmoid(i) * np.tanh(g)
    shown = sigmoid(o)
    own = shown * shares(tanh, inside, cell - inside, _NOTHING)[0]
    return Parts(own, shown * np.tanh(cell) - own), Parts(inside, cell - inside)
