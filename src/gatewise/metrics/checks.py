"""What a metric accepts: one check for each kind of argument."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

SUM_TOLERANCE = 1e-4  # float32 softmax over 1000 classes stays below it; a forgotten class does not


def same_length(**columns: npt.NDArray[Any]) -> None:
    """Refuse arrays of different length; they are named by their keywords."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ParameterError(f"examples do not match: {said}")


def finite_vector(name: str, values: npt.ArrayLike) -> Floats:
    """`values` as ``[n]`` float64; refuses NaN and infinity, which would turn every score into nonsense."""
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ParameterError(f"{name} has shape {vector.shape}, wanted [n]")
    if not np.isfinite(vector).all():
        raise ParameterError(f"{name} holds {vector[~np.isfinite(vector)][0]}, wanted finite numbers")
    return vector


def class_indices(name: str, values: npt.ArrayLike, classes: int) -> Indices:
    """`values` as ``[n]`` int64, each 0 to `classes` - 1."""
    vector = np.asarray(values)
    if vector.ndim != 1 or (vector.size and vector.dtype.kind not in "biu"):
        raise ParameterError(f"{name} is {vector.dtype}{list(vector.shape)}, wanted [n] whole numbers (class indices)")
    if vector.size and not 0 <= vector.min() <= vector.max() < classes:
        raise ParameterError(f"{name} runs from {vector.min()} to {vector.max()}, wanted 0 to {classes - 1}")
    return vector.astype(np.int64)


def probability_rows(probabilities: npt.ArrayLike) -> Floats:
    """`probabilities` as ``[n, K]`` float64, K >= 2, each row in [0, 1] and summing to 1."""
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise ParameterError(f"probabilities have shape {rows.shape}, wanted [n, K] with K of at least 2")
    wrong = ~((rows >= 0) & (rows <= 1)).all(axis=1) | ~(np.abs(rows.sum(axis=1) - 1) <= SUM_TOLERANCE)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ParameterError("probabilities are not between 0 and 1 with sum 1", where=f"example {first}")
    return rows


def judged(y_index: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[Indices, Floats]:
    """Checked truth ``[n]`` and probabilities ``[n, K]`` of the same examples."""
    rows = probability_rows(probabilities)
    truth = class_indices("y_index", y_index, rows.shape[1])
    same_length(y_index=truth, probabilities=rows)
    return truth, rows
