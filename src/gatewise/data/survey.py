"""What a person should know about a data set before training on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.data.examples import Examples, Label
from gatewise.data.leaks import conflicts, find_repeats, text_keys

QUANTILES = (0, 5, 50, 95, 100)


@dataclass(frozen=True)
class Survey:
    """Counts of one data set.

    Attributes:
        source: Its name.
        examples: How many there are.
        classes: Examples per label, in the order of `Examples.classes`.
        words: Words per text (split at white space) at 0, 5, 50, 95 and 100 percent of the texts.
        mean_words: Their mean.
        repeats: Texts that occurred before, but for case and white space.
        conflicting: Texts that also occur with another label.
        alike: Sets of labels that differ only in case.
        groups: How many groups there are, None without groups.
    """

    source: str
    examples: int
    classes: dict[Label, int]
    words: dict[int, int]
    mean_words: float
    repeats: int
    conflicting: int
    alike: list[list[str]]
    groups: int | None

    def warnings(self) -> list[str]:
        """What should be looked at, in sentences."""
        found = []
        if len(self.classes) == 1:
            found.append("only one class: nothing can be learned from it")
        if rare := [str(label) for label, count in self.classes.items() if count < RARE]:
            found.append(f"fewer than {RARE} examples of: {', '.join(rare[:10])}{', ...' if len(rare) > 10 else ''}")
        found += [f"labels that differ only in case: {', '.join(labels)}" for labels in self.alike]
        if self.conflicting:
            found.append(f"{self.conflicting:,} texts occur with more than one label")
        return found


RARE = 10


def survey(examples: Examples) -> Survey:
    """Count classes, words, repeats and conflicts.

    Example:
        >>> found = survey(Examples(["good film", "Good  film", "bad"], ["pos", "neg", "neg"]))
        >>> found.classes, found.words[50], found.repeats, found.conflicting
        ({'neg': 2, 'pos': 1}, 2, 1, 2)
    """
    keys = text_keys(examples.texts)
    lengths = np.array([len(text.split()) for text in examples.texts], dtype=np.int64)
    quantiles = np.percentile(lengths, QUANTILES, method="lower") if len(lengths) else np.zeros(len(QUANTILES))
    counts: dict[Label, int] = dict.fromkeys(examples.classes(), 0)
    for label in examples.labels:
        counts[label] += 1
    return Survey(
        source=examples.source,
        examples=len(examples),
        classes=counts,
        words={share: int(value) for share, value in zip(QUANTILES, quantiles, strict=True)},
        mean_words=float(lengths.mean()) if len(lengths) else 0.0,
        repeats=find_repeats(keys).extra,
        conflicting=int(conflicts(keys, examples.labels).sum()) if examples.labels else 0,
        alike=_alike(counts),
        groups=None if examples.groups is None else len(np.unique(examples.groups)),
    )


def _alike(counts: dict[Label, int]) -> list[list[str]]:
    folded: dict[str, list[str]] = {}
    for label in counts:
        folded.setdefault(str(label).casefold(), []).append(str(label))
    return [labels for labels in folded.values() if len(labels) > 1]
