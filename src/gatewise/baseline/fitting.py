"""Fitting of the NBSVM: naive Bayes ratios, liblinear, and the choice of the n-grams worth keeping."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.baseline.ngrams import Buckets, Floats, Offsets, Words, find_columns, hashed_ngrams
from gatewise.errors import ParameterError, require_extra

Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Fitted = tuple[npt.NDArray[np.int32], npt.NDArray[np.float16], npt.NDArray[np.float32]]

TENSOR_BYTES = 2**21
FEWEST_NGRAMS = 2**14  # what a classifier of very many classes keeps even if its file then passes 2 MB
FEWEST_TEXTS = 2  # an n-gram of one text only fits that text; without such, 300 to 22,000 reviews scored higher
MOST_ITERATIONS = 1000  # scikit-learn's 100 is too few for a very large C
MOST_FEATURES = 2**31 - 1  # liblinear counts n-grams of texts in 32 bits: about 3 million film reviews


def most_ngrams(classes: int) -> int:
    """How many n-grams are kept: as many as fit into 2 MB, 4 bytes for the key and 2 a weight, but 16,384 at least.

    Example:
        >>> most_ngrams(2), most_ngrams(5), most_ngrams(1000)
        (349525, 149796, 16384)
    """
    rows = 1 if classes == 2 else classes
    return max(FEWEST_NGRAMS, TENSOR_BYTES // (4 + 2 * rows))


def fit_weights(words: Words, y_index: npt.ArrayLike, classes: int, *, C: float, alpha: float) -> Fitted:
    """Keys, weights and bias of an `NBSVM`; arguments and errors as in `NBSVM.fit`."""
    require_extra("train", "sklearn", "fitting the bag-of-words rival")
    y = _check(words, y_index, classes, C, alpha)
    keys, columns, offsets = _repeated_ngrams(words)
    if len(columns) > MOST_FEATURES:
        raise ParameterError(f"{len(columns)} n-grams are more than liblinear takes", hint="fit on fewer texts")
    positives = [1] if classes == 2 else range(classes)
    rows = [_fit_one(columns, offsets, y == k, len(keys), C, alpha) for k in positives]
    weights = np.stack([weight for weight, _ in rows])
    kept = _heaviest(weights, most_ngrams(classes))
    bias = np.array([constant for _, constant in rows], dtype=np.float32)
    return keys[kept], _narrow(weights[:, kept], C), bias


def _repeated_ngrams(words: Words) -> tuple[Buckets, Buckets, Offsets]:
    """Keys of the n-grams that occur in enough texts, and the column of every occurrence, text after text."""
    indices, offsets = hashed_ngrams(words)
    ordered = np.sort(indices)
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    counts = np.diff(starts, append=len(ordered))
    keys = ordered[starts[counts >= FEWEST_TEXTS]]
    columns, is_known = find_columns(keys, indices)
    before = np.concatenate([[0], np.cumsum(is_known)])
    return keys, columns.astype(np.int32), before[offsets]


def _fit_one(
    columns: Buckets, offsets: Offsets, is_positive: Mask, ngrams: int, C: float, alpha: float
) -> tuple[Floats, float]:
    """Weight of every n-gram and the bias of one class against the rest."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    if not ngrams:  # nothing but the frequency of the class is left to learn
        share = is_positive.mean()
        return np.zeros(0), float(np.log(share / (1 - share)))
    ratio = _log_count_ratio(columns, np.repeat(is_positive, np.diff(offsets)), ngrams, alpha)
    # Columns are ascending and distinct within a text: scipy need not sort its 16 million entries again.
    features = csr_matrix((ratio[columns], columns, offsets.astype(np.int32)), shape=(len(is_positive), ngrams))
    model = LogisticRegression(solver="liblinear", C=C, max_iter=MOST_ITERATIONS)
    model.fit(features, is_positive)
    return model.coef_[0] * ratio, float(model.intercept_[0])


def _log_count_ratio(columns: Buckets, is_positive: Mask, ngrams: int, alpha: float) -> Floats:
    """Equation 1: log of (p / |p|) / (q / |q|), p and q the smoothed counts in the class and outside it."""
    p = alpha + np.bincount(columns[is_positive], minlength=ngrams)
    q = alpha + np.bincount(columns[~is_positive], minlength=ngrams)
    ratio: Floats = np.log(p / p.sum()) - np.log(q / q.sum())
    return ratio


def _heaviest(weights: Floats, most: int) -> Indices:
    """Columns of the `most` largest absolute weights, ascending; of equals the first."""
    importance = np.abs(weights).max(axis=0)
    return np.sort(np.argsort(-importance, kind="stable")[:most])


def _narrow(weights: Floats, C: float) -> npt.NDArray[np.float16]:
    if np.abs(weights).max(initial=0) > float(np.finfo(np.float16).max):
        raise ParameterError(f"C={C!r} gives weights too large for float16", hint="choose a smaller C")
    return weights.astype(np.float16)


def _check(words: Words, y_index: npt.ArrayLike, classes: int, C: float, alpha: float) -> Indices:
    for name, value in (("C", C), ("alpha", alpha)):
        if not 0 < value < float("inf"):
            raise ParameterError(f"{name}={value!r} is not a positive number")
    if type(classes) is not int or classes < 2:
        raise ParameterError(f"classes={classes!r} is not a whole number of at least 2")
    y = np.asarray(y_index)
    if y.shape != (len(words),) or (y.size and y.dtype.kind not in "iu"):
        said = f"y_index is {y.dtype}{list(y.shape)}"
        raise ParameterError(f"{said}, wanted one whole number for each of {len(words)} texts")
    if y.min(initial=0) < 0 or y.max(initial=0) >= classes:
        raise ParameterError(f"y_index runs from {y.min()} to {y.max()}, wanted 0 to {classes - 1}")
    missing = np.flatnonzero(np.bincount(y.astype(np.int64), minlength=classes) == 0)
    if len(missing):
        raise ParameterError(f"class {missing[0]} of {classes} has no example to fit the bag-of-words rival on")
    return y.astype(np.int64)
