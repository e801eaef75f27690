"""NBSVM, the bag-of-words rival: one weight for each n-gram that matters. Predicting needs NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.baseline.ngrams import Floats, Words, find_columns, hashed_ngrams
from gatewise.errors import ModelError

Array = npt.NDArray[Any]

FILE = "baseline.safetensors"


@dataclass(frozen=True, eq=False)
class NBSVM:
    """A fitted bag-of-words classifier: a logit is the sum of the weights of the n-grams a text holds, plus a bias.

    An n-gram is known by its 31-bit hash alone; the words themselves are not kept. An n-gram never seen is taken for
    one of 350,000 kept ones with probability 1.6e-4.

    Attributes:
        keys: ``[n]`` int32, hashes of the n-grams kept, ascending (see `hashed_ngrams`).
        weights: ``[1, n]`` float16 for two classes, ``[K, n]`` for K > 2 (each class against the rest).
        bias: ``[1]`` or ``[K]`` float32.

    Reference:
        Wang and Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification", equation 1;
        with logistic regression for the SVM, n-grams up to three words and no interpolation, as in Mesnil et al. 2014.

    Example:
        >>> words = [["good", "film"], ["bad", "film"], ["good"], ["bad"]]
        >>> model = NBSVM.fit(words, [1, 0, 1, 0], 2)
        >>> model.predict_proba([["good", "story"], ["bad", "story"]]).argmax(axis=1).tolist()
        [1, 0]
    """

    keys: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float32]

    @classmethod
    def fit(cls, words: Words, y_index: npt.ArrayLike, classes: int, *, C: float = 0.1, alpha: float = 1.0) -> NBSVM:
        """Fit by liblinear (needs scikit-learn).

        N-grams that occur in one text only are left out, and of the others those of least weight until the tensors fit
        into 2 MB (`most_ngrams`).

        Args:
            words: The words of each text.
            y_index: ``[n]`` whole numbers 0 to `classes` - 1; each class at least once.
            classes: K, at least 2.
            C: Inverse strength of the L2 penalty.
            alpha: Added to every count before the naive Bayes ratio is taken.

        Raises:
            MissingExtraError: scikit-learn is not installed.
            ParameterError: An argument is impossible.

        Notes:
            Deterministic. Memory about 50 bytes for each distinct n-gram of each text.
        """
        from gatewise.baseline.fitting import fit_weights

        return cls(*fit_weights(words, y_index, classes, C=C, alpha=alpha))

    @property
    def classes(self) -> int:
        """K."""
        return 2 if len(self.weights) == 1 else len(self.weights)

    def logits(self, words: Words) -> Floats:
        """Logits in float64: ``[n]`` for two classes (positive says class 1), ``[n, K]`` for K > 2.

        A text's logits are the same bits alone and in any batch.
        """
        indices, offsets = hashed_ngrams(words)
        columns, is_known = find_columns(self.keys, indices)
        text = np.repeat(np.arange(len(words)), np.diff(offsets))[is_known]
        # bincount adds one after the other in float64, so neighbours cannot change the rounding.
        sums = [np.bincount(text, weights=weight[columns], minlength=len(words)) for weight in self.weights]
        logits: Floats = np.stack(sums, axis=1, dtype=np.float64) + self.bias.astype(np.float64)
        return logits[:, 0] if len(self.weights) == 1 else logits

    def predict_proba(self, words: Words) -> Floats:
        """Probabilities ``[n, K]`` float64: sigmoid for two classes, softmax of the K logits otherwise.

        With K > 2 each class was fitted against the rest apart, so that the softmax ranks well and is not calibrated.
        """
        # The rooms of this level do not import each other; a test holds this to metrics.probabilities_from_logits.
        logits = self.logits(words)
        if logits.ndim == 1:
            logits = np.stack([np.zeros_like(logits), logits], axis=1)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def to_tensors(self) -> dict[str, Array]:
        """The arrays a model folder keeps: ``keys`` int32, ``weights`` float16, ``bias`` float32."""
        return {"keys": self.keys, "weights": self.weights, "bias": self.bias}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Array]) -> NBSVM:
        """Check and take back what `to_tensors` gave (``weights`` may have been widened to float32).

        Raises:
            ModelError: A tensor is missing, unknown, or has the wrong type, shape or values; names it.
        """
        if set(tensors) != {"keys", "weights", "bias"}:
            raise ModelError(f"holds tensors {sorted(tensors)}, wanted ['bias', 'keys', 'weights']", where=FILE)
        keys, weights, bias = tensors["keys"], tensors["weights"], tensors["bias"]
        _check_keys(keys)
        if weights.ndim != 2 or len(weights) in (0, 2) or weights.shape[1] != len(keys):
            wanted = f"[1, {len(keys)}], or 3 and more rows"
            raise ModelError(f"has shape {list(weights.shape)}, wanted {wanted}", where=f"{FILE}: weights")
        if bias.shape != (len(weights),):
            raise ModelError(f"has shape {list(bias.shape)}, wanted [{len(weights)}]", where=f"{FILE}: bias")
        _check_numbers("weights", weights, (np.float16, np.float32))
        _check_numbers("bias", bias, (np.float32,))
        return cls(keys, weights.astype(np.float16), bias)


def _check_keys(keys: Array) -> None:
    if keys.ndim != 1 or keys.dtype != np.int32:
        raise ModelError(f"is {keys.dtype}{list(keys.shape)}, wanted int32[n]", where=f"{FILE}: keys")
    if (len(keys) and keys[0] < 0) or not (keys[1:] > keys[:-1]).all():
        raise ModelError("is not ascending from 0", where=f"{FILE}: keys")


def _check_numbers(name: str, tensor: Array, allowed: tuple[type[np.floating[Any]], ...]) -> None:
    if tensor.dtype not in allowed:
        wanted = " or ".join(np.dtype(kind).name for kind in allowed)
        raise ModelError(f"has type {tensor.dtype}, wanted {wanted}", where=f"{FILE}: {name}")
    limit = float(np.finfo(allowed[0]).max)
    if not (np.abs(tensor) <= limit).all():
        raise ModelError(f"holds numbers that are not finite or beyond {limit:g}", where=f"{FILE}: {name}")
