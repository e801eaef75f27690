"""Every network on the same small task: 2,000 IMDB training reviews cut to 200 tokens, judged on 5,000 others.

All reviews are of the official training split; no film is in both parts, and the test split is not read. Each network
is trained as `gatewise train --network NAME` does it, with what is named in `NETWORKS`. Beside them TF-IDF with
logistic regression (scikit-learn, words and pairs of words) and the rival that `gatewise train` fits, both on the same
cut texts. The recipes were chosen on other films: `--choosing` trains and judges on those.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bags import ones_and_pairs
from gatewise.baseline.nbsvm import NBSVM
from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.data.split import holdout
from gatewise.nn import use_threads
from gatewise.runtime.predictor import Predictor
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train.corpus import class_indices
from gatewise.train.fit import fit
from gatewise.train.progress import QuietReporter
from gatewise.train.recipe import Recipe
from record import write

TRAINING, JUDGED, TOKENS = 2_000, 5_000, 200

# Entries beside those of the network's own recipe, `Recipe.of_network`.
NETWORKS: dict[str, dict[str, Any]] = {
    "lstm": {},
    "peephole_lstm": {},
    "lstm_1997": {},
    "gru": {},
    "qrnn": {},
    "grid_lstm": {},
    "rnn (tanh)": {"network": "rnn"},
    "rnn (sigmoid)": {"network": "rnn", "activation": "sigmoid"},
    "rnn (relu)": {"network": "rnn", "activation": "relu"},
    "echo_state": {},
    "mlp": {},
    "perceptron (threshold)": {"recipe": "perceptron-threshold"},
    "perceptron (linear)": {"recipe": "perceptron-linear"},
    "perceptron (logistic)": {"recipe": "perceptron-logistic"},
    "lstm, both directions": {"network": "lstm", "bidirectional": True},
    "lstm, 3 layers": {"network": "lstm", "layers": 3},
    "lstm, 3 layers, highway": {"network": "lstm", "layers": 3, "highway": True},
}


def parts(*, choosing: bool = False) -> tuple[Examples, Examples]:
    """The reviews to train on and those to judge on: of different films, the same for all seeds.

    With `choosing` as many others, whose films are in neither of the two.
    """
    rest, found = load_named("imdb:train"), []
    for seed, count in enumerate((TRAINING, JUDGED) * (2 if choosing else 1)):
        rest, part = holdout(rest, 1.02 * count / len(rest), seed=seed)
        found.append(part.select(np.arange(count)))
    few, judged = found[-2:]
    return few, judged


def recipe_of(name: str, seed: int) -> Recipe:
    entries = dict(NETWORKS[name])
    recipe, network = entries.pop("recipe", None), entries.pop("network", name)
    base = Recipe.load(recipe) if recipe else Recipe.of_network(network)
    return base.with_options(**entries, max_tokens=TOKENS, truncation="head", seed=seed)


def measure(name: str, seed: int, few: Examples, judged: Examples) -> dict[str, Any]:
    """Train one network with one seed, and judge it."""
    model = fit(few, recipe_of(name, seed), rival=False, reporter=QuietReporter())
    targets = class_indices(judged, model.config.labels)
    predicted = Predictor(model).predict_proba(judged.texts).argmax(1)
    speeds = [epoch["tokens_per_second"] for epoch in model.metrics["history"] if epoch.get("tokens_per_second")]
    return {
        "network": name,
        "seed": seed,
        "accuracy": float((predicted == targets).mean()),
        "tokens_per_second": statistics.median(speeds) if speeds else None,
        "seconds": model.metrics["training"]["seconds"],
        "epochs": model.metrics["training"]["epochs"],
        "parameters": sum(tensor.size for key, tensor in model.tensors.items() if key != "embedding.weight"),
    }


def rivals(few: Examples, judged: Examples) -> dict[str, float]:
    """Accuracy of two bags of words on the same cut texts."""
    tokenizer = WordTokenizer.train(few.texts, max_words=Recipe().max_words, min_count=1)
    cut = [[words[:TOKENS] for words in tokenizer.words_batch(part.texts)] for part in (few, judged)]
    labels = few.classes()
    targets = [class_indices(part, labels) for part in (few, judged)]
    tfidf = TfidfVectorizer(analyzer=ones_and_pairs, sublinear_tf=True, min_df=2)
    regression = LogisticRegression(C=10, max_iter=1000).fit(tfidf.fit_transform(cut[0]), targets[0])
    nbsvm = NBSVM.fit(cut[0], targets[0], len(labels))
    return {
        "tfidf_logistic_regression": float(regression.score(tfidf.transform(cut[1]), targets[1])),
        "rival": float((nbsvm.predict_proba(cut[1]).argmax(1) == targets[1]).mean()),
    }


def summary(runs: list[dict[str, Any]], rival: dict[str, float]) -> list[dict[str, Any]]:
    """One line a network: mean and spread of its seeds, and the distance to TF-IDF."""
    lines = []
    for name in dict.fromkeys(run["network"] for run in runs):
        own = [run for run in runs if run["network"] == name]
        scores, speeds = [run["accuracy"] for run in own], [run["tokens_per_second"] for run in own]
        mean = statistics.fmean(scores)
        lines.append(
            {
                "network": name,
                "accuracy": mean,
                "sd": statistics.stdev(scores) if len(scores) > 1 else None,
                "points_below_tfidf": 100 * (rival["tfidf_logistic_regression"] - mean),
                "tokens_per_second": statistics.median(speeds) if None not in speeds else None,
                "seconds": statistics.median(run["seconds"] for run in own),
                "seeds": len(own),
            }
        )
    return lines


def main() -> None:
    """Measure what is not measured yet; the file of runs makes an interrupted benchmark go on."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--networks", nargs="*", default=list(NETWORKS))
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--choosing", action="store_true", help="on other films; nothing is written to results")
    options.add_argument("--runs", type=Path, default=Path("runs/networks.jsonl"))
    chosen = options.parse_args()
    use_threads(chosen.threads)
    few, judged = parts(choosing=chosen.choosing)
    chosen.runs.parent.mkdir(parents=True, exist_ok=True)
    chosen.runs.touch()
    done = {(run["network"], run["seed"]) for run in map(json.loads, chosen.runs.read_text().splitlines())}
    for name in chosen.networks:
        for seed in range(chosen.seeds):
            if (name, seed) not in done:
                run = {**measure(name, seed, few, judged), "threads": torch.get_num_threads()}
                print(json.dumps(run), flush=True)
                with chosen.runs.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(run) + "\n")
    runs = [json.loads(line) for line in chosen.runs.read_text().splitlines()]
    rival = rivals(few, judged)
    figures = {"rivals": rival, "networks": summary(runs, rival)}
    if chosen.choosing:
        print(json.dumps(figures, indent=1))
    else:
        write("networks", {**figures, "runs": runs})


if __name__ == "__main__":
    main()
