"""How large ∂L/∂h_t and ∂L/∂c_t are, and how fast they fall or grow towards the first step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
import torch

from gatewise.ops.checks import Floats
from gatewise.studies.gradients.models import Models, Setup, answer, cuts_of, losses, sequences

SMALLEST_FLOAT32 = float(np.finfo(np.float32).smallest_subnormal)
THOUSANDTH = 1e-3
MEASURED = 16  # Sequences a model.
_MEASURING_DATA = 1 << 21


def state_gradients(
    models: Models, x: torch.Tensor, first: torch.Tensor, *, truncate: torch.Tensor | None = None
) -> list[torch.Tensor]:
    """∂L/∂h_t, and ∂L/∂c_t where there is a cell state, of each sequence's own loss: tensors ``[T, M, B, H]``.

    L is the cross entropy at the last step. The derivative is the total one, along all ways from that state to the
    loss; those of c_t lead through h_t too.
    """
    logits, states = answer(models, x, truncate=truncate)
    nodes = [one for state in states for one in state]
    grads = torch.autograd.grad(losses(logits, first).sum(), nodes, allow_unused=True)
    # A state that nothing reads, as h_t of a QRNN before the last step, has the gradient zero.
    filled = [torch.zeros_like(node) if grad is None else grad for node, grad in zip(nodes, grads, strict=True)]
    return [torch.stack(filled[part :: models.cell.states]) for part in range(models.cell.states)]


def norms(
    models: Models, x: torch.Tensor, first: torch.Tensor, *, truncate: torch.Tensor | None = None
) -> dict[str, Floats]:
    """Euclidean norms ``[T, M, B]`` by the letter of the state, in float64."""
    exact = models.to(torch.float64)
    for tensor in exact.tensors():
        tensor.requires_grad_()
    parts = state_gradients(exact, x.double(), first, truncate=truncate)
    return {letter: part.norm(dim=-1).numpy() for letter, part in zip("hc", parts, strict=False)}


@dataclass(frozen=True)
class Decay:
    """How a gradient changes from the last step to the first, over all sequences and seeds.

    Attributes:
        median, low, high: Median, 10th and 90th percentile by distance from the last step, as shares of the norm there.
        slope: Decades a step, log10(first / last) / (T - 1), median over the sequences; negative falls, and None if it
            has become exactly zero.
        slope_low, slope_high: Its 10th and 90th percentile.
        ratio: Median of first / last.
        distance: At which the median has fallen to a thousandth; None if it never has.
        below_float32: Distance from which the median absolute norm is below the smallest float32; None if nowhere.
        used: Share of the sequences; those whose norm is zero at the last step or no number anywhere are left out.
    """

    median: list[float]
    low: list[float]
    high: list[float]
    slope: float | None
    slope_low: float | None
    slope_high: float | None
    ratio: float
    distance: int | None
    below_float32: int | None
    used: float


def decay(norm: Floats) -> Decay | None:
    """Summary of norms ``[T, M, B]``, time forwards; None if no sequence is of use.

    Example:
        >>> halves = decay(0.5 ** np.arange(20.0)[::-1, None, None])
        >>> round(halves.slope, 4), halves.distance
        (-0.301, 10)
    """
    back = norm[::-1].reshape(len(norm), -1)
    useful = np.isfinite(back).all(0) & (back[0] > 0)
    if not useful.any():
        return None
    share = back[:, useful] / back[0, useful]
    low, median, high = np.quantile(share, (0.1, 0.5, 0.9), axis=1)
    with np.errstate(divide="ignore"):
        slopes = np.log10(share[-1]) / (len(norm) - 1)
    # Between minus infinity and a number nothing can be interpolated: the nearest is taken.
    of_slope = [_number(one) for one in np.quantile(slopes, (0.1, 0.5, 0.9), method="nearest")]
    return Decay(
        median=median.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        slope=of_slope[1],
        slope_low=of_slope[0],
        slope_high=of_slope[2],
        ratio=float(median[-1]),
        distance=_first(median < THOUSANDTH),
        below_float32=_first(np.median(back[:, useful], axis=1) < SMALLEST_FLOAT32),
        used=float(useful.mean()),
    )


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _first(holds: np.ndarray[Any, np.dtype[np.bool_]]) -> int | None:
    return int(holds.argmax()) if holds.any() else None


def decays(
    models: Models, setups: Sequence[Setup], seeds: Sequence[int], lag: int
) -> dict[str, dict[str, dict[str, Any] | None]]:
    """`Decay` as a dictionary, by setup and letter of the state, on fresh sequences that all models share.

    Args:
        models: Seeds within setups.
        setups, seeds: Of the models; truncation is kept in measuring.
        lag: Of the sequences.
    """
    generator = torch.Generator().manual_seed(_MEASURING_DATA + seeds[0])
    x, first = sequences(lag, len(setups), len(seeds), MEASURED, generator)
    by_letter = norms(models, x, first, truncate=cuts_of(setups, len(seeds)))
    result: dict[str, dict[str, dict[str, Any] | None]] = {}
    for place, setup in enumerate(setups):
        own = slice(place * len(seeds), (place + 1) * len(seeds))
        summaries = {letter: decay(norm[:, own]) for letter, norm in by_letter.items()}
        result[setup.name] = {letter: asdict(one) if one else None for letter, one in summaries.items()}
    return result
