"""Divergence is noticed at the step where it happens, before the weights are touched."""

from __future__ import annotations

import math

import torch
from torch import nn

from gatewise.errors import TrainingError


def check_finite(network: nn.Module, loss: float, gradient_norm: float, *, where: str, hint: str) -> None:
    """Raise unless loss and gradient are finite, naming the first tensor that is not.

    Args:
        network: Holds the weights and their gradients.
        loss: Loss of the batch.
        gradient_norm: Norm of the whole gradient, before clipping.
        where: Epoch and step, for the message.
        hint: What to do, for the message.

    Raises:
        TrainingError: Something is NaN or infinite.
    """
    if math.isfinite(loss) and math.isfinite(gradient_norm):
        return
    raise TrainingError(
        f"{_culprit(network) or 'the loss'} is no longer finite (loss {loss}, gradient norm {gradient_norm})",
        where=where,
        hint=hint,
    )


def _culprit(network: nn.Module) -> str | None:
    for name, parameter in network.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            return f"the tensor {name}"
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        if gradient is not None and gradient.is_sparse:
            gradient = gradient._values()
        if gradient is not None and not bool(torch.isfinite(gradient).all()):
            return f"the gradient of {name}"
    return None
