"""Negation, irony, emoji, contrast: model folders on `examples/sentences.csv`, beside their rivals and TF-IDF.

Three columns a model: the network, the bag-of-words rival stored in its folder, and TF-IDF with logistic regression
(scikit-learn, words and pairs of words) fitted on the very IMDB training reviews that the other two were, their
development split held out again. It is left out for a model of other texts, and where the reviews are not in the
cache. No test split is read.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bags import ones_and_pairs
from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.data.reader import read_examples
from gatewise.data.split import split_groups
from gatewise.errors import DataError
from gatewise.evaluate.comparison import accuracy_score
from gatewise.evaluate.evaluation import label_indices
from gatewise.evaluate.groups import NO_GROUP, Groups, Pairs, group_masks, judge_groups, judge_pairs, pair_rows
from gatewise.runtime.predictor import Predictor
from gatewise.store.locate import find_model
from record import write

FILE = Path(__file__).resolve().parent.parent / "examples" / "sentences.csv"
MOST_ROUNDS = 1_000

Mask = npt.NDArray[np.bool_]


def tfidf_of(predictor: Predictor, sentences: Examples) -> tuple[Mask, int] | None:
    """Where TF-IDF is right, and on how many rows it was fitted; None without the rows of the model."""
    rows = _rows_of(predictor)
    if rows is None:
        return None
    read = [predictor.tokenizer.words_batch(part.texts) for part in (rows, sentences)]
    targets = [label_indices(part.labels, predictor.config.labels) for part in (rows, sentences)]
    tfidf = TfidfVectorizer(analyzer=ones_and_pairs, sublinear_tf=True, min_df=2)
    regression = LogisticRegression(C=10, max_iter=MOST_ROUNDS).fit(tfidf.fit_transform(read[0]), targets[0])
    return regression.predict(tfidf.transform(read[1])) == targets[1], len(rows)


def _rows_of(predictor: Predictor) -> Examples | None:
    try:
        train = load_named("imdb:train")
    except DataError as problem:
        print(f"without TF-IDF: {problem}")
        return None
    recipe, training = predictor.metrics.get("recipe", {}), predictor.metrics.get("training", {})
    if training.get("source") != "imdb:train" or not {"dev_share", "seed"} <= set(recipe):
        print("without TF-IDF: the model was not trained on imdb:train, or keeps no record of it")
        return None
    rows = train.select(split_groups(train, recipe["dev_share"], recipe["seed"])[0])
    if len(rows) != training["examples"]:
        print(f"without TF-IDF: the split gives {len(rows):,} rows, the model had {training['examples']:,}")
        return None
    return rows


def measure(name: str, sentences: Examples, *, with_tfidf: bool) -> dict[str, Any]:
    """One model and its rivals: on everything, by slice, by kind, and on pairs."""
    predictor = Predictor.load(name)
    truth = label_indices(sentences.labels, predictor.config.labels)
    right: dict[str, Mask] = {"network": predictor.predict_proba(sentences.texts).argmax(axis=1) == truth}
    stored = predictor.baseline_proba(sentences.texts)
    if stored is not None:
        right["rival"] = stored.argmax(axis=1) == truth
    fitted = tfidf_of(predictor, sentences) if with_tfidf else None
    if fitted is not None:
        right["tfidf"] = fitted[0]
    everything = {"name": "all", "n": len(truth), **_sides(right, lambda side, rival: accuracy_score(side, rival))}
    return {
        "model": find_model(name).name,
        "tfidf_rows": None if fitted is None else fitted[1],
        "all": everything,
        "slices": _parts(group_masks(sentences, "slice"), right),
        "kinds": _parts(group_masks(sentences, "kind"), right),
        "pairs": _pairs(sentences, right),
    }


def _sides(right: Mapping[str, Mask], judge: Any) -> dict[str, Any]:
    """What `judge` says of each side; the difference is that of the network to it."""
    network = right["network"]
    found = {"network": _own(judge(network, None))}
    for name in list(right)[1:]:
        score = judge(network, right[name])
        found[name] = {
            "value": score["rival"],
            "interval": score["rival_interval"],
            "network_less_this": score["difference"],
            "difference_interval": score["difference_interval"],
            **({"both_wrong": score["both_wrong"]} if "both_wrong" in score else {}),
        }
    return found


def _own(score: Mapping[str, Any]) -> dict[str, Any]:
    return {key: score[key] for key in ("value", "interval")}


def _parts(groups: Groups, right: Mapping[str, Mask]) -> list[dict[str, Any]]:
    def judge(name: str, mask: Mask) -> dict[str, Any]:
        only = Groups(groups.column, {name: mask})
        return _sides(right, lambda side, rival: judge_groups(only, side, rival)["parts"][0])

    return [{"name": name, "n": int(mask.sum()), **judge(name, mask)} for name, mask in groups.masks.items()]


def _pairs(sentences: Examples, right: Mapping[str, Mask]) -> list[dict[str, Any]]:
    """Pairs with both right, of all slices and of each."""
    pairs = pair_rows(sentences, "pair")
    slice_of = np.array(sentences.columns["slice"])[pairs.rows[:, 0]]
    chosen = {"all": pairs.rows} | {name: pairs.rows[slice_of == name] for name in dict.fromkeys(slice_of.tolist())}
    return [
        {
            "name": name,
            "n": len(rows),
            **_sides(right, lambda side, rival, rows=rows: judge_pairs(Pairs("pair", rows), side, rival)),
        }
        for name, rows in chosen.items()
    ]


def show(found: Mapping[str, Any]) -> None:
    """A table of percentages: accuracy by slice and kind, then pairs with both right."""
    sides = [side for side in ("network", "rival", "tfidf") if side in found["all"]]
    print(f"\n{found['model']}\n{'':14}{'n':>5}" + "".join(f"{side:>10}" for side in sides) + f"{'both wrong':>12}")
    for title, parts in (
        ("", [found["all"]]),
        ("by slice", found["slices"]),
        ("by kind", found["kinds"]),
        ("both of a pair right", found["pairs"]),
    ):
        print(title)
        for part in parts:
            shares = "".join(f"{100 * part[side]['value']:10.1f}" for side in sides)
            both = part.get("rival", {}).get("both_wrong")
            print(f"{part['name']:14}{part['n']:5}{shares}" + (f"{100 * both:12.1f}" if both is not None else ""))


def main() -> None:
    """Measure the models named, the packaged one if none is, and write the result."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "models", nargs="*", default=["imdb"], help="model folders; imdb, which comes with the package"
    )
    options.add_argument("--no-tfidf", action="store_true", help="leave TF-IDF out, which takes minutes")
    options.add_argument("--dry", action="store_true", help="print the table and record nothing")
    chosen = options.parse_args()
    sentences, report = read_examples(FILE, strict=True, also=("slice", "kind", "pair"))
    if NO_GROUP in group_masks(sentences, "slice").masks:
        raise DataError("a sentence has no slice", where=report.file)
    found = [measure(name, sentences, with_tfidf=not chosen.no_tfidf) for name in chosen.models]
    if not chosen.dry:
        write("sentences", {"sentences": len(sentences), "models": found})
    for model in found:
        show(model)


if __name__ == "__main__":
    main()
