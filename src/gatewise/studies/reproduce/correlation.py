"""Correlation and distance between predicted values and sentiments on 4,500 documents, as S reports them."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gatewise.data.split import split_groups
from gatewise.evaluate.subset import PUBLISHED, SUBSET_SIZE, published_subset
from gatewise.metrics.agreement import agreement, spearman
from gatewise.runtime.predictor import Predictor
from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Finding, Plot, Report, Table
from gatewise.studies.reproduce.running import Workshop
from gatewise.studies.reproduce.summary import spread
from gatewise.studies.reproduce.tables import plus_minus
from gatewise.train.recipe import Recipe

Figures = dict[str, Any]

# As `evaluate` names them; here the truth is the label.
_NAMES = {
    "pearson_label": "Pearson",
    "spearman_label": "Spearman",
    "deviation_mean": "deviation, mean",
    "deviation_sd": "deviation, standard deviation",
}


def correlation(workshop: Workshop) -> Report:
    """Score the development splits of the default recipe, each by the model that was not trained on it."""
    runs, scores, truths, names = [], [], [], []
    for seed in workshop.seeds:
        score, truth, ids = _development(workshop, seed)
        runs.append({"seed": seed, **_figures(score, truth)})
        scores.append(score)
        truths.append(truth)
        names += ids
    every, truth = np.concatenate(scores), np.concatenate(truths)
    # A review may be in the development split of several seeds: it counts once, by the first.
    first = np.sort(np.unique(names, return_index=True)[1])
    chosen = first[published_subset([names[row] for row in first])]
    return report(runs, _figures(every[chosen], truth[chosen]), every[chosen], truth[chosen])


def _development(workshop: Workshop, seed: int) -> tuple[Any, Any, list[str]]:
    recipe = Recipe().with_options(seed=seed)
    model = workshop.model(workshop.folder("", seed), recipe, "films")
    rows = split_groups(workshop.reviews, recipe.dev_share, seed)[1]
    part = workshop.reviews.select(rows)
    score = Predictor(model).predict_proba(part.texts)[:, 1]
    truth = np.array([label == model.config.labels[1] for label in part.labels], dtype=np.float64)
    workshop.reporter.message(f"seed {seed}: {len(part):,} development reviews scored")
    return score, truth, [str(row) for row in rows]


def _figures(score: Any, truth: Any) -> Figures:
    found = agreement(score, truth)
    return {
        "n": len(score),
        "pearson_label": found.pearson,
        "spearman_label": found.spearman,
        "deviation_mean": found.deviation_mean,
        "deviation_sd": found.deviation_sd,
        "accuracy": float(((score > 0.5) == (truth > 0.5)).mean()),
        "largest_spearman": largest_spearman(truth),
    }


def largest_spearman(truth: Any) -> float:
    """The rank correlation of a score without ties that puts all of one class above all of the other.

    For two classes of equal size it tends to √3/2, for only the score's ranks are spread within a class.

    Example:
        >>> round(largest_spearman(np.repeat([0.0, 1.0], 1000)), 4)
        0.866
    """
    best = spearman(np.arange(len(truth)), np.sort(np.asarray(truth, dtype=np.float64)))
    return best or 0.0


def report(runs: Sequence[Figures], pooled: Figures, score: Any, truth: Any) -> Report:
    """The page, from figures and the scores that are drawn."""
    return Report(
        name="correlation",
        verb="reproduce",
        title="Correlation of predicted values with sentiments",
        question=f"S reports correlations and deviations on {SUBSET_SIZE:,} documents. How do ours compare?",
        method=(
            "S names neither the documents nor what a predicted value is. Ours is the calibrated probability of the "
            "positive class by the default recipe of `gatewise train`; the truth is the label, 0 or 1.",
            f"The documents are {pooled['n']:,} training reviews in the development splits of {len(runs)} seeds (those "
            "with the smallest SHA-256 of their number), each scored by the model that was not trained on its film. "
            "The same splits chose the epoch and the temperature, which flatters slightly. The test split is not read; "
            "what `gatewise evaluate imdb:test` finds there is in benchmarks/RESULTS.md.",
        ),
        settings={"recipe": "default", "seeds": [run["seed"] for run in runs]},
        numbers={"published": PUBLISHED, "pooled": pooled, "runs": list(runs)},
        findings=(_finding(pooled),),
        tables=(_table(runs, pooled),),
        plots=(_plot(score, truth),),
        advice=(
            "A correlation with a label of two values measures how extreme the probabilities are as much as how right "
            "they are. Accuracy, log loss and calibration tell the two apart.",
        ),
    )


def _finding(pooled: Mapping[str, float]) -> Finding:
    return Finding(
        "Pearson 0.882, Spearman 0.886; deviations with mean 0.133 and standard deviation 0.147",
        "S",
        "not comparable",
        f"Neither the {SUBSET_SIZE:,} documents nor the predicted value are named. With labels of two classes no score "
        f"without ties can have a Spearman correlation above {pooled['largest_spearman']:.3f}: 0.886 needs values with "
        "ties, or a truth of more than two values. "
        f"Ours: {pooled['pearson_label']:.3f}, {pooled['spearman_label']:.3f}; "
        f"{pooled['deviation_mean']:.3f}, {pooled['deviation_sd']:.3f}, at an accuracy of {pooled['accuracy']:.2%}.",
    )


def _table(runs: Sequence[Figures], pooled: Figures) -> Table:
    rows = [
        (
            title,
            f"{PUBLISHED[key]:.3f}",
            f"{pooled[key]:.3f}",
            plus_minus(spread([run[key] for run in runs]), is_share=False),
        )
        for key, title in _NAMES.items()
    ]
    sizes = f"{round(statistics.fmean(run['n'] for run in runs)):,}"
    rows.append(("documents", f"{SUBSET_SIZE:,}", f"{pooled['n']:,}", f"{sizes} each"))
    return Table(
        caption="Score against label",
        columns=("", "published (S)", "ours", f"ours, each of {len(runs)} development splits"),
        rows=tuple(rows),
    )


def _plot(score: Any, truth: Any) -> Plot:
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(6.4, 3.6))
        for label, name, colour in ((0, "negative", COLOURS[1]), (1, "positive", COLOURS[0])):
            axes.hist(score[truth == label], bins=40, range=(0, 1), histtype="step", lw=1.6, color=colour, label=name)
        axes.set_xlabel("predicted value: probability of the positive class")
        axes.set_ylabel("documents")
        axes.legend(title="truly", loc="upper center")
        drawn = svg(figure)
    return Plot("scores", "Predicted values by true class: most are near 0 or 1.", drawn)
