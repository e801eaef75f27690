"""The quasi-recurrent network (Bradbury et al. 2016): a convolution over words, and a recurrence without weights."""

from __future__ import annotations

import math

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.dropout import locked_dropout
from gatewise.nn.qrnn_function import read_layer
from gatewise.nn.recurrent import final_states
from gatewise.ops.qrnn import check_window
from gatewise.ops.qrnn_pool import POOLINGS


class QRNN(nn.Module):
    """Quasi-recurrent layers over ragged rows; equations (1) to (6) of `gatewise.ops.qrnn`.

    Parameters of layer k: ``weight_l{k}`` ``[P * H, window * I]``, ``bias_l{k}`` ``[P * H]``, and of the backward
    direction the same with ``_reverse``. Blocks of H rows in the order z, f, o, i, as far as the pooling has them (P is
    1 and a block for each letter of the pooling); within a row the oldest word of the window first.

    Args:
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        layers: Layers, each reading what the one below gave.
        bidirectional: Also read from the end; outputs are ``[forward, backward]`` side by side.
        window: k, words that a step sees: itself and those before it, or in the backward direction after it.
        pooling: ``f``, ``fo`` or ``ifo``.
        dense: Each layer also reads all that the layers below it read and gave (section 2.1 of the paper): what the one
            below read, then what it gave. The output is that of the last layer alone.
        hidden_dropout: Locked dropout on what a layer hands to the next.
        zoneout: Probability p that the forget gate of a unit is set to 1 at a step, in training. There is none at
            prediction, and the gates are not rescaled: on average they are p (1 - f) wider open in training.
        noise: Generator for dropout and zoneout; a fresh one when not given.

    Raises:
        ParameterError: A size, window, pooling or rate that cannot be.

    Notes:
        On the CPU in float32 the pooling and its gradients are the native core's where it is there, else NumPy's; on
        other devices torch's. A sequence's numbers do not depend on the others in the batch but for the order in which
        the product of matrices is summed. Deterministic for a fixed number of torch threads. O(N k I P H).

    Reference:
        Bradbury, Merity, Xiong and Socher (2016), arXiv:1611.01576, equations 1 to 6; dense connections, section 2.1.

    Example:
        >>> network = QRNN(3, 4, layers=2, window=2, pooling="fo", dense=True)
        >>> hidden, final = network(torch.ones(5, 3), torch.tensor([0, 2, 5]))
        >>> hidden.shape, final.shape, network.weight_l1.shape
        (torch.Size([5, 4]), torch.Size([2, 4]), torch.Size([12, 14]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        window: int = 2,
        pooling: str = "fo",
        dense: bool = False,
        hidden_dropout: float = 0.0,
        zoneout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        check_window(window)
        if pooling not in POOLINGS:
            raise ParameterError(f"pooling={pooling!r} is not one of {', '.join(POOLINGS)}")
        if not 0 <= zoneout < 1:
            raise ParameterError(f"zoneout={zoneout!r} is not from 0 to below 1")
        self.input_size, self.hidden_size, self.layers = input_size, hidden_size, layers
        self.window, self.pooling, self.dense = window, pooling, dense
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        self.hidden_dropout, self.zoneout = hidden_dropout, zoneout
        self.noise = noise or torch.Generator()
        rows, given = (1 + len(pooling)) * hidden_size, hidden_size * len(self.suffixes)
        width = input_size
        for layer in range(layers):
            for suffix in self.suffixes:
                weight = nn.Parameter(torch.empty(rows, window * width))
                self.register_parameter(f"weight_l{layer}{suffix}", weight)
                self.register_parameter(f"bias_l{layer}{suffix}", nn.Parameter(torch.empty(rows)))
            width = width + given if dense else given
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew: Glorot-uniform for each block, biases zero but for the forget gate's at 1.

        Args:
            generator: Source of randomness; torch's own when not given.
        """
        for name, parameter in self.named_parameters():
            if name.startswith("weight"):
                bound = math.sqrt(6 / (self.hidden_size + parameter.shape[1]))
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
            else:
                nn.init.zeros_(parameter)
                parameter[self.hidden_size : 2 * self.hidden_size] = 1.0

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read every sequence for exactly its own length.

        Args:
            x: ``[N, I]`` rows, float32 or float64.
            offsets: ``[B + 1]`` int64.

        Returns:
            The last layer's hidden states ``[N, D * H]``, and its final ones ``[B, D * H]``: after the last word for
            the forward direction, after the first for the backward one; zero for an empty sequence.
        """
        hidden = x
        for layer in range(self.layers):
            if layer:
                given = torch.cat([x, hidden], 1) if self.dense else hidden
                x = locked_dropout(given, offsets, self.hidden_dropout if self.training else 0.0, self.noise)
            parts = [self._read(x, offsets, layer, suffix) for suffix in self.suffixes]
            hidden = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
        return hidden, final_states(hidden, offsets, self.hidden_size)

    def _read(self, x: torch.Tensor, offsets: torch.Tensor, layer: int, suffix: str) -> torch.Tensor:
        """One direction of one layer: rows ``[N, I]`` to hidden states ``[N, H]``."""
        return read_layer(
            x,
            getattr(self, f"weight_l{layer}{suffix}"),
            getattr(self, f"bias_l{layer}{suffix}"),
            offsets,
            window=self.window,
            pooling=self.pooling,
            reverse=bool(suffix),
            zoned=self._zoned(x),
        )

    def _zoned(self, x: torch.Tensor) -> torch.Tensor | None:
        """Where the forget gate is set to 1, ``[N, H]`` uint8."""
        if not self.training or not self.zoneout:
            return None
        drawn = torch.empty(len(x), self.hidden_size, dtype=torch.uint8, device=self.noise.device)
        return drawn.bernoulli_(self.zoneout, generator=self.noise).to(x.device)
