"""Recurrent networks that torch has a fused kernel for: run on padded grids of sequences of nearly equal length."""

from __future__ import annotations

from abc import abstractmethod

import torch

from gatewise.nn.buckets import Buckets, make_buckets
from gatewise.nn.recurrent import Recurrent


class Bucketed(Recurrent):
    """A stack of layers computed by a kernel over padded grids, see `gatewise.nn.buckets`; arguments of `Recurrent`."""

    @abstractmethod
    def kernel(self, x: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
        """One direction of one layer over a padded grid: ``[T, b, I]`` to the hidden states ``[T, b, H]``."""

    def make_plan(self, offsets: torch.Tensor, *, reverse: bool) -> Buckets:
        """See `Recurrent.make_plan`."""
        return make_buckets(offsets, reverse=reverse)

    def read_direction(self, x: torch.Tensor, plan: Buckets, name: str) -> torch.Tensor:
        """See `Recurrent.read_direction`."""
        weights = self.weights(name)
        outputs = [x.new_zeros(0, self.hidden_size)]
        for bucket in plan.buckets:
            grid = x.index_select(0, bucket.rows.flatten()).view(*bucket.rows.shape, -1)
            outputs.append(self.kernel(grid, weights).flatten(0, 1).index_select(0, bucket.steps))
        return torch.cat(outputs).index_select(0, plan.back)
