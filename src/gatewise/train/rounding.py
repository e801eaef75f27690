"""Weights as they will be stored, before they are judged."""

from __future__ import annotations

import torch

from gatewise.store.rounding import bits_of, rounded


def rounded_state(
    state: dict[str, torch.Tensor], embedding_bits: int, matrix_bits: int = 32
) -> dict[str, torch.Tensor]:
    """Weights by name, each rounded to the bits it is stored in (see `gatewise.store.rounding`).

    Example:
        >>> rounded_state({"embedding.weight": torch.tensor([[1.27, 0.014]])}, 8)["embedding.weight"]
        tensor([[1.2700, 0.0100]])
    """
    bits = {name: bits_of(name, tensor.ndim, embedding_bits, matrix_bits) for name, tensor in state.items()}
    return {name: tensor if bits[name] == 32 else _rounded(tensor, bits[name]) for name, tensor in state.items()}


def _rounded(tensor: torch.Tensor, bits: int) -> torch.Tensor:
    return torch.from_numpy(rounded(tensor.detach().cpu().numpy(), bits)).to(tensor.device)
