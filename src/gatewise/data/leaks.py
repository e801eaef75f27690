"""Texts that occur more than once: within a set, across two sets, with two labels.

Texts count as equal when they differ only in case and white space. Each becomes a 64-bit key; among a million texts two
different ones share a key with a probability of about 3 in 100 million.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]


def text_keys(texts: Iterable[str]) -> Keys:
    """Key of each text, ``[n]`` uint64; the same on every machine and in every run.

    Example:
        >>> keys = text_keys(["A  fine film", "a fine film\\n", "a poor film"])
        >>> bool(keys[0] == keys[1]), bool(keys[0] == keys[2])
        (True, False)
    """
    digests = b"".join(
        hashlib.blake2b(" ".join(text.lower().split()).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for text in texts
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


@dataclass(frozen=True)
class Repeats:
    """Repeated texts within a set.

    Attributes:
        unique: How many different texts there are.
        extra: How many texts could go without losing a different one (texts minus unique).
        first: ``[n]`` int64, for each text the position of its first occurrence; its own when it is the first.
    """

    unique: int
    extra: int
    first: npt.NDArray[np.int64]


def find_repeats(keys: Keys) -> Repeats:
    """Find the texts that occur more than once.

    Example:
        >>> find_repeats(text_keys(["a", "b", "A"])).first.tolist()
        [0, 1, 0]
    """
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    firsts = first[inverse.reshape(-1)].astype(np.int64)
    return Repeats(unique=len(first), extra=len(keys) - len(first), first=firsts)


def overlap(keys_a: Keys, keys_b: Keys) -> npt.NDArray[np.bool_]:
    """Which texts of the first set also occur in the second, ``[n]`` bool."""
    return np.isin(keys_a, keys_b)


def conflicts(keys: Keys, labels: Sequence[object]) -> npt.NDArray[np.bool_]:
    """Which texts also occur with another label, ``[n]`` bool.

    Example:
        >>> conflicts(text_keys(["a", "b", "a"]), ["pos", "pos", "neg"]).tolist()
        [True, False, True]
    """
    number = {label: index for index, label in enumerate(dict.fromkeys(labels))}
    codes = np.array([number[label] for label in labels], dtype=np.int64)
    _, inverse = np.unique(keys, return_inverse=True)
    inverse = inverse.reshape(-1)
    lowest = np.full(inverse.max(initial=-1) + 1, len(number), dtype=np.int64)
    highest = np.full_like(lowest, -1)
    np.minimum.at(lowest, inverse, codes)
    np.maximum.at(highest, inverse, codes)
    differs: npt.NDArray[np.bool_] = lowest != highest
    return differs[inverse]
