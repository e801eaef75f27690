"""Parts of a data set to score apart: by length, by negation, by stars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.metrics.checks import Mask

LENGTHS = (50, 100, 200, 400)
MUCH_NEGATION = 0.02  # of the words: a tenth of the IMDB reviews hold no negation, a quarter more than this

# As the word tokenizer leaves them: "don't" is "do" and "n't". Whole contractions end in "n't" and count as well.
NEGATIONS = frozenset(
    {"not", "n't", "no", "never", "none", "nobody", "nothing", "nowhere", "neither", "nor", "cannot"}
    | {"without", "hardly", "barely", "scarcely"}
)


def length_slices(lengths: npt.ArrayLike, edges: Sequence[int] = LENGTHS) -> dict[str, Mask]:
    """Masks ``[n]`` by number of words, from short to long; every example is in exactly one.

    Args:
        lengths: ``[n]`` words in each text.
        edges: Ascending; the lengths at which a new slice begins.

    Example:
        >>> {name: int(mask.sum()) for name, mask in length_slices([3, 70, 70], edges=(50, 100)).items()}
        {'under 50 words': 1, '50 to 99 words': 2, '100 words and more': 0}
    """
    if not edges or list(edges) != sorted(set(edges)) or edges[0] < 1:
        raise ParameterError(f"edges={edges!r} are not ascending numbers of at least 1")
    counts = np.asarray(lengths)
    masks = {f"under {edges[0]} words": counts < edges[0]}
    for low, high in pairwise(edges):
        masks[f"{low} to {high - 1} words"] = (counts >= low) & (counts < high)
    masks[f"{edges[-1]} words and more"] = counts >= edges[-1]
    return masks


def negation_slices(words: Sequence[Sequence[str]]) -> dict[str, Mask]:
    """Masks ``[n]`` by the share of English negations ("not", "n't", "never", "without", ...) among the words.

    Long reviews nearly all hold one, so that presence alone would only sort by length.

    Example:
        >>> {name: mask.tolist() for name, mask in negation_slices([["not", "bad"], ["good"]]).items()}
        {'no negation': [False, True], 'up to 2 % negations': [False, False], 'over 2 % negations': [True, False]}
    """
    counts = np.array([sum(_is_negation(word) for word in text) for text in words], dtype=np.int64)
    is_much = counts > MUCH_NEGATION * np.array([len(text) for text in words], dtype=np.int64)
    return {
        "no negation": counts == 0,
        f"up to {MUCH_NEGATION:.0%} negations".replace("%", " %"): (counts > 0) & ~is_much,
        f"over {MUCH_NEGATION:.0%} negations".replace("%", " %"): is_much,
    }


def star_slices(stars: npt.ArrayLike) -> dict[str, Mask]:
    """Masks ``[n]``, one for each number of stars that occurs, ascending; unknown stars (NaN) come last.

    Example:
        >>> list(star_slices([4.0, 1.0, 3.5, float("nan"), 4.0]))
        ['1 star', '3.5 stars', '4 stars', 'stars unknown']
    """
    given = np.asarray(stars, dtype=np.float64)
    unknown = np.isnan(given)
    masks = {f"{value:g} star{'' if value == 1 else 's'}": given == value for value in np.unique(given[~unknown])}
    if unknown.any():
        masks["stars unknown"] = unknown
    return masks


def _is_negation(word: str) -> bool:
    return word in NEGATIONS or word.endswith("n't")
