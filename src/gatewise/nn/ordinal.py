"""A head for classes in an order: one score, and thresholds that rise."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from gatewise.ops.ordinal import UNIT, even_steps


class OrdinalHead(nn.Module):
    """The proportional odds model: P(y > k) = sigmoid(s - t_k) with the score s = w x of the features x.

    Its logits are the logarithms of the K probabilities, so that a softmax gives these, and cross-entropy is the
    negative log likelihood of the class. `gatewise.ops.ordinal` is the twin and has the equations.

    Args:
        features: Width F of what it reads.
        classes: Number K of classes, from the lowest to the highest.

    Reference:
        McCullagh (1980), Regression Models for Ordinal Data, Journal of the Royal Statistical Society B 42(2), 109-142;
        one weight vector for all thresholds keeps the ranks consistent: Cao, Mirjalili and Raschka (2020),
        arXiv 1901.07884.

    Example:
        >>> head = OrdinalHead(3, 4)
        >>> head.reset_parameters(torch.Generator().manual_seed(0))
        >>> head(torch.zeros(1, 3)).exp().tolist()
        [[0.25, 0.25, 0.25, 0.25]]
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, features))
        self.steps = nn.Parameter(torch.from_numpy(even_steps(classes)).float())

    def reset_parameters(self, generator: torch.Generator) -> None:
        """Draw the weights anew; thresholds begin where a score of 0 says that all classes are equally likely."""
        nn.init.xavier_uniform_(self.weight, generator=generator)
        with torch.no_grad():
            self.steps.copy_(torch.from_numpy(even_steps(len(self.steps) + 1)))

    def thresholds(self) -> torch.Tensor:
        """The thresholds t, ``[K - 1]``, rising."""
        sums = functional.pad(self._gaps().cumsum(0), (1, 0))
        return UNIT * self.steps[0] + (sums - sums.mean())

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits ``[B, K]`` of features ``[B, F]``."""
        return self.of_score((features @ self.weight.T)[:, 0])

    def of_score(self, score: torch.Tensor) -> torch.Tensor:
        """Logits ``[B, K]`` of scores ``[B]``: the logarithms of the probabilities."""
        beyond = score.unsqueeze(1) - self.thresholds()
        below, above = functional.logsigmoid(-beyond), functional.logsigmoid(beyond)
        between = functional.pad((-torch.expm1(-self._gaps())).log(), (1, 1))
        return functional.pad(below, (0, 1)) + functional.pad(above, (1, 0)) + between

    def _gaps(self) -> torch.Tensor:
        return functional.softplus(UNIT * self.steps[1:])
