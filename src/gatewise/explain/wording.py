"""How an explanation is said, on the terminal and in HTML alike: numbers that add up, names, what is left out."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewise.explain.explanation import Explanation
from gatewise.metrics.scores import wilson_interval

DIGITS = 3
"""Decimals of log odds."""
MOST_NAMED = 5
METHODS = {
    "running": "running score: what each word changed when it was read",
    "integrated": "integrated gradients: the slope of the score along the way from no words to these",
    "occlusion": "occlusion: what the text loses without the word",
}
"""What a method measures."""
BASELINES = {
    "running": "baseline: nothing read yet",
    "integrated": "baseline: every word blank",
    "occlusion": "baseline: the empty text",
}


@dataclass(frozen=True)
class Account:
    """The sum of an explanation, in numbers that add up as they are printed.

    Attributes:
        lines: Numbers and what they are; their sum is `score`.
        score: Log odds of the class.
        probability: Of the class.
    """

    lines: tuple[tuple[str, str], ...]
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
        parts.append((float(shares[shares > 0].sum()), f"{words(count)} for {label(explanation.label)}"))
    if count := int((shares < 0).sum()):
        parts.append((float(shares[shares < 0].sum()), f"{words(count)} against it"))
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
    missing = round(total * unit) - sum(counts)
    way = 1 if missing > 0 else -1
    # Largest remainder first: moving it changes the number least.
    order = sorted(range(len(parts)), key=lambda place: way * (counts[place] - scaled[place]))
    for turn in range(abs(missing)):
        counts[order[turn % len(order)]] += way
    return [count / unit for count in counts]


def sigmoid(score: float) -> float:
    """The probability whose log odds are `score`."""
    return 1 / (1 + math.exp(-score)) if score > 0 else math.exp(score) / (1 + math.exp(score))


def signed(value: float, digits: int = DIGITS) -> str:
    """A number with its sign, the minus a real one; what rounds to 0 has none.

    Example:
        >>> signed(-0.1234), signed(0.5, 1), signed(-0.00001)
        ('−0.123', '+0.5', '0.000')
    """
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def percent(share: float) -> str:
    """A probability in percent; only what is certain is called 100 or 0 %.

    Example:
        >>> percent(0.8941), percent(0.99999), percent(0.0001)
        ('89.4 %', '> 99.9 %', '< 0.1 %')
    """
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    return "< 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"


def words(count: int) -> str:
    """How many words.

    Example:
        >>> words(1), words(1200)
        ('1 word', '1,200 words')
    """
    return "1 word" if count == 1 else f"{count:,} words"


def label(name: str | int, most: int = 40) -> str:
    """A class or a word on one line, harmless and not too long.

    Example:
        >>> label("a\\tvery long name", 8)
        'a␉very…'
    """
    shown = visible(str(name).replace("\t", "\u2409").replace("\n", "\u240a"))
    return shown if len(shown) <= most else shown[: most - 2].rstrip() + "…"


def visible(text: str) -> str:
    """`text` without a character that could command a terminal or turn the direction of what follows.

    Control characters become their pictures, direction overrides and the like their code point; line ends and tabs
    stay, and so do the joiners that emoji and some scripts need.

    Example:
        >>> visible("red \\x1b[31m, turned \\u202eabc")
        'red ␛[31m, turned ⟨U+202E⟩abc'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    code = ord(character)
    if character in "\n\t\u200c\u200d":
        return character
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    # Cc: the second set of controls; Cf: directions, invisible characters; Zl, Zp: line ends of another kind.
    is_tag = 0xE0020 <= code <= 0xE007F  # flags of regions are spelled with them
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and not is_tag:
        return f"⟨U+{code:04X}⟩"
    return character


def verdict(explanation: Explanation) -> tuple[str, str]:
    """The predicted class with its probability; and, where another one is explained, that one with its own."""
    best = int(explanation.probabilities.argmax())
    predicted = f"{label(explanation.labels[best])}  {percent(float(explanation.probabilities[best]))}"
    place = explanation.labels.index(explanation.label)
    if place == best:
        return predicted, ""
    return predicted, f"explained: {label(explanation.label)}  {percent(float(explanation.probabilities[place]))}"


def notes(explanation: Explanation) -> list[str]:
    """Sentences on what the network did not read or does not know."""
    seen, said = explanation.words, []
    if cut := int((~seen.is_read).sum()):
        said.append(f"{words(cut)} cut away: the network reads the rest of the text only.")
    unknown = [name for name, known in zip(seen.words, seen.is_known, strict=True) if not known]
    if unknown:
        named = list(dict.fromkeys(label(name, 20) for name in unknown))
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        said.append(f"Not in the vocabulary, read as <unk>: {', '.join(named[:MOST_NAMED])}{more}.")
    return said


def model_line(metrics: Mapping[str, Any]) -> str:
    """How good the model is by its own record: on test texts if it has such a score, else on development texts."""
    for split, name in (("test", "Test"), ("development", "Development")):
        found = metrics.get(split)
        if isinstance(found, Mapping) and (accuracy := _share(found.get("accuracy"))) is not None:
            return f"{name} accuracy {100 * accuracy:.1f} %{_interval(found, accuracy)}{_rival(found)}."
    return "The model keeps no record of how good it is."


def _interval(found: Mapping[str, Any], accuracy: float) -> str:
    count = found.get("examples")
    if not isinstance(count, int) or count < 1:
        return ""
    low, high = wilson_interval(round(accuracy * count), count) or (accuracy, accuracy)
    return f" (95 % interval {100 * low:.1f} to {100 * high:.1f} %) on {count:,} texts"


def _rival(found: Mapping[str, Any]) -> str:
    rival = _share(found.get("baseline_accuracy"))
    return "" if rival is None else f"; its bag-of-words rival {100 * rival:.1f} %"


def _share(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None
