"""What training makes small."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from gatewise.train.terms import TERMS


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross entropy: of the logistic function for one logit, of the softmax for K.

    Args:
        logits: ``[n, 1]`` or ``[n, K]``.
        targets: ``[n]`` int64.

    Returns:
        ``[n]``, the loss of each row, as of every objective here.
    """
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(logits[:, 0], targets.to(logits.dtype), reduction="none")
    return functional.cross_entropy(logits, targets, reduction="none")


def log_probabilities(logits: torch.Tensor) -> torch.Tensor:
    """``[B, K]``, also of one logit, which has two classes; logits as for `cross_entropy`."""
    if logits.shape[1] == 1:
        return functional.logsigmoid(torch.cat([-logits, logits], 1))
    return functional.log_softmax(logits, 1)


def squared_error(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Half the squared distance of linear units to 0 or 1, summed over the units: 1/2 (y^ - y)^2.

    A unit's output is y^ = logit + 1/2, so that a logit says by its sign on which side of 1/2 the output is, as
    everywhere else. K units are one against the rest each. Arguments and result as for `cross_entropy`.

    Example:
        >>> squared_error(torch.tensor([[0.5], [0.5]]), torch.tensor([1, 0])).tolist()
        [0.0, 0.5]
    """
    outputs = logits + 0.5
    return ((outputs - _wanted(logits, targets)) ** 2).sum(1) / 2


def perceptron(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The perceptron criterion of threshold units, summed over the units: max(0, -s) for y = 1, max(0, s) for y = 0.

    A unit gives y^ = 1 where its sum s, the logit, is above 0, else 0. The slope of the criterion by s is y^ - y, at
    s = 0 too, so that a step of plain gradient descent on one example is Rosenblatt's rule, w + rate (y - y^) x: it
    changes nothing where the answer is right. Through s the same signal goes on to all below the unit, which the rule
    itself leaves as it is. K units are one against the rest each. Arguments and result as for `cross_entropy`.

    Reference: Rosenblatt (1958), The perceptron, Psychological Review 65(6), 386-408. The rule is written as by his
        followers, with wanted and given output.

    Example:
        >>> perceptron(torch.tensor([[2.0], [2.0], [-3.0]]), torch.tensor([1, 0, 1])).tolist()
        [0.0, 2.0, 3.0]
    """
    fires = (logits > 0).to(logits.dtype)
    return ((fires - _wanted(logits, targets)) * logits).sum(1)


OBJECTIVES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cross-entropy": cross_entropy,
    "squared-error": squared_error,
    "perceptron": perceptron,
    **dict.fromkeys(TERMS, cross_entropy),
    # The logits of an ordinal head are logarithms of probabilities: this is the negative log likelihood.
    "ordinal": cross_entropy,
}


def _wanted(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """What each unit should give, 0 or 1, in the shape of `logits`."""
    if logits.shape[1] == 1:
        return targets.to(logits.dtype)[:, None]
    return functional.one_hot(targets, logits.shape[1]).to(logits.dtype)


def mean_of_texts(
    losses: torch.Tensor, targets: torch.Tensor, class_weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean loss.

    Args:
        losses: ``[B]``, of each text.
        targets: ``[B]`` int64.
        class_weights: ``[K]`` weight of each class's examples; the mean is over the batch, not over the weights, so
            that an example counts the same in any batch.

    Returns:
        A scalar.
    """
    return (losses if class_weights is None else losses * class_weights[targets]).mean()


def mean_of_words(
    losses: torch.Tensor, offsets: torch.Tensor, targets: torch.Tensor, class_weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean over the texts of the mean loss of each text's words.

    So a text counts the same however long it is, and the loss has the scale of that of the last words alone.

    Args:
        losses: ``[N]``, of the answer after each word.
        offsets: ``[B + 1]`` int64. A text without words adds nothing.
        targets: ``[B]`` int64.
        class_weights: ``[K]``, as for `mean_of_texts`.

    Returns:
        A scalar.

    Example:
        >>> mean_of_words(torch.tensor([1.0, 3.0, 5.0]), torch.tensor([0, 2, 3]), torch.tensor([1, 1])).item()
        3.5
    """
    lengths = offsets.diff()
    shares = 1 / lengths.clamp(min=1).to(losses.dtype)
    if class_weights is not None:
        shares = shares * class_weights[targets]
    return (losses * shares.repeat_interleave(lengths)).sum() / len(targets)


def classes_of(logits: torch.Tensor) -> torch.Tensor:
    """The class that logits ``[n, outputs]`` say, ``[n]`` int64."""
    return (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)


def balanced_weights(targets: npt.NDArray[np.int64], classes: int) -> torch.Tensor:
    """Weight of each class: examples / (classes · examples of the class), as scikit-learn's ``balanced``."""
    counts = np.bincount(targets, minlength=classes)
    return torch.from_numpy(len(targets) / (classes * np.maximum(counts, 1))).float()
