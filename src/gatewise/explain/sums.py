"""The sums of an explanation in numbers that add up as they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatewise.explain.explanation import Explanation
from gatewise.explain.ranking import word_at
from gatewise.explain.wording import DIGITS, count_of, label, sigmoid, signed

if TYPE_CHECKING:
    from gatewise.explain.decomposition import PhraseDecomposition

BASELINES = {
    "running": "baseline: nothing read yet",
    "integrated": "baseline: every word unknown",
    "occlusion": "baseline: the empty text",
}
"""What a method counts from."""
Lines = tuple[tuple[str, str], ...]
"""Numbers as printed, and what they are."""


@dataclass(frozen=True)
class Account:
    """The sum of an explanation, in numbers that add up as they are printed.

    Attributes:
        lines: Numbers and what they are; their sum is `score`.
        score: Log odds of the class.
        probability: Of the class.
    """

    lines: Lines
    score: str
    probability: str

    @property
    def equation(self) -> str:
        """From the score to the probability."""
        inner = self.score.removeprefix("−") if self.score.startswith("−") else f"−{self.score.removeprefix('+')}"
        return f"1 / (1 + exp({inner})) = {self.probability}"


def account(explanation: Explanation) -> Account:
    """Baseline, words for the class, words against it, gap; the gap is left out where it would be printed as 0.

    Example:
        >>> from gatewise.explain.explanation import Words
        >>> import numpy as np
        >>> flags = np.ones(2, dtype=bool)
        >>> words = Words("so good", ["so", "good"], np.array([[0, 2], [3, 7]]), flags, flags)
        >>> shares = np.array([-0.25, 1.5])
        >>> both = np.array([0.2, 0.8])
        >>> found = Explanation(words, ("neg", "pos"), both, "pos", "running", 1.35, 0.1, shares, None, None)
        >>> for number, name in account(found).lines:
        ...     print(number, name)
        +0.100 baseline: nothing read yet
        +1.500 1 word for pos
        −0.250 1 word against it
        >>> account(found).equation
        '1 / (1 + exp(−1.350)) = 0.794'
    """
    shares = explanation.contributions
    parts = [(explanation.baseline, BASELINES.get(explanation.method, "baseline"))]
    if count := int((shares > 0).sum()):
        parts.append((float(shares[shares > 0].sum()), f"{count_of(count)} for {label(explanation.label)}"))
    if count := int((shares < 0).sum()):
        parts.append((float(shares[shares < 0].sum()), f"{count_of(count)} against it"))
    if round(abs(explanation.gap), DIGITS):
        parts.append((explanation.gap, "gap: what the words leave unexplained"))
    rounded = adding_up([value for value, _ in parts], explanation.score)
    lines = tuple((signed(value), name) for value, (_, name) in zip(rounded, parts, strict=True))
    return Account(lines, signed(round(explanation.score, DIGITS)), f"{sigmoid(explanation.score):.3f}")


def adding_up(parts: Sequence[float], total: float, digits: int = DIGITS) -> list[float]:
    """`parts` rounded so that they add up to `total` rounded: those nearest to the next number take what is left over.

    Example:
        >>> adding_up([0.14, 0.14, 0.14], 0.42, 1)
        [0.2, 0.1, 0.1]
    """
    unit = 10**digits
    scaled = [part * unit for part in parts]
    counts = [round(value) for value in scaled]
    # As the total is printed: times 1,000, 0.0005 is exactly a half and would go to the even neighbour.
    missing = round(round(total, digits) * unit) - sum(counts)
    way = 1 if missing > 0 else -1
    # Largest remainder first: moving it changes the number least.
    order = sorted(range(len(parts)), key=lambda place: way * (counts[place] - scaled[place]))
    for turn in range(abs(missing)):
        counts[order[turn % len(order)]] += way
    return [count / unit for count in counts]


def phrase_sums(found: PhraseDecomposition) -> tuple[tuple[Lines, tuple[str, str]], ...]:
    """Two sums that add up as printed, each with its total: the words of a phrase to it; it and all else to the margin.

    The total of the first is the first part of the second.
    """
    names = [f"“{word_at(found.words, place)}” by itself" for place in found.positions.tolist()]
    parts = [float(part) for part in found.alone]
    if len(parts) > 1:
        names.append("what these words say together only")
        parts.append(found.interaction)
    phrase, margin = round(found.phrase, DIGITS), round(found.margin, DIGITS)
    inner = zip(map(signed, adding_up(parts, phrase)), names, strict=True)
    others = ("all other words, and what they say together with it", "bias of the head")
    outer = zip(map(signed, adding_up([found.rest, found.bias], margin - phrase)), others, strict=True)
    return (tuple(inner), (signed(phrase), "the phrase")), (tuple(outer), (signed(margin), "the network's margin"))
