"""NBSVM: logistic regression on n-grams that are scaled by their naive Bayes log-count ratio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.baseline.ngrams import MOST_BUCKETS, Offsets, hashed_ngrams
from gatewise.errors import ModelError, ParameterError, require_extra

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Words = Sequence[Sequence[str]]

WEIGHTS_IN_FILE = 2**20  # float16: 2 MB
FEWEST_BUCKETS = 2**14  # below it the n-grams of even a small vocabulary drown in collisions
MOST_ITERATIONS = 1000  # liblinear needs about 20 on IMDB; its default of 100 fails on some small, large-C fits
FILE = "baseline.safetensors"


def default_buckets(classes: int) -> int:
    """Buckets for so many classes: 2**20 for two, then the power of two that keeps the file at 2 MB or less.

    Never fewer than 2**14, so that from 65 classes on the file grows by 32 kB a class.

    Example:
        >>> default_buckets(2) == 2**20, default_buckets(5) == 2**17, default_buckets(1000) == 2**14
        (True, True, True)
    """
    if classes == 2:
        return WEIGHTS_IN_FILE
    return max(FEWEST_BUCKETS, 1 << (WEIGHTS_IN_FILE // classes).bit_length() - 1)


@dataclass(frozen=True, eq=False)
class NBSVM:
    """A fitted bag-of-words classifier; predicting needs NumPy only.

    Naive Bayes ratio and classifier are folded into one weight a bucket, so that a logit is the sum of the weights of
    the buckets a text hits, plus a bias.

    Attributes:
        weights: ``[1, buckets]`` float16 for two classes, ``[K, buckets]`` for K > 2 (one against the rest).
        bias: ``[1]`` or ``[K]`` float32.

    Reference:
        Wang and Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", equation 1;
        with logistic regression for the SVM, all three orders of n-grams and no interpolation, as in Mesnil et al. 2014.

    Example:
        >>> words = [["good", "film"], ["bad", "film"], ["good"], ["bad"]]
        >>> model = NBSVM.fit(words, [1, 0, 1, 0], 2)
        >>> model.predict_proba([["good", "story"], ["bad", "story"]]).argmax(axis=1).tolist()
        [1, 0]
    """

    weights: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        words: Words,
        y_index: npt.ArrayLike,
        classes: int,
        *,
        C: float = 1.0,
        alpha: float = 1.0,
        buckets: int | None = None,
    ) -> NBSVM:
        """Fit by liblinear (needs scikit-learn).

        Args:
            words: The words of each text.
            y_index: ``[n]`` whole numbers 0 to `classes` - 1; each class at least once.
            classes: K, at least 2.
            C: Inverse strength of the L2 penalty.
            alpha: Added to every count before the ratio is taken.
            buckets: Size of the hashed vocabulary; `default_buckets` of the classes when not given.

        Raises:
            MissingExtraError: scikit-learn is not installed.
            ParameterError: An argument is impossible.

        Notes:
            Deterministic. 25,000 IMDB reviews: 16 million n-grams, about half a gigabyte.
        """
        require_extra("train", "sklearn", "fitting the bag-of-words rival")
        y = _check_fit(words, y_index, classes, C, alpha)
        size = default_buckets(classes) if buckets is None else buckets
        indices, offsets = hashed_ngrams(words, size)
        positives = [1] if classes == 2 else range(classes)
        rows = [_fit_one(indices, offsets, y == k, size, C, alpha) for k in positives]
        weights = np.stack([weight for weight, _ in rows])
        if np.abs(weights).max() > np.finfo(np.float16).max:
            raise ParameterError(f"C={C!r} gives weights too large to store", hint="choose a smaller C")
        return cls(weights.astype(np.float16), np.array([bias for _, bias in rows], dtype=np.float32))

    @property
    def classes(self) -> int:
        """K."""
        return 2 if len(self.weights) == 1 else len(self.weights)

    def logits(self, words: Words) -> Floats:
        """Logits in float64: ``[n]`` for two classes (positive says class 1), ``[n, K]`` for K > 2.

        A text's logits are the same bits alone and in any batch.
        """
        indices, offsets = hashed_ngrams(words, self.weights.shape[1])
        text = np.repeat(np.arange(len(words)), np.diff(offsets))
        # bincount adds one after the other in float64, so neighbours cannot change the rounding.
        sums = [np.bincount(text, weights=weight[indices], minlength=len(words)) for weight in self.weights]
        logits = np.stack(sums, axis=1) + self.bias
        return logits[:, 0] if len(self.weights) == 1 else logits

    def predict_proba(self, words: Words) -> Floats:
        """Probabilities ``[n, K]`` float64: sigmoid for two classes, softmax of the K logits otherwise.

        The logits of the K > 2 one-against-the-rest classifiers are fitted apart, so their softmax is a fair ranking
        rather than a calibrated probability.
        """
        logits = self.logits(words)
        if logits.ndim == 1:
            logits = np.stack([np.zeros_like(logits), logits], axis=1)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def to_tensors(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays a model folder keeps: ``weights`` float16 and ``bias`` float32."""
        return {"weights": self.weights, "bias": self.bias}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, npt.NDArray[Any]]) -> NBSVM:
        """Check and take back what `to_tensors` gave (``weights`` may have been widened to float32).

        Raises:
            ModelError: A tensor is missing, unknown, or has the wrong type, shape or values; names it.
        """
        if set(tensors) != {"weights", "bias"}:
            raise ModelError(f"holds tensors {sorted(tensors)}, wanted ['bias', 'weights']", where=FILE)
        weights, bias = tensors["weights"], tensors["bias"]
        if weights.ndim != 2 or len(weights) in (0, 2) or not 1 <= weights.shape[1] <= MOST_BUCKETS:
            raise ModelError(f"has shape {weights.shape}, wanted [1 or 3 and more, buckets]", where=f"{FILE}: weights")
        if bias.shape != (len(weights),):
            raise ModelError(f"has shape {bias.shape}, wanted ({len(weights)},)", where=f"{FILE}: bias")
        return cls(_check_values("weights", weights).astype(np.float16), _check_values("bias", bias).astype(np.float32))


