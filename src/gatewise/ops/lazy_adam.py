"""Adam on some rows of a matrix: the others, and their moments, rest.

    m' = beta1 m + (1 - beta1) g            v' = beta2 v + (1 - beta2) g^2                              (1)
    w' = (1 - rate decay) w - rate m' / (1 - beta1^t) / (sqrt(v' / (1 - beta2^t)) + epsilon)            (2)

Of a vocabulary, a batch meets a few words; plain Adam goes on moving all the others by their old moments, and reads and
writes every row to do so. t counts the steps of the matrix, not of a row.

Reference: Kingma and Ba (2015), arXiv:1412.6980, algorithm 1; the decay is of Loshchilov and Hutter (2019),
arXiv:1711.05101. Lazy as ``torch.optim.SparseAdam`` is.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.checks import Floats, check_floats, check_ids, check_output

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True)
class AdamSettings:
    """How far a step goes.

    Attributes:
        rate: Learning rate, at least 0.
        beta1: Share of the first moment that is kept, in [0, 1).
        beta2: Share of the second moment that is kept, in [0, 1).
        epsilon: At least 0; keeps the quotient in (2) finite.
        decay: Weight decay of AdamW, at least 0.
    """

    rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    decay: float = 0.0

    def __post_init__(self) -> None:
        for name, least, below in (
            ("rate", 0, np.inf),
            ("beta1", 0, 1),
            ("beta2", 0, 1),
            ("epsilon", 0, np.inf),
            ("decay", 0, np.inf),
        ):
            value = getattr(self, name)
            if not least <= value < below:
                raise ParameterError(f"{name}={value!r} is not from {least} to below {below}")


@dataclass(frozen=True)
class AdamRows:
    """A matrix and its moments, to be changed in place.

    Attributes:
        weight: ``[V, F]`` float32 or float64, contiguous.
        m: ``[V, F]``, the first moment.
        v: ``[V, F]``, the second.
    """

    weight: Floats
    m: Floats
    v: Floats

    def __post_init__(self) -> None:
        check_floats("weight", self.weight, (None, None))
        V, F = self.weight.shape
        for name in ("weight", "m", "v"):
            array = getattr(self, name)
            check_output(name, array, (V, F), self.weight.dtype)
            if not array.flags.c_contiguous:
                raise ParameterError(f"{name} is not contiguous and cannot be changed in place")


def lazy_adam(rows: AdamRows, words: Ids, gradient: Floats, *, step: int, settings: AdamSettings) -> None:
    """One step of Adam, equations (1) and (2), on the rows `words`.

    float32 goes to the native core where the compiled library is there, all else to the NumPy twin.

    Args:
        rows: The matrix and its moments; changed in place.
        words: ``[K]`` int32, distinct, each from 0 to V - 1.
        gradient: ``[K, F]``, rows beside `words`.
        step: 1 for the first.
        settings: How far the step goes.

    Raises:
        ParameterError: An array of the wrong shape or dtype, words outside the matrix or twice, an impossible step.

    Notes:
        O(K F). Every number is changed by itself, so the bits are the same for any number of threads.

    Example:
        >>> rows = AdamRows(*(np.zeros((3, 1)) for _ in range(3)))
        >>> lazy_adam(rows, np.array([1], np.int32), np.array([[5.0]]), step=1, settings=AdamSettings(rate=0.1))
        >>> rows.weight[:, 0].round(4).tolist()
        [0.0, -0.1, 0.0]
    """
    V, F = rows.weight.shape
    check_ids("words", words, V)
    check_floats("gradient", gradient, (len(words), F), rows.weight.dtype)
    if len(words) > 1 and not np.all(words[1:] > words[:-1]) and len(np.unique(words)) != len(words):
        raise ParameterError("words has a row twice")
    if step < 1:
        raise ParameterError(f"step={step} is below 1")
    words, gradient = np.ascontiguousarray(words), np.ascontiguousarray(gradient)
    if rows.weight.dtype == np.float32 and native.is_available():
        from gatewise.ops.native.softmax import native_lazy_adam

        native_lazy_adam(rows, words, gradient, step, settings)
    else:
        twin_lazy_adam(rows, words, gradient, step, settings)


def twin_lazy_adam(rows: AdamRows, words: Ids, gradient: Floats, step: int, settings: AdamSettings) -> None:
    """`lazy_adam` in NumPy, to be read and compared with; arguments are not checked."""
    rate, beta1, beta2, epsilon, decay = astuple(settings)
    dtype = rows.weight.dtype.type
    m = dtype(beta1) * rows.m[words] + dtype(1 - beta1) * gradient  # (1)
    v = dtype(beta2) * rows.v[words] + dtype(1 - beta2) * gradient**2
    below = np.sqrt(v) / dtype(np.sqrt(1 - beta2**step)) + dtype(epsilon)
    weight = dtype(1 - rate * decay) * rows.weight[words]
    rows.m[words], rows.v[words] = m, v
    rows.weight[words] = weight - dtype(rate / (1 - beta1**step)) * (m / below)  # (2)
