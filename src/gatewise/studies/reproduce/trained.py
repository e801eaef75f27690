"""From the runs of a published result to the report on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.store.folder import read_model
from gatewise.store.locate import find_model
from gatewise.studies.report import Finding, Report
from gatewise.studies.reproduce.curves import learning_curves
from gatewise.studies.reproduce.published import PUBLISHED, Published
from gatewise.studies.reproduce.running import Workshop
from gatewise.studies.reproduce.summary import summary
from gatewise.studies.reproduce.tables import epoch_tables, last_epoch_table
from gatewise.train.recipe import Recipe

_SPLITS = {
    "test": "Judged on the 25,000 reviews of the official test split; each reading is a line in the test ledger.",
    "films": "Judged on about 5,000 training reviews held out, of films that no training review is about. The official "
    "test split is not read.",
    "half": "The 25,000 labelled training reviews are split at random into two halves of 12,500, anew for each seed, "
    "with as many of each class; films are not kept apart, as the source knew none. The official test split is not "
    "read.",
}


def trained(name: str, workshop: Workshop) -> Report:
    """Run the variants of a published result, or take what is there, and report."""
    published = PUBLISHED[name]
    recipes = {variant: Recipe.load(recipe) for variant, recipe in published.recipes.items()}
    runs = {variant: workshop.runs(variant, recipe, published.split) for variant, recipe in recipes.items()}
    summaries = {variant: summary(published, figures) for variant, figures in runs.items()}
    return report(name, published, recipes, summaries)


def report(
    name: str, published: Published, recipes: Mapping[str, Recipe], summaries: Mapping[str, Mapping[str, Any]]
) -> Report:
    """The page of a published result, from figures alone."""
    seeds = [run["seed"] for run in next(iter(summaries.values()))["runs"]]
    rival = rival_accuracy()
    return Report(
        name=name,
        verb="reproduce",
        title=published.title,
        question=f"{published.source} reports: {published.figure}. Is that reached from the settings stated?",
        method=(
            f"Stated: {published.setting}.",
            published.chosen,
            _SPLITS[published.split],
            f"The last epoch counts, whatever it is; {len(seeds)} seeds. Training accuracy is the running mean over an "
            "epoch while the weights change, as Keras prints it.",
            *published.notes,
        ),
        settings={"seeds": seeds, "recipes": list(published.recipes.values())},
        numbers={
            "experiment": name,
            "setting": published.setting,
            "published": {
                "accuracy": published.accuracy,
                "best_epoch_accuracy": published.best,
                "loss": published.loss,
                "parameters": published.parameters,
                "is_training_accuracy": published.of_training,
            },
            "variants": {variant or name: one for variant, one in summaries.items()},
            "recipes": {variant or name: recipe.to_json() for variant, recipe in recipes.items()},
            "rival_test_accuracy": rival,
        },
        findings=tuple(_finding(published, variant, one) for variant, one in summaries.items()),
        tables=(
            last_epoch_table(published, summaries),
            *(table for variant, one in summaries.items() for table in epoch_tables(published, variant, one)),
        ),
        plots=(learning_curves(published, summaries),),
        advice=(
            f"For comparison: the bag of words that came with the packaged model has {rival:.2%} on the test split, "
            "fitted on all 25,000 training reviews in seconds.",
        ),
    )


def _finding(published: Published, variant: str, one: Mapping[str, Any]) -> Finding:
    claim = f"{published.title}: {published.figure}" + (f" ({variant})" if variant else "")
    return Finding(claim, published.source, one["verdict"], one["reason"])


def rival_accuracy() -> float:
    """Test accuracy of the bag of words that came with the packaged model: known already, so that no read is spent."""
    return float(read_model(find_model("imdb"), parts=("metrics",)).metrics["test"]["baseline_accuracy"])
