"""What one layer of a recurrent network takes and gives, whoever computes it."""

from __future__ import annotations

from typing import NamedTuple

import torch

from gatewise.ops.lstm_packed import Precision as Precision


class Weights(NamedTuple):
    """Weights of one direction of one layer, as in ``torch.nn``: ``[4H, I]``, ``[4H, H]`` and two ``[4H]`` or None."""

    weight_ih: torch.Tensor
    weight_hh: torch.Tensor
    bias_ih: torch.Tensor | None
    bias_hh: torch.Tensor | None


class LayerOutput(NamedTuple):
    """What one layer gives for ragged rows, its D directions side by side or one after the other.

    Attributes:
        hidden: ``[N, D * H]``.
        h_n: ``[D, B, H]``, after the last row read; of an empty sequence its initial state.
        c_n: ``[D, B, H]``, the cell there.
        gates: For each direction ``[N, 4H]``: i, f, g, o. Empty unless recorded.
        cells: For each direction ``[N, H]``. Empty unless recorded.
    """

    hidden: torch.Tensor
    h_n: torch.Tensor
    c_n: torch.Tensor
    gates: tuple[torch.Tensor, ...] = ()
    cells: tuple[torch.Tensor, ...] = ()


States = tuple[torch.Tensor, torch.Tensor]
