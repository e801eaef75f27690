"""The gradient of an embedding: rows of a gradient summed by the word that stood there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.ops import native
from gatewise.ops.checks import Floats, check_floats, check_ids, row_strided

Ids = npt.NDArray[np.int32]


def sum_by_word(ids: Ids, gradient: Floats, vocabulary: int) -> tuple[Ids, Floats]:
    """Sum the rows of equal words, in the order of the rows.

    float32 goes to the native core where the compiled library is there, all else to the NumPy twin.

    Args:
        ids: ``[N]`` int32, each from 0 to `vocabulary` - 1.
        gradient: ``[N, F]`` float32 or float64.
        vocabulary: V.

    Returns:
        ``[K]`` int32, the words there are, rising; ``[K, F]``, their sums.

    Raises:
        ParameterError: An array of the wrong shape or dtype, or ids outside the vocabulary.

    Notes:
        O(N F). The same bits for any number of threads.

    Example:
        >>> words, sums = sum_by_word(np.array([4, 1, 4], np.int32), np.array([[1.0], [2.0], [3.0]]), 9)
        >>> words.tolist(), sums.tolist()
        ([1, 4], [[2.0], [4.0]])
    """
    check_ids("ids", ids, vocabulary)
    check_floats("gradient", gradient, (len(ids), None))
    ids, gradient = np.ascontiguousarray(ids), row_strided(gradient)
    if gradient.dtype == np.float32 and gradient.shape[1] and native.is_available():
        from gatewise.ops.native.softmax import native_sum_by_word

        return native_sum_by_word(ids, gradient, vocabulary)
    return twin_sum_by_word(ids, gradient)


def twin_sum_by_word(ids: Ids, gradient: Floats) -> tuple[Ids, Floats]:
    """`sum_by_word` in NumPy, to be read and compared with; arguments are not checked."""
    words, places = np.unique(ids, return_inverse=True)
    sums = np.zeros((len(words), gradient.shape[1]), gradient.dtype)
    np.add.at(sums, places, gradient)
    return words, sums
