"""Other tasks: an encoder of film reviews fine-tuned on questions, news, tweets and messages, beside two bags of words.

- trec: questions of six kinds (Li and Roth 2002), official split.
- ag_news: news of four kinds (Zhang et al. 2015), title and description. Only the official test file, 7,600 rows, is at
  hand, so that no figure compares with published ones, which train on 120,000 others.
- airline_tweets: tweets to airlines, three classes; sms_spam: messages, spam or not (Almeida et al. 2011).

Where there is no split, a fifth is judged on: always the same, about the same share of each class, copies of a text on
one side. Three seeds of the network; the bags of words have none. The network holds out a tenth of the training rows as
its recipe says, the bags of words are fitted on all. The sets are not shipped: GATEWISE_DATA names their folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bags import Floats, Rows, better, fit_bags
from done import Done
from finetuning import Start, add_options, start_of
from gatewise.data.examples import Examples
from gatewise.data.split import holdout
from gatewise.errors import GatewiseError
from gatewise.evaluate.comparison import accuracy_score
from gatewise.metrics.scores import precision_recall_f1
from gatewise.train.corpus import class_indices
from record import mean_sd, percent, points, table, write
from sets import fixed_draw, read_set

Split = tuple[Examples, Examples]
SHARE = 0.2
MOST = 10_000
"""Rows to train on; of larger sets a fixed draw, for time."""
WAYS = ("network", "nbsvm", "tfidf")


def _official(folder: str, label: str) -> Split:
    return read_set(f"{folder}/train.parquet", label), read_set(f"{folder}/test.parquet", label)


def _ours(file: str, label: str, **columns: Any) -> Split:
    return holdout(read_set(file, label, **columns), SHARE, seed=0)


TASKS: dict[str, Callable[[], Split]] = {
    "trec": lambda: _official("trec", "coarse"),
    "ag_news": lambda: _ours("ag_news/test.parquet", "label", text=("title", "description")),
    "airline_tweets": lambda: _ours("airline_tweets/tweets.parquet", "label"),
    "sms_spam": lambda: _ours("sms_spam/sms.parquet", "label"),
}


def scores(probabilities: Floats, truth: Rows, classes: int) -> dict[str, float]:
    """Accuracy and macro-F1."""
    answers = probabilities.argmax(axis=1)
    _, macro = precision_recall_f1(truth, answers, classes)
    return {"accuracy": float((answers == truth).mean()), "macro_f1": float(macro.f1 or 0.0)}


def measure(start: Start, task: str, most: int, seeds: int, done: Done, *, judged: int) -> dict[str, Any]:
    """The bags of words once, the network with every seed that is not measured yet."""
    train, rest = TASKS[task]()
    train, rest = fixed_draw(train, most), fixed_draw(rest, judged)
    labels = train.classes()
    truth = class_indices(rest, labels)
    bags = {name: answers(rest.texts) for name, answers in fit_bags(train, labels).items()}
    rivals = {name: scores(probabilities, truth, len(labels)) for name, probabilities in bags.items()}
    best = better({name: found["accuracy"] for name, found in rivals.items()})
    runs = []
    for seed in range(seeds):
        key = {"task": task, "training": len(train), "judged": len(rest), "seed": seed, **start.facts()}
        run = done.find(key)
        if run is None:
            network = start.fit(train, seed)
            answers = network.predict_proba(rest.texts)
            right = [rows.argmax(axis=1) == truth for rows in (answers, bags[best])]
            compared = accuracy_score(right[0], right[1])
            run = done.add(
                {
                    **key,
                    **scores(answers, truth, len(labels)),
                    "difference": compared["difference"],
                    "interval": compared["difference_interval"],
                    "epochs": network.metrics["training"]["epochs"],
                    "seconds": network.metrics["training"]["seconds"],
                }
            )
            print(f"{task}, seed {seed}: {run['accuracy']:.4f}", file=sys.stderr, flush=True)
        runs.append(run)
    return {"classes": len(labels), "training": len(train), "judged": len(rest), **summary(runs, rivals), "runs": runs}


def summary(runs: list[dict[str, Any]], rivals: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Both measures of all three, and the network's difference to the rival that is better in each."""
    found: dict[str, Any] = {}
    for measured in ("accuracy", "macro_f1"):
        network = mean_sd([run[measured] for run in runs])
        own = {name: scores[measured] for name, scores in rivals.items()}
        best = better(own)
        found[measured] = {"network": network, **own, "better_rival": best, "difference": network["mean"] - own[best]}
    return found


def shown(tasks: dict[str, dict[str, Any]]) -> str:
    """The figures as a table."""
    rows = []
    for name, found in tasks.items():
        for measured, title in (("accuracy", "accuracy"), ("macro_f1", "macro-F1")):
            one = found[measured]
            sizes = f"{found['training']:,} / {found['judged']:,}"
            cells = [percent(one["network"]), *(f"{100 * one[way]:.2f}" for way in WAYS[1:])]
            rows.append([name, sizes, title, *cells, f"{points(one['difference'])} to {one['better_rival']}"])
    head = ["task", "rows trained / judged on", "%", "network", "NBSVM", "TF-IDF", "points to the better rival"]
    return table(head, rows)


def main() -> None:
    """Measure the tasks asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), default=list(TASKS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/other_tasks.jsonl"))
    chosen = parser.parse_args()
    start, done = start_of(chosen), Done(chosen.runs)
    most, judged = chosen.trial or MOST, chosen.trial or sys.maxsize
    tasks = {task: measure(start, task, most, chosen.seeds, done, judged=judged) for task in chosen.tasks}
    command = "GATEWISE_DATA=FOLDER python benchmarks/other_tasks.py --from ENCODER"
    write(
        "other_tasks", {"command": command, **start.facts(), "most_rows": most, "tasks": tasks}, keep=not chosen.trial
    )
    print(shown(tasks), file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except GatewiseError as problem:
        sys.exit(str(problem))
