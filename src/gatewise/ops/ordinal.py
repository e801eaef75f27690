"""Classes in an order from one score: the cumulative link model with a logistic link, in NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A step counts ten times: an optimizer moves every weight by about its rate, and a score is a sum over hundreds of
# weights, with which thresholds must keep up (decision 11).
UNIT = 10.0


def thresholds(steps: Floats) -> Floats:
    """Thresholds that rise whatever the numbers are that they are made from.

    With gaps g_k = log(1 + exp(10 steps[k])) > 0 the thresholds are t_k = 10 steps[0] + c_k - mean(c), where c_k is the
    sum of the first k gaps: the first step sets their mean, so that wider gaps move the ends and not the middle.

    Args:
        steps: ``[K - 1]``, any finite numbers.

    Returns:
        ``[K - 1]``, rising.

    Example:
        >>> thresholds(np.array([0.1, 0.0, 0.0])).round(3).tolist()
        [0.307, 1.0, 1.693]
    """
    sums = np.concatenate([np.zeros(1), np.cumsum(_gaps(steps))])
    rising: Floats = UNIT * steps[0] + (sums - sums.mean())
    return rising


def even_steps(classes: int) -> Floats:
    """Numbers for `thresholds` under which a score of 0 says that all K classes are equally likely, ``[K - 1]``.

    Example:
        >>> np.exp(log_probabilities(np.zeros(1), even_steps(4))).round(12).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
    """
    shares = np.arange(1, classes) / classes
    wanted = np.log(shares / (1 - shares))
    steps: Floats = np.concatenate([[wanted.mean()], np.log(np.expm1(np.diff(wanted)))]) / UNIT
    return steps


def log_probabilities(score: Floats, steps: Floats) -> Floats:
    r"""Logarithms of the probabilities of K classes in an order.

    .. math::
        P(y > k) = \sigma(s - t_k) \qquad
        \log p_k = \log \sigma(s - t_{k-1}) + \log \sigma(t_k - s) + \log(1 - e^{-(t_k - t_{k-1})})

    with the first (last) term left out for the highest (lowest) class, and the third for both. The difference of two
    sigmoids is written as that product, which loses no digit however far the score is from the thresholds.

    Args:
        score: ``[n]`` scores s.
        steps: ``[K - 1]``, what the `thresholds` are made from.

    Returns:
        ``[n, K]``, so that a softmax of it gives the probabilities.

    Notes:
        O(n K). The ratio of the probabilities of a class and the one below it rises with the score; this also holds for
        their powers, so that any temperature leaves the order of texts by score as it is.

    Reference:
        McCullagh (1980), Regression Models for Ordinal Data, Journal of the Royal Statistical Society B 42(2), 109-142,
        the proportional odds model.

    Example:
        >>> np.exp(log_probabilities(np.array([0.0, 3.0]), np.array([0.0]))).round(3).tolist()
        [[0.5, 0.5], [0.047, 0.953]]
    """
    beyond = score[:, None] - thresholds(steps)
    below, above = -np.logaddexp(0, beyond), -np.logaddexp(0, -beyond)
    logs: Floats = np.pad(below, ((0, 0), (0, 1))) + np.pad(above, ((0, 0), (1, 0)))
    with np.errstate(divide="ignore"):  # A gap too small for float64 makes its class impossible: minus infinity.
        logs[:, 1:-1] += np.log(-np.expm1(-_gaps(steps)))
    return logs


def _gaps(steps: Floats) -> Floats:
    gaps: Floats = np.logaddexp(0, UNIT * steps[1:])
    return gaps
