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
        targets: ``[B]`` int64, index of each text's class.
    """

    tokens: Ragged
    targets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.tokens)

    def select(self, indices: npt.NDArray[np.int64]) -> Encoded:
        """The texts at `indices`, in that order."""
        return Encoded(self.tokens.select(indices), self.targets[indices])

    def tensors(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """``ids [N]``, ``offsets [B + 1]`` and ``targets [B]``, all int64."""
        ids = torch.from_numpy(self.tokens.ids.astype(np.int64))
        return ids, torch.from_numpy(self.tokens.offsets), torch.from_numpy(self.targets)
