"""Answers on a scale: the expected value under probabilities of classes that are numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Floats


def expected_values(probabilities: npt.ArrayLike, values: Sequence[float]) -> Floats:
    """Mean of the classes' numbers under the probabilities: sum over k of p_k v_k.

    Args:
        probabilities: ``[n, K]``, each row summing to 1.
        values: K numbers, one a class.

    Returns:
        ``[n]`` float64, from the least to the largest of the values.

    Example:
        >>> expected_values([[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]], [1, 2, 5]).tolist()
        [3.0, 5.0]
    """
    rows, numbers = np.asarray(probabilities, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or numbers.ndim != 1 or rows.shape[1] != len(numbers):
        raise ParameterError(f"probabilities have shape {rows.shape}, wanted [n, {len(numbers)}]")
    # A product for each row, so that a text's value does not depend on the texts beside it; rows sum to 1 but for an
    # ulp, which must not lead out of the scale.
    found: Floats = (rows * numbers).sum(axis=1)
    return found.clip(numbers.min(), numbers.max())
