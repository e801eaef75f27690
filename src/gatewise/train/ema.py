"""A running mean of the weights: what is evaluated, and what is saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class AveragedWeights:
    """Exponential moving average of all parameters (Polyak & Juditsky 1992; Tarvainen & Valpola 2017).

    ``mean ← d · mean + (1 - d) · weights`` after each step, with ``d = min(decay, (1 + n) / (10 + n))`` at step n, so
    that the random start is forgotten soon. A decay of 0 keeps the weights themselves.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay = network, decay
        self.mean = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step number `step` (from 0)."""
        decay = min(self.decay, (1 + step) / (10 + step)) if self.decay else 0.0
        for name, tensor in self.network.state_dict().items():
            self.mean[name].lerp_(tensor, 1 - decay)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Within the block the network has the mean weights and is in evaluation mode; after it, its own again."""
        own = {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}
        training = self.network.training
        self.network.load_state_dict(self.mean)
        self.network.eval()
        try:
            yield
        finally:
            self.network.load_state_dict(own)
            self.network.train(training)