def _fit_one(
    indices: npt.NDArray[np.int32], offsets: Offsets, is_positive: npt.NDArray[np.bool_], buckets: int, C: float, alpha: float
) -> tuple[Floats, float]:
    """Weight of every bucket and the bias of one class against the rest."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    ratio = _log_count_ratio(indices, np.repeat(is_positive, np.diff(offsets)), buckets, alpha)
    # liblinear takes 32-bit row offsets only; 2**31 n-grams would be 3 million reviews, more than its copy leaves room for.
    features = csr_matrix((ratio[indices], indices, offsets.astype(np.int32)), shape=(len(offsets) - 1, buckets))
    model = LogisticRegression(solver="liblinear", C=C, max_iter=MOST_ITERATIONS)
    model.fit(features, is_positive)
    return model.coef_[0] * ratio, float(model.intercept_[0])


def _log_count_ratio(
    indices: npt.NDArray[np.int32], is_positive: npt.NDArray[np.bool_], buckets: int, alpha: float
) -> Floats:
    """Equation 1: log of (p / |p|) / (q / |q|), p and q the smoothed counts in the class and outside it."""
    p = alpha + np.bincount(indices[is_positive], minlength=buckets)
    q = alpha + np.bincount(indices[~is_positive], minlength=buckets)
    ratio: Floats = np.log(p / p.sum()) - np.log(q / q.sum())
    return ratio


def _check_fit(words: Words, y_index: npt.ArrayLike, classes: int, C: float, alpha: float) -> Indices:
    for name, value in (("C", C), ("alpha", alpha)):
        if not 0 < value < float("inf"):
            raise ParameterError(f"{name}={value!r} is not a positive number")
    if type(classes) is not int or classes < 2:
        raise ParameterError(f"classes={classes!r} is not a whole number of at least 2")
    y = np.asarray(y_index)
    if y.shape != (len(words),) or y.dtype.kind not in "iu":
        raise ParameterError(f"y_index is {y.dtype}{list(y.shape)}, wanted one whole number for each of {len(words)} texts")
    if y.min(initial=0) < 0 or y.max(initial=0) >= classes:
        raise ParameterError(f"y_index runs from {y.min()} to {y.max()}, wanted 0 to {classes - 1}")
    missing = np.flatnonzero(np.bincount(y, minlength=classes) == 0)
    if len(missing):
        raise ParameterError(f"class {missing[0]} of {classes} has no example to fit the bag-of-words rival on")
    return y.astype(np.int64)


def _check_values(name: str, tensor: npt.NDArray[Any]) -> npt.NDArray[Any]:
    allowed = (np.float16, np.float32) if name == "weights" else (np.float32,)
    if tensor.dtype not in allowed:
        wanted = " or ".join(np.dtype(kind).name for kind in allowed)
        raise ModelError(f"has type {tensor.dtype}, wanted {wanted}", where=f"{FILE}: {name}")
    limit = np.finfo(allowed[0]).max
    if not np.all(np.abs(tensor) <= limit):
        raise ModelError(f"holds values that are not finite or above {limit}", where=f"{FILE}: {name}")
    return tensor
