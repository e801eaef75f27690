"""Draw docs/images/training-step.svg from the results of lstm_training_step.py and lstm_ragged_step.py.

Bars are ratios of medians, each side at its best of one and two threads, so that cases of any size stand side by side.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS, IMAGE = ROOT / "benchmarks/results", ROOT / "docs/images/training-step.svg"
Bars = dict[str, dict[str, float]]


def ratio(case: dict[str, Any], rival: str, ours: str) -> float:
    """How many times as fast ours is."""
    return float(case["ratios"][f"{rival} / {ours}"]["ratio_of_medians"])


def equal_lengths() -> Bars:
    """Each shape, with the C library's memory as it comes."""
    cases = json.loads((RESULTS / "lstm_training_step.json").read_text())["memory_as_it_comes"]
    return {
        "B {}, T {}\nE {}, H {}".format(*case["batch_time_inputs_hidden"]): {
            ours: ratio(case, "torch", ours) for ours in ("ours", "ours bf16")
        }
        for case in cases
    }


def real_lengths() -> Bars:
    """IMDB reviews cut to 600 words, embedding 32, LSTM 100, against two ways of batching."""
    cases = json.loads((RESULTS / "lstm_ragged_step.json").read_text())["recipes"]
    case = next(case for case in cases if case["recipe"] == "reproduce-b")
    return {
        f"against torch\n{way}": {ours: ratio(case, f"torch {way}", ours) for ours in ("ours", "ours bf16")}
        for way in ("padded", "sorted")
    }


def main() -> None:
    """Two panels, one for equal lengths and one for real ones."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "gatewise"
    from matplotlib import pyplot

    panels = {"sequences of equal length": equal_lengths(), "IMDB reviews, their own lengths": real_lengths()}
    figure, places = pyplot.subplots(
        1, 2, figsize=(9, 3.6), layout="constrained", width_ratios=[len(bars) for bars in panels.values()]
    )
    for axes, (title, bars) in zip(places, panels.items(), strict=True):
        for shift, ours in ((-0.2, "ours"), (0.2, "ours bf16")):
            heights = [group[ours] for group in bars.values()]
            drawn = axes.bar([place + shift for place in range(len(bars))], heights, 0.38, label=ours)
            axes.bar_label(drawn, fmt="%.1f")
        axes.axhline(1, color="black", linewidth=1, linestyle="--")
        axes.set(title=title, xticks=range(len(bars)), xticklabels=list(bars), ymargin=0.12)
        axes.tick_params(axis="x", labelsize=8)
    places[0].set_ylabel("times as fast as torch.nn.LSTM (fp32)")
    places[0].legend()
    figure.savefig(IMAGE, metadata={"Date": None})


if __name__ == "__main__":
    main()
