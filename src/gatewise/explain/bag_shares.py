"""What each word of a text brings to the logits of the bag-of-words rival."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gatewise.baseline.nbsvm import NBSVM
from gatewise.baseline.ngrams import RunningNgrams, find_columns
from gatewise.explain.explanation import Floats

Places = npt.NDArray[np.int64]

_LONGEST = 3  # words of the longest n-gram that the rival knows


def bag_shares(rival: NBSVM, words: Sequence[str]) -> Floats:
    """The rival's logits taken apart into the shares of words; exact, since they are a sum over n-grams.

    An n-gram counts once however often it occurs. Its weight is divided equally among its occurrences, and the part of
    each occurrence equally among the n words it is made of: of an n-gram that occurs m times every word of an
    occurrence gets 1 / (m n) of the weight.

    Args:
        rival: The bag-of-words model.
        words: The T words of a text.

    Returns:
        ``[T, 1]`` for two classes, ``[T, K]`` for more, float64; the sum over the words is the logits less the bias.

    Notes:
        O(T).

    Example:
        >>> texts = [["good", "film"], ["bad", "film"], ["good"], ["bad"]]
        >>> rival = NBSVM.fit(texts, [1, 0, 1, 0], 2)
        >>> shares = bag_shares(rival, ["good", "film", "good"])
        >>> bool(abs(shares.sum() + rival.bias[0] - rival.logits([["good", "film", "good"]])[0]) < 1e-12)
        True
    """
    shares: Floats = np.zeros((len(words), len(rival.weights)))
    ends, sizes, columns = _occurrences(rival, words)
    if not len(ends):
        return shares
    _, which, times = np.unique(columns, return_inverse=True, return_counts=True)
    parts = rival.weights[:, columns].T.astype(np.float64) / (sizes * times[which])[:, None]
    for back in range(_LONGEST):
        reaches = sizes > back
        np.add.at(shares, ends[reaches] - back, parts[reaches])
    return shares


def _occurrences(rival: NBSVM, words: Sequence[str]) -> tuple[Places, Places, Places]:
    """Of each occurrence of an n-gram that the rival knows: its last word, its size, its column."""
    running = RunningNgrams()
    found = [running.push(word) for word in words]
    sizes = np.concatenate([np.arange(1, len(buckets) + 1) for buckets in found] or [np.zeros(0, np.int64)])
    ends = np.repeat(np.arange(len(words)), [len(buckets) for buckets in found])
    columns, is_known = find_columns(rival.keys, np.concatenate([np.zeros(0, np.int32), *found]))
    return ends[is_known], sizes[is_known], columns
