"""Mean, spread and verdict of the runs of one variant beside what is published."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gatewise.metrics.scores import wilson_interval
from gatewise.studies.reproduce.published import Published

Figures = dict[str, Any]
Verdict = Literal["reached", "not reached", "not comparable"]

# The verdict allows the mean of the seeds to lie this far below the published accuracy.
TOLERANCE = 0.005


@dataclass(frozen=True)
class Judgement:
    """A verdict and the sentence that says why."""

    verdict: Verdict
    reason: str


def summary(published: Published, runs: Sequence[Figures]) -> Figures:
    """What is told of a variant: means, standard deviations, curves, verdict.

    Args:
        published: What to compare with.
        runs: Figures of each seed, see `gatewise.studies.reproduce.running.figures_of`.
    """
    judgement = judge(published, runs)
    texts = runs[0]["held_out_texts"] if published.split != "test" else 25_000
    mean = statistics.fmean(run["accuracy"] for run in runs)
    return {
        "accuracy": spread([run["accuracy"] for run in runs]),
        "interval_of_one_seed": wilson_interval(round(mean * texts), texts),
        "loss": spread([run["loss"] for run in runs]),
        "train_accuracy": spread([run["train_accuracy"] for run in runs]),
        "train_loss": spread([run["train_loss"] for run in runs]),
        "best_epoch_accuracy": None if published.split == "test" else spread([best_epoch(run)[1] for run in runs]),
        "parameters": runs[0]["parameters"],
        "curves": {name: _curve(runs, name) for name in ("train_accuracy", "dev_accuracy", "train_loss", "dev_loss")},
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "runs": list(runs),
    }


def judge(published: Published, runs: Sequence[Figures]) -> Judgement:
    """Compare like with like: last epoch with last epoch, training accuracy with training accuracy.

    Example:
        >>> from gatewise.studies.reproduce.published import PUBLISHED
        >>> judge(PUBLISHED["a"], [{"accuracy": 0.86, "train_accuracy": 0.9, "epochs": []}]).verdict
        'reached'
    """
    if published.of_training:
        return _judge_training(published, runs)
    last = statistics.fmean(run["accuracy"] for run in runs)
    reached = last >= published.accuracy - TOLERANCE
    reason = f"{_percent(last)} in the mean of {_seeds(runs)}{_range(runs)}, published {_percent(published.accuracy)}"
    if published.best is not None:
        best = statistics.fmean(best_epoch(run)[1] for run in runs)
        reached = reached and best >= published.best - TOLERANCE
        reason = (
            f"last epoch {reason}; epoch chosen on the texts it is reported on {_percent(best)}, "
            f"published {_percent(published.best)}"
        )
    return Judgement("reached" if reached else "not reached", reason + _slack(reached) + ".")


def _judge_training(published: Published, runs: Sequence[Figures]) -> Judgement:
    training = statistics.fmean(run["train_accuracy"] for run in runs)
    held_out = statistics.fmean(run["accuracy"] for run in runs)
    reached = training >= published.accuracy - TOLERANCE
    return Judgement(
        "reached" if reached else "not reached",
        f"training accuracy {_percent(training)} in the mean of {_seeds(runs)}, published "
        f"{_percent(published.accuracy)}{_slack(reached)}; on held-out texts the same networks have "
        f"{_percent(held_out)}, so it says nothing of them.",
    )


def best_epoch(run: Figures) -> tuple[int, float]:
    """Number, from 1, and held-out accuracy of the epoch that was best there; the first of equals.

    Example:
        >>> best_epoch({"epochs": [{"dev_accuracy": 0.7}, {"dev_accuracy": 0.9}, {"dev_accuracy": 0.8}]})
        (2, 0.9)
    """
    scores = [epoch["dev_accuracy"] for epoch in run["epochs"]]
    best = max(scores)
    return scores.index(best) + 1, best


def spread(values: Sequence[float]) -> Figures:
    """Mean, and standard deviation where there are two values or more.

    Example:
        >>> spread([0.5, 1.0])["mean"], spread([0.5])["sd"]
        (0.75, None)
    """
    return {"mean": statistics.fmean(values), "sd": statistics.stdev(values) if len(values) > 1 else None}


def _curve(runs: Sequence[Figures], name: str) -> list[Figures] | None:
    """Spread at each epoch; None where there was nothing to measure it on."""
    columns = list(zip(*([epoch[name] for epoch in run["epochs"]] for run in runs), strict=True))
    return None if columns[0][0] is None else [spread(column) for column in columns]


def _percent(share: float) -> str:
    return f"{share:.2%}"


def _seeds(runs: Sequence[Figures]) -> str:
    return f"{len(runs)} seeds" if len(runs) > 1 else "one seed"


def _range(runs: Sequence[Figures]) -> str:
    scores = [run["accuracy"] for run in runs]
    return f" ({_percent(min(scores))} to {_percent(max(scores))})" if len(scores) > 1 else ""


def _slack(reached: bool) -> str:
    points = 100 * TOLERANCE
    return f" (up to {points:g} points below would count)" if reached else f" (more than {points:g} points below)"
