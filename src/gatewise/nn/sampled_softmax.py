"""Sampled softmax as torch's autograd sees it, and how its negatives are drawn.

The equations, their gradients and the references are in `gatewise.ops.sampled_softmax`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gatewise.errors import ParameterError
from gatewise.nn.eager import eagerly
from gatewise.nn.sparse_rows import row_gradient
from gatewise.ops.sampled_softmax import Precision as Precision
from gatewise.ops.sampled_softmax import sampled_softmax as sampled_softmax_of_arrays

# Halvings of the interval in which the time of the last draw is looked for.
_HALVINGS = 100


class Negatives:
    """Draws distinct words, frequent ones more often; the same ones serve all rows of a batch.

    Word w arrives after a time that is exponential with rate f(w)^flatten, and the first S to arrive are taken: so
    words are drawn one after the other without replacement (Efraimidis and Spirakis 2006). The probability of w being
    among them is 1 - exp(-r t), r its rate, with t such that these add up to S.

    Args:
        counts: ``[V]``, how often each word occurs in the text, or any number in proportion; above 0.
        samples: S, words drawn at a time, below V.
        flatten: Power of the frequency; 0.75 is word2vec's (Mikolov et al. 2013, arXiv:1310.4546, section 2.2).

    Attributes:
        log_expected: ``[V]`` float32, log of the probability of each word being drawn.

    Example:
        >>> negatives = Negatives(np.array([70, 20, 5, 4, 1]), samples=2)
        >>> negatives.draw(np.random.default_rng(0)).shape
        torch.Size([2])
        >>> round(float(negatives.log_expected.exp().sum()), 4)
        2.0
    """

    def __init__(self, counts: npt.ArrayLike, *, samples: int, flatten: float = 0.75) -> None:
        rates = np.asarray(counts, np.float64)
        if rates.ndim != 1 or not np.all(rates > 0) or not np.all(np.isfinite(rates)):
            raise ParameterError("counts are not one number above 0 a word")
        if not 0 < samples < len(rates):
            raise ParameterError(f"samples={samples!r} is not from 1 to below the vocabulary of {len(rates)}")
        self.samples = samples
        self._rates = (rates / rates.max()) ** flatten
        drawn = -np.expm1(-self._rates * _time_of_last(self._rates, samples))
        self.log_expected = torch.from_numpy(np.log(drawn).astype(np.float32))

    def draw(self, noise: np.random.Generator) -> torch.Tensor:
        """``[S]`` int32 distinct words, in no particular order."""
        arrivals = noise.standard_exponential(len(self._rates)) / self._rates
        first = np.argpartition(arrivals, self.samples)[: self.samples]
        return torch.from_numpy(first.astype(np.int32))


def _time_of_last(rates: npt.NDArray[np.float64], samples: int) -> float:
    """t, by halving: what it is solved for rises with it."""
    early, late = 0.0, 1.0
    while -np.expm1(-rates * late).sum() < samples:
        early, late = late, 2 * late
    for _ in range(_HALVINGS):
        middle = (early + late) / 2
        if -np.expm1(-rates * middle).sum() < samples:
            early = middle
        else:
            late = middle
    return late


@eagerly
def sampled_softmax(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    targets: torch.Tensor,
    samples: torch.Tensor,
    *,
    log_expected: torch.Tensor | None = None,
    precision: Precision = "fp32",
) -> torch.Tensor:
    """Mean over rows of the cross entropy of each row's target among target and samples.

    Args:
        hidden: ``[N, F]``.
        weight: ``[V, F]``, a row a word. On the CPU its gradient is sparse: rows of targets and samples.
        bias: ``[V]``; its gradient is as sparse.
        targets: ``[N]`` integers.
        samples: ``[S]`` distinct integers, shared by all rows. One that is a row's own target does not count there.
        log_expected: ``[V]`` log of the expected number of times each word is drawn, see `Negatives`; of exact
            softmax, where all words are samples, zeros, which is the default.
        precision: ``fp32``, or ``bf16`` for products of bfloat16 with sums in float32; for float32 on the CPU.

    Returns:
        A scalar; 0 for N = 0.

    Raises:
        ParameterError: A wrong shape, dtype or word; it is named.

    Notes:
        O(N S F). On the CPU gradients are made together with the loss, and there is no second derivative;
        deterministic for any number of threads of the native core.

    Example:
        >>> hidden, weight = torch.randn(3, 4), torch.randn(9, 4, requires_grad=True)
        >>> targets, everything = torch.tensor([8, 2, 2]), torch.arange(9)
        >>> loss = sampled_softmax(hidden, weight, torch.zeros(9), targets, everything)
        >>> bool(torch.isclose(loss, functional.cross_entropy(hidden @ weight.T, targets)))
        True
        >>> loss.backward()
        >>> weight.grad.is_sparse
        True
    """
    for name, words in (("targets", targets), ("samples", samples)):
        if words.dtype not in (torch.int32, torch.int64):
            raise ParameterError(f"{name} is {words.dtype}, wanted torch.int32 or torch.int64")
    if hidden.device.type != "cpu":
        return by_torch(hidden, weight, bias, targets, samples, log_expected)
    if weight.dtype not in (torch.float32, torch.float64):
        raise ParameterError(f"weight is {weight.dtype}, wanted torch.float32 or torch.float64")
    if torch.is_autocast_enabled("cpu"):
        hidden = hidden.to(weight.dtype)
    given = (targets, samples, log_expected, precision)
    loss: torch.Tensor = _SampledSoftmax.apply(hidden, weight, bias, *given)  # type: ignore[no-untyped-call]
    return loss


def by_torch(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    targets: torch.Tensor,
    samples: torch.Tensor,
    log_expected: torch.Tensor | None = None,
) -> torch.Tensor:
    """`sampled_softmax` in torch, for other devices: all logits in one matrix, dense gradients."""
    targets, samples = targets.long(), samples.long()
    offset = bias if log_expected is None else bias - log_expected.to(bias.device)
    others = functional.linear(hidden, weight[samples], offset[samples]).float()
    others = others.masked_fill(targets[:, None] == samples, -torch.inf)
    own = ((hidden * weight[targets]).sum(1) + offset[targets]).float()
    losses = torch.cat([own[:, None], others], 1).logsumexp(1) - own
    return losses.sum() / max(1, len(targets))


class _SampledSoftmax(Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        targets: torch.Tensor,
        samples: torch.Tensor,
        log_expected: torch.Tensor | None,
        precision: Precision,
    ) -> torch.Tensor:
        rows = max(1, len(targets))
        loss, gradients = sampled_softmax_of_arrays(
            hidden.detach().numpy(),
            weight.detach().numpy(),
            bias.detach().numpy(),
            _words("targets", targets),
            _words("samples", samples),
            log_expected=None if log_expected is None else log_expected.detach().to(weight.dtype).numpy(),
            scale=1 / rows,
            precision=precision,
            want_gradients=any(ctx.needs_input_grad[:3]),
        )
        ctx.gradients, ctx.vocabulary = gradients, len(weight)
        return hidden.new_tensor(loss / rows)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_loss: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        found, factor = ctx.gradients, d_loss.item()
        if found is None:
            raise RuntimeError("the loss was gone back through before; its gradients are handed out once")
        ctx.gradients = None
        arrays = (found.d_hidden, found.d_weight, found.d_bias)
        if factor != 1:
            for array in arrays:
                array *= factor
        d_hidden, d_weight, d_bias = (torch.from_numpy(array) for array in arrays)
        want_hidden, want_weight, want_bias, *_ = ctx.needs_input_grad
        return (
            d_hidden if want_hidden else None,
            row_gradient(found.words, d_weight, ctx.vocabulary) if want_weight else None,
            row_gradient(found.words, d_bias, ctx.vocabulary) if want_bias else None,
            *[None] * 4,
        )


def _words(name: str, words: torch.Tensor) -> npt.NDArray[np.int32]:
    array = words.numpy()
    if array.size and not 0 <= array.min() <= array.max() < 2**31:
        raise ParameterError(f"{name} has words outside the vocabulary: from {array.min()} to {array.max()}")
    return array.astype(np.int32, copy=False)
