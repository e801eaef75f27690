"""A selection of encoded texts as torch tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gatewise.text.ragged import Ragged


@dataclass(frozen=True)
class Encoded:
    """Texts as token ids, with their classes.

    Attributes:
        tokens: The texts.
        targets: ``[B]`` int64, index of each text's class; -1 for a text without label, which has scores.
        scores: ``[B, K]`` float32, what teachers say of each text, see `gatewise.train.teachers`; None without any.
    """

    tokens: Ragged
    targets: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.tokens)

    def select(self, indices: npt.NDArray[np.int64]) -> Encoded:
        """The texts at `indices`, in that order."""
        scores = None if self.scores is None else self.scores[indices]
        return Encoded(self.tokens.select(indices), self.targets[indices], scores)

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``ids [N]``, ``offsets [B + 1]`` and ``targets [B]``, all int64."""
        return *tensors_of(self.tokens), torch.from_numpy(self.targets)


def tensors_of(tokens: Ragged) -> tuple[torch.Tensor, torch.Tensor]:
    """``ids [N]`` and ``offsets [B + 1]``, both int64."""
    return torch.from_numpy(tokens.ids.astype(np.int64)), torch.from_numpy(tokens.offsets)
