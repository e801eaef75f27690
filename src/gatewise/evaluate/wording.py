"""How an evaluation is said, on the terminal and in HTML alike: numbers with their unit, names, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gatewise.metrics.scores import wilson_interval

UNKNOWN = "–"
SCORES: dict[str, tuple[str, bool | None]] = {
    "macro_f1": ("macro F1", True),
    "roc_auc": ("ROC-AUC", True),
    "log_loss": ("log loss", False),
    "brier": ("Brier score", False),
    "ece": ("ECE", False),
}
"""Name, and whether more is better; None where neither is."""
SELECTIVE: dict[str, tuple[str, bool | None]] = {"aurc": ("AURC", False), "excess_aurc": ("excess AURC", False)}
CORRELATIONS: dict[str, tuple[str, bool | None]] = {
    "pearson_label": ("Pearson with label", True),
    "spearman_label": ("Spearman with label", True),
    "pearson_stars": ("Pearson with stars", True),
    "spearman_stars": ("Spearman with stars", True),
    "deviation_mean": ("mean |score − label|", False),
    "deviation_sd": ("sd of |score − label|", None),
}
ORDER: dict[str, tuple[str, bool | None]] = {
    "mean_absolute_error": ("mean absolute error", False),
    "pearson_label": ("Pearson with label", True),
    "spearman_label": ("Spearman with label", True),
}
"""Of the expected value."""
_HINTS = {True: "higher is better", False: "lower is better", None: ""}


@dataclass(frozen=True)
class Row:
    """A score in words.

    Attributes:
        name: Of the score.
        model: The model's, with its interval where there is one.
        rival: The rival's.
        difference: Model less rival, with its interval.
        verdict: ``better``, ``worse``, ``even`` (the interval holds 0) or ``""`` (unknown).
        hint: Which way is good.
    """

    name: str
    model: str
    rival: str
    difference: str
    verdict: str
    hint: str


def percent(share: float | None) -> str:
    """A share in percent with one decimal.

    Example:
        >>> percent(0.8941), percent(None)
        ('89.4 %', '–')
    """
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def interval(ends: Sequence[float] | None, scale: float = 100, digits: int = 1) -> str:
    """An interval in brackets.

    Example:
        >>> interval([0.89, 0.898]), interval([-0.01, 0.02], 1, 3), interval(None)
        ('(89.0–89.8)', '(−0.010 to +0.020)', '')
    """
    if ends is None:
        return ""
    low, high = (scale * end for end in ends)
    if scale == 100 and low >= 0:
        return f"({low:.{digits}f}–{high:.{digits}f})"
    return f"({signed(low, digits)} to {signed(high, digits)})"


def signed(value: float, digits: int) -> str:
    """A number with its sign, the minus a real one; what rounds to 0 has none.

    Example:
        >>> signed(-0.1234, 3), signed(0.5, 1), signed(-0.00001, 3)
        ('−0.123', '+0.5', '0.000')
    """
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def decimal(value: float | None) -> str:
    """A score with three decimals; negative ones with a real minus."""
    return UNKNOWN if value is None else f"{value:.3f}".replace("-", "−")


def accuracy_row(score: Mapping[str, Any], name: str = "accuracy") -> Row:
    """Accuracy in percent, the difference in percentage points."""
    return Row(
        name,
        f"{percent(score['value'])} {interval(score['interval'])}".strip(),
        f"{percent(score['rival'])} {interval(score['rival_interval'])}".strip(),
        _difference(score, 100, 1),
        verdict(score, more_is_better=True),
        "higher is better",
    )


def score_rows(scores: Mapping[str, Mapping[str, Any]], names: Mapping[str, tuple[str, bool | None]]) -> list[Row]:
    """The scores that have a name in `names`, in its order."""
    return [
        Row(
            name,
            decimal(scores[key]["value"]),
            decimal(scores[key]["rival"]),
            _difference(scores[key], 1, 3),
            verdict(scores[key], more_is_better=more_is_better),
            _HINTS[more_is_better],
        )
        for key, (name, more_is_better) in names.items()
        if key in scores
    ]


def verdict(score: Mapping[str, Any], *, more_is_better: bool | None) -> str:
    """``better``, ``worse`` or ``even`` than the rival, by the interval of the difference; ``""`` without one."""
    ends = score["difference_interval"]
    if ends is None or more_is_better is None:
        return ""
    if ends[0] <= 0 <= ends[1]:
        return "even"
    return "better" if (ends[0] > 0) == more_is_better else "worse"


def conclusion(result: Mapping[str, Any]) -> str:
    """One sentence on the model and its rival.

    Example:
        >>> conclusion({"has_rival": False, "accuracy": {}})
        'The model folder holds no bag-of-words rival, so there is nothing to compare these scores with.'
    """
    if not result["has_rival"]:
        return "The model folder holds no bag-of-words rival, so there is nothing to compare these scores with."
    score = result["accuracy"]
    points = f"{abs(100 * score['difference']):.1f} points"
    found = verdict(score, more_is_better=True)
    if found == "even":
        return f"These {result['n']:,} examples cannot tell the model from a bag of words trained on the same rows."
    if found == "better":
        return f"The model is right more often than a bag of words trained on the same rows, by {points}."
    return f"A bag of words trained on the same rows is right more often than the model, by {points}."


def selective_rows(selective: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What is said of abstaining, of the model and of its rival: accuracy by coverage, then coverage by risk."""
    accuracies = [
        (f"accuracy of the surest {100 * row['wanted']:.0f} %", _right(row["model"]), _right(row["rival"]))
        for row in selective["at_coverage"]
    ]
    return accuracies + [
        (f"answered at {100 * row['wanted']:.0f} % error", _coverage(row, "model"), _coverage(row, "rival"))
        for row in selective["at_risk"]
    ]


