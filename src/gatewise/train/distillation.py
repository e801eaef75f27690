"""Learning from what teachers say of a text, beside its label or in the place of one.

With s(x) the logits of the student, z(x) the scores of its teachers and T a temperature, let p = softmax(s / T) and
q = softmax(z / T). What is made small is the mean over the texts of

    (1 - w) CE(y, softmax(s)) + w T^2 CE(q, p),   CE(q, p) = -sum_k q_k log p_k                                (1)

where w is `teacher_weight` for a text with the label y, and 1 for one without. The slope of the second part by s is
w T (p - q). For two classes whose scores differ by Z, and the student's by S, that of S is w T (g(S/T) - g(Z/T)) with
the logistic function g: at T = 1 the difference of the probabilities, and w (S - Z) / 4 for T far above both, so that
the student is then asked for the scores themselves. T^2 keeps both in proportion to the label's part, whatever T is.

Reference: Hinton, Vinyals, Dean (2015), Distilling the knowledge in a neural network, arXiv 1503.02531, section 2 and,
for T^2 and the limit of high temperature, section 2.1.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from gatewise.train.objective import cross_entropy, log_probabilities


def soft_cross_entropy(
    logits: torch.Tensor, scores: torch.Tensor, temperature: float, class_weights: torch.Tensor | None = None
) -> torch.Tensor:
    """T^2 CE(q, p) of equation (1).

    Args:
        logits: ``[B, 1]`` of a logistic function, or ``[B, K]``.
        scores: ``[B, K]``; for one logit ``[B, 2]``. A constant added to a row changes nothing.
        temperature: T, above 0.
        class_weights: ``[K]``, on the terms of the sum over the classes, so that scores as sure as a label weigh like
            it; None for 1.

    Returns:
        ``[B]``, in nats.

    Example:
        >>> soft_cross_entropy(torch.tensor([[0.0]]), torch.tensor([[-3.0, 3.0]]), 1.0).item()  # log 2
        0.6931471824645996
    """
    wanted = functional.softmax(scores / temperature, 1)
    if class_weights is not None:
        wanted = wanted * class_weights
    return -(wanted * log_probabilities(logits / temperature)).sum(1) * temperature**2


def mean_of_taught(
    logits: torch.Tensor,
    targets: torch.Tensor,
    scores: torch.Tensor,
    *,
    weight: float,
    temperature: float,
    class_weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Equation (1), averaged over the batch.

    Args:
        logits, scores, temperature, class_weights: As for `soft_cross_entropy`; the weights are those of labels too.
        targets: ``[B]`` int64, -1 for a text without label.
        weight: w of a text with a label, 0 to 1.

    Returns:
        A scalar.

    Example:
        >>> logits, scores = torch.tensor([[2.0], [0.0]]), torch.tensor([[0.0, 0.0], [0.0, 0.0]])
        >>> loss = mean_of_taught(logits, torch.tensor([1, -1]), scores, weight=0.0, temperature=1.0)
        >>> round(2 * loss.item(), 4)  # log(1 + e^-2) + log 2
        0.8201
    """
    classes = targets.clamp(min=0)
    told = cross_entropy(logits, classes)
    if class_weights is not None:
        told = told * class_weights[classes]
    said = soft_cross_entropy(logits, scores, temperature, class_weights)
    share = torch.where(targets < 0, told.new_tensor(1.0), told.new_tensor(weight))
    return ((1 - share) * told + share * said).mean()
