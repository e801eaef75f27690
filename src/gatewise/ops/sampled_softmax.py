"""The loss of a language model with a few words of the vocabulary as negatives, and its gradients.

    z_n(w) = h_n W_w + b_w - log q_w                                                        (1)
    L = sum over n of log(e^z_n(t_n) + sum over samples s other than t_n of e^z_n(s)) - z_n(t_n)    (2)
    p_n(w) = e^(z_n(w) - c_n) / Z_n                                                         (3)
    dL/dh_n = sum over s of p_n(s) W_s + (p_n(t_n) - 1) W_t                                 (4)
    dL/dW_s = sum over n of p_n(s) h_n,  and where s is the target of n + (p_n(t_n) - 1) h_n        (5)

t_n is the target of row n; q_w the expected number of times that w is among the samples, which makes up for common
words being drawn more often (Jean et al. 2015, equations 8 to 10); Z_n the sum of e^(z - c) over t_n and the samples
that count; c_n only keeps exponentials within the range of floats. With all words as samples and no q this is the exact
softmax.

Reference: Bengio and Senecal (2008), IEEE Transactions on Neural Networks 19(4), 713-722; samples shared by all rows
and no others in the sum: Jean, Cho, Memisevic and Bengio (2015), arXiv:1412.2007, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.checks import Floats, check_floats, check_ids, row_strided

Ids = npt.NDArray[np.int32]
Precision = Literal["fp32", "bf16"]

# How far a logit may be above the target's before the row is shifted to its greatest: e^40 fits well into a float.
_MOST_ABOVE = 40.0


@dataclass(frozen=True)
class SoftmaxInputs:
    """Checked inputs.

    Attributes:
        hidden: ``[N, F]``.
        weight: ``[V, F]``, contiguous.
        bias: ``[V]``, contiguous.
        targets: ``[N]`` int32.
        samples: ``[S]`` int32, distinct.
        log_expected: ``[V]`` log q, contiguous; None for zeros.
        scale: What gradients are multiplied by.
        precision: How products with samples are made.
    """

    hidden: Floats
    weight: Floats
    bias: Floats
    targets: Ids
    samples: Ids
    log_expected: Floats | None
    scale: float
    precision: Precision


@dataclass(frozen=True)
class SoftmaxGradients:
    """Gradients of the loss times `scale`; those of words that are neither target nor sample are zero.

    Attributes:
        d_hidden: ``[N, F]``.
        words: ``[K]`` int32, the words that are target or sample, rising.
        d_weight: ``[K, F]``, rows beside `words`.
        d_bias: ``[K]``.
    """

    d_hidden: Floats
    words: Ids
    d_weight: Floats
    d_bias: Floats


def sampled_softmax(
    hidden: Floats,
    weight: Floats,
    bias: Floats,
    targets: Ids,
    samples: Ids,
    *,
    log_expected: Floats | None = None,
    scale: float = 1.0,
    precision: Precision = "fp32",
    want_gradients: bool = True,
) -> tuple[float, SoftmaxGradients | None]:
    """Equations (1) to (5): the sum of the rows' losses, and gradients.

    float32 goes to the native core where the compiled library is there, all else to the NumPy twin.

    Args:
        hidden: ``[N, F]`` float32 or float64.
        weight: ``[V, F]`` of the same dtype, as all floats here.
        bias: ``[V]``.
        targets: ``[N]`` int32, each from 0 to V - 1.
        samples: ``[S]`` int32, distinct, each from 0 to V - 1; S may be 0. One that is a row's own target does not
            count in that row.
        log_expected: ``[V]`` log of the expected number of times each word is drawn; zeros when not given.
        scale: What gradients are multiplied by: 1 / N for those of the mean.
        precision: ``"fp32"``; or ``"bf16"``: factors of the products with samples are rounded to bfloat16, sums and
            the targets' logits stay float32.
        want_gradients: Whether gradients are made.

    Raises:
        ParameterError: An array of the wrong shape or dtype, ids outside the vocabulary, samples that repeat, or a
            precision that is not available here; says which.

    Notes:
        O(N S F), three times that with gradients. Odds of 64 MiB are kept at a time, whatever N and S are. With the
        native core deterministic to the last bit for any number of threads.

    Example:
        >>> hidden, weight = np.ones((3, 2), np.float32), np.zeros((9, 2), np.float32)
        >>> targets, samples = np.array([1, 7, 1], np.int32), np.array([7, 4], np.int32)
        >>> loss, gradients = sampled_softmax(hidden, weight, np.zeros(9, np.float32), targets, samples)
        >>> round(loss, 4), round(float(2 * np.log(3) + np.log(2)), 4)  # the second row has one sample that counts
        (2.8904, 2.8904)
        >>> gradients.words.tolist(), [round(float(d), 4) for d in gradients.d_bias]
        ([1, 4, 7], [-1.3333, 1.1667, 0.1667])
    """
    inputs = _checked(
        SoftmaxInputs(hidden, weight, bias, targets, samples, log_expected, float(scale), precision),
    )
    if inputs.weight.dtype == np.float32 and native.is_available():
        from gatewise.ops.native.softmax import native_sampled_softmax

        return native_sampled_softmax(inputs, want_gradients)
    if precision == "bf16":
        why = native.reason() if inputs.weight.dtype == np.float32 else "the weights are float64"
        raise ParameterError(f"precision='bf16' is only in the native core: {why}", hint="precision='fp32'")
    return twin_sampled_softmax(inputs, want_gradients)


def _as_it_is(factor: Floats) -> Floats:
    return factor


def twin_sampled_softmax(
    inputs: SoftmaxInputs, want_gradients: bool = True, *, factor: Callable[[Floats], Floats] = _as_it_is
) -> tuple[float, SoftmaxGradients | None]:
    """`sampled_softmax` in NumPy, all logits in one matrix: to be read, and what the native core is compared with.

    Args:
        inputs: Checked.
        want_gradients: Whether gradients are made.
        factor: How the factors of products are rounded; not at all by default.
    """
    h, samples, targets = inputs.hidden, inputs.samples, inputs.targets
    offset = inputs.bias if inputs.log_expected is None else inputs.bias - inputs.log_expected
    W_s, W_t = inputs.weight[samples], inputs.weight[targets]
    with np.errstate(over="ignore", invalid="ignore"):
        z = factor(h) @ factor(W_s).T + offset[samples]  # (1)
        z[targets[:, None] == samples] = -np.inf
        z_t = (h * W_t).sum(1) + offset[targets]
        c = _shifts(z, z_t)
        odds, own = np.exp(z - c[:, None]), np.exp((z_t - c).astype(np.float64))
        others = odds.sum(1, dtype=np.float64)
        loss = float(np.sum(np.log1p(others + (own - 1)) + (c.astype(np.float64) - z_t)))  # (2)
    if not want_gradients:
        return loss, None
    # (3) times `scale` is odds times `per_odds`, by which sums and factors are multiplied instead of each odd.
    per_odds = (inputs.scale / (own + others)).astype(h.dtype)
    of_target = (-inputs.scale * others / (own + others)).astype(h.dtype)
    odds = factor(odds)
    d_hidden = (odds @ factor(W_s)) * per_odds[:, None] + of_target[:, None] * W_t  # (4)
    words, places = np.unique(np.concatenate([samples, targets]), return_inverse=True)
    d_weight, d_bias = np.zeros((len(words), h.shape[1]), h.dtype), np.zeros(len(words), h.dtype)
    d_weight[places[: len(samples)]] = odds.T @ factor(h * per_odds[:, None])  # (5)
    d_bias[places[: len(samples)]] = odds.T @ factor(per_odds)
    np.add.at(d_weight, places[len(samples) :], of_target[:, None] * h)
    np.add.at(d_bias, places[len(samples) :], of_target)
    return loss, SoftmaxGradients(d_hidden, words, d_weight, d_bias)


def _shifts(z: Floats, z_t: Floats) -> Floats:
    """c: the target's logit, or the row's greatest where that is far above it."""
    greatest = z.max(1, initial=-np.inf)
    return np.where(greatest > z_t + _MOST_ABOVE, greatest, z_t)


def _checked(given: SoftmaxInputs) -> SoftmaxInputs:
    check_floats("weight", given.weight, (None, None))
    (V, F), dtype = given.weight.shape, given.weight.dtype
    if not V or not F:
        raise ParameterError(f"weight of {V} words and {F} features is empty")
    check_floats("hidden", given.hidden, (None, F), dtype)
    check_floats("bias", given.bias, (V,), dtype)
    if given.log_expected is not None:
        check_floats("log_expected", given.log_expected, (V,), dtype)
    check_ids("targets", given.targets, V)
    check_ids("samples", given.samples, V)
    if len(given.targets) != len(given.hidden):
        raise ParameterError(f"targets are {len(given.targets)}, wanted one a row of hidden, {len(given.hidden)}")
    if len(np.unique(given.samples)) != len(given.samples):
        raise ParameterError("samples has a word twice")
    if not np.isfinite(given.scale):
        raise ParameterError(f"scale={given.scale} is not a finite number")
    if given.precision not in ("fp32", "bf16"):
        raise ParameterError(f"precision={given.precision!r} is neither 'fp32' nor 'bf16'")
    expected = None if given.log_expected is None else np.ascontiguousarray(given.log_expected)
    return SoftmaxInputs(
        row_strided(given.hidden),
        np.ascontiguousarray(given.weight),
        np.ascontiguousarray(given.bias),
        np.ascontiguousarray(given.targets),
        np.ascontiguousarray(given.samples),
        expected,
        given.scale,
        given.precision,
    )
