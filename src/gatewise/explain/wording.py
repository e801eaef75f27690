"""How an explanation is said, on the terminal and in HTML alike: numbers, names, characters that do no harm."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from gatewise.explain.explanation import Explanation
from gatewise.metrics.scores import wilson_interval

DIGITS = 3
"""Decimals of log odds."""
MOST_NAMED = 5
METHODS = {
    "running": "running score: what each word changed when it was read",
    "integrated": "integrated gradients: the score's slopes on the way from unknown words to these",
    "occlusion": "occlusion: what the text loses without the word",
}
"""What a method measures."""


def sigmoid(score: float) -> float:
    """The probability whose log odds are `score`."""
    return 1 / (1 + math.exp(-score)) if score > 0 else math.exp(score) / (1 + math.exp(score))


OF_THE_NETWORK = "of the network alone, before blend and temperature"
"""What margins are of."""


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


def count_of(count: int) -> str:
    """So many words.

    Example:
        >>> count_of(1), count_of(1200)
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
    if not len(seen):
        said.append("The text has no words: this is the answer before anything is read.")
    if cut := int((~seen.is_read).sum()):
        said.append(f"{count_of(cut)} cut away: the network reads the rest of the text only.")
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
