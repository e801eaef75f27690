"""Which remedies worked, by rules that are the same for any seed."""

from __future__ import annotations

from typing import Any

from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.remedies import NONE, SETUPS

_DIVERGING = ("RNN, tanh", "RNN, ReLU")  # Starts that all remedies against exploding were tried from.
_TRUNCATION = next(one.name for one in SETUPS if one.truncate)
# What the course documents name the remedies for; the orthogonal and identity starts are kinds of initialisation.
NAMED_AGAINST = {
    "clipping": "exploding",
    "penalty on ‖U‖²": "exploding",
    "penalty Ω": "vanishing",
    _TRUNCATION: "exploding",
    "orthogonal start": "vanishing",
    "spectral radius 1": "vanishing",
    "identity start, ReLU": "vanishing",
    **{one.name: "vanishing" for one in SETUPS if one.cell == "lstm"},
    "GRU": "vanishing",
    "echo state": "vanishing",
    "echo state, leak 0.2": "vanishing",
    "echo state, leak 0.2, orthogonal": "vanishing",
}
# What stands for them in the descents from exploding starts; of two strengths the better counts.
EXPLODING = {
    "clipping": ("clipping",),
    "penalty on ‖U‖²": ("penalty", "strong penalty"),
    _TRUNCATION: ("truncation",),
}


def against_vanishing(remedies: dict[str, Any], name: str, plan: Plan) -> str:
    """``works`` if all models solve the longest lag, ``partly`` if some do, ``worse`` if clearly fewer than without.

    Clearly: over all lags, more than one model fewer than without a remedy.
    """
    if name == NONE:
        return "–"
    at_longest = remedies[name]["solved"][str(plan.lag)]
    if at_longest == len(plan.seeds):
        return "works"
    if at_longest:
        return "partly"
    fewer = sum(remedies[NONE]["solved"].values()) - sum(remedies[name]["solved"].values())
    return "worse" if fewer > 1 else "no"


def against_exploding(descents: dict[str, Any], remedies: tuple[str, ...]) -> str:
    """``works`` if no run diverged and more solved the task than without, ``partly`` if fewer diverged, else ``no``.

    Of several strengths of a remedy, the best verdict.
    """
    without = pooled(descents, "none")
    rows = [pooled(descents, remedy) for remedy in remedies]
    if any(not row["diverged"] and row["solved"] > without["solved"] for row in rows):
        return "works"
    return "partly" if any(row["diverged"] < without["diverged"] for row in rows) else "no"


def pooled(descents: dict[str, Any], remedy: str) -> dict[str, int]:
    """Runs, divergences and successes from both diverging starts together."""
    rows = [descents[name]["remedies"][remedy] for name in _DIVERGING]
    return {key: sum(row[key] for row in rows) for key in ("runs", "diverged", "solved")}
