"""What training makes small."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional


def cross_entropy(
    logits: torch.Tensor, targets: torch.Tensor, class_weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean cross entropy: of the logistic function for one logit, of the softmax for K.

    Args:
        logits: ``[B, 1]`` or ``[B, K]``.
        targets: ``[B]`` int64.
        class_weights: ``[K]`` weight of each class's examples; the mean is over the batch, not over the weights, so
            that an example counts the same in any batch.

    Returns:
        A scalar.
    """
    if logits.shape[1] == 1:
        loss = functional.binary_cross_entropy_with_logits(logits[:, 0], targets.to(logits.dtype), reduction="none")
    else:
        loss = functional.cross_entropy(logits, targets, reduction="none")
    return (loss if class_weights is None else loss * class_weights[targets]).mean()


def balanced_weights(targets: npt.NDArray[np.int64], classes: int) -> torch.Tensor:
    """Weight of each class: examples / (classes · examples of the class), as scikit-learn's ``balanced``."""
    counts = np.bincount(targets, minlength=classes)
    return torch.from_numpy(len(targets) / (classes * np.maximum(counts, 1))).float()
