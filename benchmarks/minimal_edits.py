"""Whether explanations point at what was changed: pairs of texts that differ in one or two words.

`examples/minimal_edits.csv` has 200 sentences and short reviews before and after an edit: a ``not`` put in or taken
out, an adjective, verb, noun or adverb exchanged for one of the other mood. Both texts are explained for the same
class. Words are aligned by difflib; a word that stays has the change of its contribution, one that is exchanged the
difference of the two, one that is put in or taken out its whole contribution. The share of an edit is the sum of the
sizes of these changes over the edited words, divided by the sum over all words. The rest is what the edit did to words
that stayed.
"""

from __future__ import annotations

import argparse
import csv
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.explain.explain import explain
from gatewise.explain.explanation import Explanation
from gatewise.runtime.predictor import Predictor
from record import table, write

FILE = Path(__file__).resolve().parent.parent / "examples" / "minimal_edits.csv"
METHODS = ("integrated", "running", "occlusion")


def edited_share(before: Explanation, after: Explanation) -> float:
    """Share of the change of contributions that falls on the edited words, 0 to 1."""
    edited = total = 0.0
    matcher = SequenceMatcher(None, before.words.words, after.words.words, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        pairs = zip_longest(before.contributions[i1:i2], after.contributions[j1:j2], fillvalue=0.0)
        change = sum(abs(float(new) - float(old)) for old, new in pairs)
        total += change
        edited += change if what != "equal" else 0.0
    return edited / total if total else 0.0


def measure(predictor: Predictor, edits: list[dict[str, str]], method: str) -> dict[str, Any]:
    """Shares of all edits by one method, in all and by kind; and whether the score moved at all."""
    label = predictor.classes_[-1]
    shares, moves = [], []
    for edit in edits:
        one, other = (explain(predictor, edit[side], label=label, method=method) for side in ("before", "after"))
        shares.append(edited_share(one, other))
        moves.append(abs(other.score - one.score))
    kinds = np.array([edit["kind"] for edit in edits])
    found, moved = np.array(shares), np.array(moves)
    by_kind = {kind: _summary(found[kinds == kind], moved[kinds == kind]) for kind in sorted(set(kinds.tolist()))}
    return {"all": _summary(found, moved), "kinds": by_kind}


def _summary(shares: np.ndarray, moves: np.ndarray) -> dict[str, float]:
    return {
        "n": len(shares),
        "median": float(np.median(shares)),
        "mean": float(shares.mean()),
        "above_60": float((shares >= 0.6).mean()),
        "median_move": float(np.median(moves)),
    }


def main() -> None:
    """Measure one model and write ``results/minimal_edits.json``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="imdb")
    parser.add_argument("--trial", action="store_true", help="print, and write nothing")
    chosen = parser.parse_args()
    predictor = Predictor.load(chosen.model)
    with FILE.open(encoding="utf-8", newline="") as opened:
        edits = list(csv.DictReader(opened))
    found = {method: measure(predictor, edits, method) for method in METHODS}
    kinds = ["all", *found["integrated"]["kinds"]]
    rows = [
        [
            kind,
            *(
                "{median:.2f} / {mean:.2f}".format(**(one["all"] if kind == "all" else one["kinds"][kind]))
                for one in found.values()
            ),
        ]
        for kind in kinds
    ]
    print(table(["median / mean", *METHODS], rows))
    write("minimal_edits", {"model": chosen.model, "edits": len(edits), **found}, keep=not chosen.trial)


if __name__ == "__main__":
    main()
