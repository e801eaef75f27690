"""From the hidden states of each text to one vector a text: segment reductions over ragged rows."""

from __future__ import annotations

import torch


def pool(hidden: torch.Tensor, final: torch.Tensor, offsets: torch.Tensor, how: str) -> torch.Tensor:
    """Pool each sequence's rows.

    Args:
        hidden: ``[N, F]`` rows.
        final: ``[B, F]`` final states, which are the part called ``last``.
        offsets: ``[B + 1]``.
        how: ``last``, ``max``, ``mean`` or ``last+max+mean``.

    Returns:
        ``[B, F * parts]``, parts in the order named; an empty sequence gives zeros.
    """
    return torch.cat([_part(hidden, final, offsets, part) for part in how.split("+")], dim=1)


def _part(hidden: torch.Tensor, final: torch.Tensor, offsets: torch.Tensor, how: str) -> torch.Tensor:
    if how == "last":
        return final
    lengths = offsets.diff()
    # Without an initial value an empty segment gives -inf or NaN; the rows of empty sequences are set to zero here.
    reduced = torch.segment_reduce(hidden, how, lengths=lengths, axis=0)
    return torch.where((lengths > 0).unsqueeze(1), reduced, 0.0)
