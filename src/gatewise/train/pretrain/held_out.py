"""Which documents are kept out of training, to measure the perplexity on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.data.leaks import Keys

_KEYS = 2.0**64


def held_out(lengths: npt.NDArray[np.int64], keys: Keys, *, share: float, words: int) -> npt.NDArray[np.bool_]:
    """Choose documents by their keys: those with the smallest ones, so that copies go together.

    A document's key depends on its text alone, so more text changes nothing about which of the old ones are held out,
    but for the limit of words.

    Args:
        lengths: ``[D]`` words of each document.
        keys: ``[D]``, see `gatewise.data.leaks.text_keys`.
        share: Largest share of the documents, on average.
        words: Most words in all; one document, with its copies, may have more.

    Returns:
        ``[D]`` bool; true at least once, unless there are no documents.

    Example:
        >>> keys = np.array([9, 1, 5, 1], np.uint64)
        >>> held_out(np.array([3, 3, 3, 3]), keys, share=0.5, words=8).tolist()
        [False, True, False, True]
    """
    if not len(keys):
        return np.zeros(0, np.bool_)
    candidates = np.flatnonzero((keys < np.uint64(share * _KEYS)) | (keys == keys.min()))
    candidates = candidates[np.argsort(keys[candidates], kind="stable")]
    known = keys[candidates]
    is_last_copy = np.append(known[1:] != known[:-1], True)
    fits = np.flatnonzero(is_last_copy & (lengths[candidates].cumsum() <= words))
    largest = known[fits[-1]] if len(fits) else known[0]
    chosen: npt.NDArray[np.bool_] = keys <= largest
    return chosen
