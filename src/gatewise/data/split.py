"""Two parts of a data set that share no group and no text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.errors import DataError, ParameterError

Positions = npt.NDArray[np.int64]


def split_groups(examples: Examples, share: float, seed: int) -> tuple[Positions, Positions]:
    """Split examples into a training and a development part.

    Examples of one group (one movie), and texts equal but for case and white space, always fall into the same part.
    Bundles so tied together are visited in an order drawn from `seed`, and a bundle goes to the development part if
    that brings the counts of its labels nearer to `share` of all; so both parts have about the same mix of labels.

    Args:
        examples: What to split; `groups` and `labels` are used where present.
        share: Wanted share of the development part, above 0 and below 1.
        seed: A whole number, 0 or more.

    Returns:
        Positions of the training and of the development part, each ascending, int64. Neither is empty.

    Raises:
        ParameterError: If `share` or `seed` is out of range.
        DataError: If all examples are tied together, so that there is nothing to split.

    Notes:
        Deterministic for a given seed on every machine. A bundle larger than the wanted part stays in training.

    Example:
        >>> examples = Examples(["a", "b", "c", "d", "A"], ["x", "y", "x", "y", "x"])
        >>> train, development = split_groups(examples, share=0.4, seed=0)
        >>> sorted([*train.tolist(), *development.tolist()]), len(development)
        ([0, 1, 2, 3, 4], 2)
    """
    if not 0.0 < share < 1.0:
        raise ParameterError(f"share is {share}; it must be above 0 and below 1")
    if seed < 0:
        raise ParameterError(f"seed is {seed}; it must be 0 or more")
    bundles = _bundles(examples)
    count = int(bundles.max(initial=-1)) + 1
    if count < 2:
        raise DataError(
            f"{len(examples):,} examples cannot be split: they are one text or one group", where=examples.source or None
        )
    counts = _label_counts(examples, bundles, count)
    is_development = _chosen(counts, share, np.random.Generator(np.random.Philox(seed)))
    in_development = is_development[bundles]
    return np.flatnonzero(~in_development), np.flatnonzero(in_development)


def holdout(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """As `split_groups`, but gives the two parts themselves."""
    train, development = split_groups(examples, share, seed)
    return examples.select(train), examples.select(development)


def _bundles(examples: Examples) -> Positions:
    """Number of the bundle of each example: connected through a common group or a common text."""
    texts = np.unique(text_keys(examples.texts), return_inverse=True)[1].reshape(-1)
    if examples.groups is None:
        return texts.astype(np.int64)
    groups = np.unique(examples.groups, return_inverse=True)[1].reshape(-1)
    # A text seen in several groups joins them: union-find over the groups.
    parent = np.arange(int(groups.max(initial=-1)) + 1)
    owner: dict[int, int] = {}
    for text, group in zip(texts.tolist(), groups.tolist(), strict=True):
        _join(parent, group, owner.setdefault(text, group))
    roots = np.array([_root(parent, group) for group in range(len(parent))], dtype=np.int64)
    return np.unique(roots[groups], return_inverse=True)[1].reshape(-1).astype(np.int64)


def _root(parent: npt.NDArray[np.int64], group: int) -> int:
    while parent[group] != group:
        parent[group] = parent[parent[group]]
        group = int(parent[group])
    return group


def _join(parent: npt.NDArray[np.int64], one: int, other: int) -> None:
    first, second = sorted((_root(parent, one), _root(parent, other)))
    parent[second] = first


def _label_counts(examples: Examples, bundles: Positions, count: int) -> npt.NDArray[np.float64]:
    classes = {label: column for column, label in enumerate(examples.classes())}
    codes = np.array([classes[label] for label in examples.labels] or [0] * len(examples), dtype=np.int64)
    counts = np.zeros((count, max(len(classes), 1)))
    np.add.at(counts, (bundles, codes), 1.0)
    return counts


def _chosen(counts: npt.NDArray[np.float64], share: float, generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    missing = counts.sum(axis=0) * share
    is_chosen = np.zeros(len(counts), dtype=bool)
    for bundle in generator.permutation(len(counts)).tolist():
        size = counts[bundle]
        # Taking the bundle changes the squared distance to the wanted counts by |size|² - 2 size·missing.
        if size @ size < 2.0 * (size @ missing):
            is_chosen[bundle] = True
            missing = missing - size
    _leave_none_empty(is_chosen, counts.sum(axis=1))
    return is_chosen


def _leave_none_empty(is_chosen: npt.NDArray[np.bool_], sizes: npt.NDArray[np.float64]) -> None:
    if not is_chosen.any():
        is_chosen[int(np.argmin(sizes))] = True
    elif is_chosen.all():
        is_chosen[int(np.argmin(sizes))] = False