def _right(point: Mapping[str, Any] | None) -> str:
    return UNKNOWN if point is None else percent(1 - point["risk"])


def _coverage(row: Mapping[str, Any], who: str) -> str:
    # Without a rival nothing is known of it; of the model, that no threshold does it.
    return percent(row[who]["coverage"]) if row[who] else UNKNOWN


def band_line(result: Mapping[str, Any]) -> str:
    """What the threshold that was asked for does; empty without one."""
    band = result["selective"]["band"]
    if band is None:
        return ""
    said = (
        f"Abstaining below a probability of {band['threshold']:.4g}, the model answers {band['answered']:,} of "
        f"{result['n']:,} texts ({percent(band['coverage'])})"
    )
    given, withheld = (band[name] and accuracy_row(band[name]) for name in ("answered_accuracy", "abstained_accuracy"))
    if given:
        rival = f"; bag of words, on the same texts, {given.rival}" if result["has_rival"] else ""
        said += f" and is right on {given.model} of them{rival}"
    if withheld:
        said += f". On the others it would have been right on {withheld.model}"
    return said + "."


def blend_line(result: Mapping[str, Any]) -> str:
    """Of a blend: what it is, and how good the network is alone; ``""`` of any other model."""
    blend = result.get("blend")
    if not blend:
        return ""
    row, weight = accuracy_row(blend["accuracy"]), f"{blend['weight']:g}"
    return (
        f"The model is a blend: {weight} of its log odds are those of the bag of words. The network alone has an "
        f"accuracy of {row.rival}; blend less network {row.difference} points."
    )


def model_line(result: Mapping[str, Any]) -> str:
    """The model in a few words."""
    model = result["model"]
    blend = f", blended with a bag of words ({result['blend']['weight']:g})" if result.get("blend") else ""
    return f"{model['description']}, {model['parameters']:,} parameters, {model['vocabulary_size']:,} words{blend}"


def pairs_line(pairs: Mapping[str, Any]) -> str:
    """In how many pairs both texts are right, for the model and its rival."""
    row = accuracy_row(pairs)
    rival = "" if pairs["rival"] is None else f"; bag of words {row.rival}"
    return f"Both texts are right in {row.model} of {pairs['n']:,} pairs{rival}."


def overlap_line(result: Mapping[str, Any]) -> str:
    """How many examples were training rows, and the accuracy without them."""
    overlap = result["training_overlap"]
    if overlap is None:
        return "Whether examples were among the training rows is not known: the model keeps no record of them."
    if not overlap["n"]:
        return "No example was among the training rows."
    said = f"{overlap['n']:,} of {result['n']:,} examples were among the training rows"
    if overlap["unseen"] is None:
        return f"{said}: all of them. These scores say nothing about new texts."
    row = accuracy_row(overlap["unseen"])
    rival = f"; bag of words {row.rival}" if result["has_rival"] else ""
    return f"{said}; on the other {overlap['unseen_n']:,} the accuracy is {row.model}{rival}."


def truncation_line(result: Mapping[str, Any]) -> str:
    """What the limit on the length of a text cut away."""
    cut = result["truncation"]
    if not cut["max_tokens"]:
        return f"No text was cut: the model read all {cut['tokens']:,} words."
    texts, tokens = cut["texts_cut"] / cut["texts"], cut["tokens_cut"] / max(1, cut["tokens"])
    return (
        f"{cut['texts_cut']:,} texts ({percent(texts)}) were longer than {cut['max_tokens']:,} words and were cut "
        f"({cut['kept']} kept): {cut['tokens_cut']:,} words ({percent(tokens)}) were not read."
    )


def _difference(score: Mapping[str, Any], scale: float, digits: int) -> str:
    if score["difference"] is None:
        return UNKNOWN
    ends = score["difference_interval"]
    low_high = "" if ends is None else f" ({signed(scale * ends[0], digits)} to {signed(scale * ends[1], digits)})"
    return signed(scale * score["difference"], digits) + low_high


def development_line(development: Mapping[str, Any]) -> str:
    """Accuracy on the development split with its 95 % interval and the rival's, from the record of a model."""
    count, accuracy = development["examples"], development["accuracy"]
    interval = wilson_interval(round(accuracy * count), count)
    within = f" (95 % interval {interval[0]:.1%} to {interval[1]:.1%})" if interval else ""
    rival = development.get("baseline_accuracy")
    beside = f"; bag-of-words rival {rival:.1%}" if rival is not None else ""
    if "blend" in development:
        alone, weight = development["network_accuracy"], development["blend"]
        beside = f"; a blend: network alone {alone:.1%}{beside}, which has the weight {weight:g}"
    return f"development accuracy {accuracy:.1%}{within} on {count:,} held-out examples{beside}"
