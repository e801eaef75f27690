"""KING after QUEEN: whether an LSTM's forget gate opens where the word before was similar to the one now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.studies.gates.reader import Reader
from gatewise.studies.gates.spread import mean_interval

# Frequent words, whose vectors have been learnt; the vocabulary is in order of frequency.
_MOST_FREQUENT = 5_000
_OPEN = 0.5


@dataclass(frozen=True)
class Pairs:
    """n words, each read after its nearest neighbour and after one drawn by chance.

    Attributes:
        cosine: ``[n, 2]`` between the embeddings of the two words; column 0 the neighbour, column 1 the drawn one.
        forget: ``[n, 2]`` mean of the forget gate at the second word.
        open: ``[n, 2]`` share of its units above 0.5.
    """

    cosine: npt.NDArray[np.float64]
    forget: npt.NDArray[np.float64]
    open: npt.NDArray[np.float64]

    def correlation(self) -> float:
        """Pearson's, of similarity and mean forget gate over all 2n pairs."""
        return float(np.corrcoef(self.cosine.ravel(), self.forget.ravel())[0, 1])

    def numbers(self) -> dict[str, Any]:
        """Means and the paired difference with its 95 % interval."""
        difference, half_width = mean_interval(self.forget[:, 0] - self.forget[:, 1])
        return {
            "pairs": self.cosine.size,
            "cosine": self.cosine.mean(0).tolist(),
            "mean_forget": self.forget.mean(0).tolist(),
            "share_open": self.open.mean(0).tolist(),
            "difference": difference,
            "difference_half_width": half_width,
            "correlation": self.correlation(),
        }


def measure_pairs(reader: Reader, *, count: int, seed: int) -> Pairs:
    """Read `count` words after a similar one and after a random one, each pair as a text of two words."""
    words = np.array([id for id, word in enumerate(reader.vocabulary[:_MOST_FREQUENT]) if word.isalpha()])
    vectors = reader.embedding[words].astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    random = np.random.default_rng(seed)
    second = random.choice(len(words), size=min(count, len(words)), replace=False)
    likeness = vectors[second] @ vectors.T
    likeness[np.arange(len(second)), second] = -np.inf
    neighbours = likeness.argmax(1)
    # One of all the others, so never the word itself.
    drawn = (second + random.integers(1, len(words), size=len(second))) % len(words)
    firsts = np.stack([neighbours, drawn], axis=1)
    cosine = np.take_along_axis(likeness, firsts, axis=1)
    pairs = [[words[a], words[b]] for own, b in zip(firsts, second, strict=True) for a in own]
    gates = np.stack([reading.forget[1] for reading in reader.read_many(pairs, [()] * len(pairs))])
    forget, is_open = gates.mean(1).reshape(-1, 2), (gates > _OPEN).mean(1).reshape(-1, 2)
    return Pairs(cosine, forget.astype(np.float64), is_open)


def two_words(reader: Reader, first: str, second: str) -> dict[str, Any]:
    """The forget gate at `second` read after `first`, and how similar the two are; both must be in the vocabulary."""
    a, b = reader.vocabulary.index(first), reader.vocabulary.index(second)
    gate = reader.read([a, b], (first, second)).forget[1]
    x, y = reader.embedding[a].astype(np.float64), reader.embedding[b].astype(np.float64)
    return {
        "words": [first, second],
        "cosine": float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)),
        "mean_forget": float(gate.mean()),
        "share_open": float((gate > _OPEN).mean()),
    }
