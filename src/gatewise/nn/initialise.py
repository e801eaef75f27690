"""How our own models begin. `LSTM` by itself begins as ``torch.nn.LSTM`` does."""

from __future__ import annotations

import math

import torch
from torch import nn


@torch.no_grad()
def initialise(network: nn.Module, generator: torch.Generator | None = None, *, open_rows: slice | None = None) -> None:
    """Glorot-uniform input weights, orthogonal recurrent weights, zero biases, some gates open.

    Orthogonal are the columns of the whole ``[G * H, H]`` matrix, as in Keras, not each gate's block.

    Args:
        network: Its parameters are named as those of ``torch.nn.LSTM``.
        generator: Source of randomness; torch's own when not given.
        open_rows: Entries of ``bias_ih`` that begin at 1. For an LSTM the forget gate's, ``slice(H, 2 * H)``: a network
            that remembers first (Jozefowicz et al. 2015, section 5).

    Example:
        >>> lstm = nn.LSTM(3, 2)
        >>> initialise(lstm, torch.Generator().manual_seed(0), open_rows=slice(2, 4))
        >>> lstm.bias_ih_l0.tolist()
        [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    for name, parameter in network.named_parameters():
        if name.startswith("weight_ih"):
            bound = math.sqrt(6 / sum(parameter.shape))
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter, generator=generator)
        else:
            nn.init.zeros_(parameter)
            if name.startswith("bias_ih") and open_rows is not None:
                parameter[open_rows] = 1.0
