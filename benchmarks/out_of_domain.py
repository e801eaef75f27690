"""Models of film reviews on other reviews, without training: beside their own rival, and TF-IDF on the reviews of IMDB.

Sets: product reviews of four kinds, DVDs among them (Blitzer et al. 2007); Yelp, 1 and 2 stars against 4 and 5 (3 left
out); film sentences (Pang and Lee 2005); the sentences of the Stanford treebank that are not neutral, all three parts,
which come from the same sentences (Socher et al. 2013); sentences on products (Hu and Liu 2004). At most 10,000 rows of
each, by a draw that is always the same. The first rival is the NBSVM stored with each model, fitted on that run's
training part; the second TF-IDF with logistic regression on all 25,000 labelled training reviews. No IMDB test review
is read. The sets are not shipped: GATEWISE_DATA names the folder that holds them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from bags import Answers, Floats, Rows, better, fit_bags
from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.errors import GatewiseError, ModelError
from gatewise.evaluate.comparison import accuracy_score, compare
from gatewise.metrics.scores import roc_auc
from gatewise.nn import use_threads
from gatewise.runtime.predictor import Predictor
from gatewise.store.atomic import sha256_file
from gatewise.store.folder import MODEL
from gatewise.store.locate import find_model
from gatewise.train.corpus import class_indices
from record import points, table, write
from sets import fixed_draw, read_set

CLASSES = ("neg", "pos")
ZERO_ONE = {0: "neg", 1: "pos"}
SETS: dict[str, dict[str, Any]] = {
    "amazon_multidomain": {"file": "amazon_multidomain/reviews.parquet", "label": "label", "classes": ZERO_ONE},
    "yelp_stars": {
        "file": "yelp_stars/yelp_10k.parquet",
        "label": "rating",
        "classes": {1: "neg", 2: "neg", 4: "pos", 5: "pos"},
    },
    "rotten_tomatoes_mr": {"file": "rotten_tomatoes_mr/rt_polarity.parquet", "label": "label", "classes": ZERO_ONE},
    "sst": {"file": "sst/sst.parquet", "label": "label2", "classes": ZERO_ONE},
    "customer_reviews_cr": {
        "file": "customer_reviews_cr/customer_reviews_cr.parquet",
        "label": "label",
        "classes": ZERO_ONE,
    },
}
MOST = 10_000


def read(name: str, most: int) -> Examples:
    """One of `SETS`, at most so many rows."""
    return fixed_draw(read_set(**SETS[name]), most)


def judge(probabilities: Mapping[str, Floats], truth: Rows) -> dict[str, Any]:
    """Accuracy and AUC of all, and of the model's the paired difference to the better rival in each of the two.

    Args:
        probabilities: ``[n, 2]`` of ``model`` and of each rival.
        truth: ``[n]`` of 0 and 1.
    """
    right = {name: rows.argmax(axis=1) == truth for name, rows in probabilities.items()}
    accuracy = {name: float(hits.mean()) for name, hits in right.items()}
    auc = {name: roc_auc(truth, rows[:, 1]) for name, rows in probabilities.items()}
    rivals = [name for name in probabilities if name != "model"]
    by_accuracy, by_auc = (
        better({name: accuracy[name] for name in rivals}),
        better({name: auc[name] for name in rivals}),
    )
    compared = accuracy_score(right["model"], right[by_accuracy])
    drawn = compare(
        lambda scores, rows: {"auc": roc_auc(truth[rows], scores[rows, 1])},
        probabilities["model"],
        probabilities[by_auc],
    )["auc"]
    return {
        "n": len(truth),
        "share_positive": float(truth.mean()),
        "accuracy": accuracy | _difference(by_accuracy, compared),
        "auc": auc | _difference(by_auc, drawn),
    }


def _difference(rival: str, compared: Mapping[str, Any]) -> dict[str, Any]:
    return {"better_rival": rival, "difference": compared["difference"], "interval": compared["difference_interval"]}


def open_model(name: str) -> tuple[Predictor, dict[str, str]]:
    """The model, and what tells it from others."""
    predictor, folder = Predictor.load(name), find_model(name)
    if tuple(predictor.classes_) != CLASSES:
        raise ModelError(f"knows the classes {predictor.classes_}, wanted {list(CLASSES)}", where=name)
    return predictor, {"model": folder.name, "weights": sha256_file(folder / MODEL)[:16]}


def measure(predictor: Predictor, tfidf: Answers, examples: Examples) -> dict[str, Any]:
    """The model, its rival and TF-IDF on one set."""
    found = {"model": predictor.predict_proba(examples.texts)}
    stored = predictor.baseline_proba(examples.texts)
    if stored is not None:
        found["nbsvm"] = stored
    found["tfidf"] = tfidf(examples.texts)
    return judge(found, class_indices(examples, CLASSES))


def shown(results: list[dict[str, Any]]) -> str:
    """The figures as a table."""
    rows = []
    for result in results:
        for name, found in result["sets"].items():
            accuracy, auc = found["accuracy"], found["auc"]
            cells = [
                " / ".join(form.format(scores[key]) if key in scores else "" for key in ("model", "nbsvm", "tfidf"))
                for form, scores in (("{:.1%}", accuracy), ("{:.4f}", auc))
            ]
            difference = f"{points(accuracy['difference'], accuracy['interval'])} to {accuracy['better_rival']}"
            rows.append([result["model"], name, f"{found['n']:,}", *cells, difference])
    return table(
        ["model", "set", "rows", "accuracy: model / NBSVM / TF-IDF", "AUC", "points to the better rival"], rows
    )


def main() -> None:
    """Fit TF-IDF once, and judge every model on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL", help="name or folder of a model of film reviews")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--most", type=int, default=MOST, help="rows of a set")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trial", type=int, metavar="ROWS", help="few rows, to see that it runs; results are not kept")
    chosen = parser.parse_args()
    use_threads(chosen.threads)
    most = chosen.trial or chosen.most
    opened = [open_model(name) for name in chosen.models]
    read_sets = {name: read(name, most) for name in chosen.sets}
    reviews = fixed_draw(load_named("imdb:train"), chosen.trial or sys.maxsize)
    print(f"fitting TF-IDF on {len(reviews):,} reviews", file=sys.stderr, flush=True)
    tfidf = fit_bags(reviews, CLASSES, ["tfidf"])["tfidf"]
    results = []
    for predictor, facts in opened:
        print(f"judging {facts['model']}", file=sys.stderr, flush=True)
        found = {name: measure(predictor, tfidf, examples) for name, examples in read_sets.items()}
        results.append({**facts, "sets": found})
    figures = {"most_rows": most, "tfidf_reviews": len(reviews), "results": results}
    command = "GATEWISE_DATA=FOLDER python benchmarks/out_of_domain.py MODEL"
    write("out_of_domain", {"command": command, **figures}, keep=not chosen.trial)
    print(shown(results), file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except GatewiseError as problem:
        sys.exit(str(problem))
