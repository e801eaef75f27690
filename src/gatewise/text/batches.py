"""Which texts go together: batches of similar length within a budget of tokens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError

Indices = npt.NDArray[np.int64]


def batches(
    lengths: npt.NDArray[np.int64], *, token_budget: int, max_texts: int, window: int, seed: int, epoch: int
) -> list[Indices]:
    """The batches of one epoch of training: every text once, in an order that depends on seed and epoch alone.

    The texts are shuffled; each stretch of `window` of them is sorted by length and cut into batches; the batches are
    shuffled. So neighbours in a batch have similar lengths, and no two epochs group them alike.

    Args:
        lengths: ``[n]`` int64, tokens of each text.
        token_budget: Most tokens in a batch, at least 1. A text longer than that makes a batch of its own.
        max_texts: Most texts in a batch, at least 1.
        window: Texts sorted together, at least 1.
        seed: Of the run, at least 0.
        epoch: Number of the epoch, at least 0.

    Returns:
        The batches, each ``[b]`` int64: indices into `lengths`, which together are a permutation of ``range(n)``.

    Raises:
        ParameterError: A number is out of range, or `lengths` is not one row of numbers from 0.

    Notes:
        The same on every platform and NumPy version: it sorts raw PCG64 output, which NumPy keeps stable.

    Example:
        >>> for batch in batches(np.array([3, 9, 2, 4]), token_budget=9, max_texts=8, window=4, seed=0, epoch=0):
        ...     print(sorted(batch.tolist()))
        [0, 2, 3]
        [1]
    """
    for name, value, lowest in (("window", window, 1), ("seed", seed, 0), ("epoch", epoch, 0)):
        _check(name, value, lowest)
    known = _lengths(lengths)
    _check_limits(token_budget, max_texts)
    random = np.random.PCG64(np.random.SeedSequence((seed, epoch)))
    order = _permutation(random, len(known))
    made: list[Indices] = []
    for start in range(0, len(order), window):
        stretch = order[start : start + window]
        by_length = stretch[np.argsort(known[stretch], kind="stable")]
        made.extend(_cut(by_length, known, token_budget, max_texts))
    return [made[index] for index in _permutation(random, len(made))]


def ordered_batches(lengths: npt.NDArray[np.int64], *, token_budget: int, max_texts: int) -> list[Indices]:
    """Batches for prediction: the longest texts first, equally long ones in their own order, nothing random.

    Args:
        lengths: ``[n]`` int64, tokens of each text.
        token_budget: Most tokens in a batch, at least 1. A text longer than that makes a batch of its own.
        max_texts: Most texts in a batch, at least 1.

    Returns:
        The batches, each ``[b]`` int64: indices into `lengths`, which together are a permutation of ``range(n)``.

    Raises:
        ParameterError: A number is out of range, or `lengths` is not one row of numbers from 0.

    Example:
        >>> [batch.tolist() for batch in ordered_batches(np.array([3, 9, 2, 3]), token_budget=6, max_texts=8)]
        [[1], [0, 3], [2]]
    """
    known = _lengths(lengths)
    _check_limits(token_budget, max_texts)
    return _cut(np.argsort(-known, kind="stable"), known, token_budget, max_texts)


def _cut(order: Indices, lengths: npt.NDArray[np.int64], token_budget: int, max_texts: int) -> list[Indices]:
    """Consecutive pieces of `order` within both limits, each as long as they allow."""
    cuts, tokens, begin = [], 0, 0
    for place, length in enumerate(lengths[order].tolist()):
        if place > begin and (tokens + length > token_budget or place - begin == max_texts):
            cuts.append(place)
            tokens, begin = 0, place
        tokens += length
    return np.split(order, cuts) if len(order) else []


def _permutation(random: np.random.PCG64, size: int) -> Indices:
    return np.argsort(random.random_raw(size), kind="stable")


def _lengths(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    known = np.asarray(lengths)
    if known.ndim != 1 or (known.size and (known.dtype.kind not in "iu" or known.min() < 0)):
        raise ParameterError("lengths must be one row of whole numbers of at least 0")
    return known.astype(np.int64)


def _check_limits(token_budget: int, max_texts: int) -> None:
    _check("token_budget", token_budget, 1)
    _check("max_texts", max_texts, 1)


def _check(name: str, value: int, lowest: int) -> None:
    if type(value) is not int or value < lowest:
        raise ParameterError(f"{name}={value!r} is not a whole number of at least {lowest}")
