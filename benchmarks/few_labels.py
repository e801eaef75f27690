"""Few labels: an encoder fine-tuned on 100, 500 and 2,000 labelled reviews beside two bags of words on the same rows.

A draw is n labelled IMDB training reviews, half of each class; draws of one seed hold each other. Judged are 5,000
training reviews whose films are in no draw, the same for all, or with ``--test`` the official test split, every read of
which is a line of the ledger. The encoder may have read the texts of those 5,000, without their labels, when it was
pre-trained; it has read no test review. The network holds out what its recipe says (``--set dev_share=0``: nothing),
the bags of words are fitted on all of it. With ``--unlabelled`` the network is the teacher of a student, which begins
as it did and learns its answers on texts without labels beside the labels; judged is the student. Needs the reviews:
``gatewise data imdb``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bags import better, fit_bags
from done import Done
from finetuning import Start, add_options, start_of
from gatewise.cli.source import read_unlabelled
from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.data.split import holdout
from gatewise.errors import GatewiseError
from gatewise.evaluate.comparison import accuracy_score
from gatewise.evaluate.ledger import check_writable, record_test_read
from gatewise.runtime.predictor import Predictor
from gatewise.train.corpus import class_indices
from gatewise.train.teachers import Teacher
from record import mean_sd, percent, points, table, write

TEST = "imdb:test"
JUDGED = 5_000
WAYS = ("network", "nbsvm", "tfidf")


def parts(*, test: bool, judged: int = JUDGED) -> tuple[Examples, Examples]:
    """The reviews to draw from, and those to judge on; what is drawn from does not depend on `test`."""
    train = load_named("imdb:train")
    rest, others = holdout(train, 1.02 * JUDGED / len(train), seed=0)
    order = np.random.default_rng(0).permutation(len(others))[:judged]
    return rest, load_named(TEST) if test else others.select(np.sort(order))


def draw(examples: Examples, count: int, seed: int) -> Examples:
    """`count` of them, as many of each class, in the order of the draw; a smaller draw is the beginning of a larger."""
    labels = np.array(examples.labels)
    order = np.random.default_rng(seed).permutation(len(labels))
    classes = examples.classes()
    each = [order[labels[order] == label][: count // len(classes)] for label in classes]
    if count % len(classes) or min(map(len, each)) < count // len(classes):
        raise ValueError(f"{count} examples cannot be drawn, as many of each of {len(classes)} classes")
    return examples.select(np.stack(each, axis=1).reshape(-1))


@dataclass(frozen=True)
class Student:
    """How a student is taught: by which texts, and with which entries of the recipe changed."""

    texts: list[str]
    entries: dict[str, Any]


def student_of(chosen: argparse.Namespace) -> Student | None:
    """What ``--unlabelled``, ``--texts`` and ``--epochs`` say; the texts are drawn once for all."""
    if not chosen.unlabelled:
        return None
    texts = read_unlabelled([chosen.unlabelled], None)
    drawn = np.random.default_rng(0).permutation(len(texts))[: chosen.texts]
    return Student([texts[number] for number in drawn], {"epochs": chosen.epochs})


def network_of(start: Start, few: Examples, seed: int, student: Student | None) -> Predictor:
    """The network that learnt the labels, or the student it taught."""
    model = start.train(few, seed)
    if student is not None:
        taught = {"unlabelled": student.texts, "teachers": [Teacher("few", model)]}
        model = start.train(few, seed, student.entries, **taught)
    return Predictor(model)


def measure(start: Start, few: Examples, judged: Examples, seed: int, student: Student | None = None) -> dict[str, Any]:
    """Train all three on `few`, and judge them."""
    labels = few.classes()
    truth = class_indices(judged, labels)
    network = network_of(start, few, seed, student)
    answers = {"network": network.predict_proba, **fit_bags(few, labels)}
    right = {name: answers[name](judged.texts).argmax(axis=1) == truth for name in WAYS}
    accuracy = {name: float(right[name].mean()) for name in WAYS}
    rival = better({name: accuracy[name] for name in WAYS[1:]})
    compared = accuracy_score(right["network"], right[rival])
    return {
        "accuracy": accuracy,
        "rival": rival,
        "difference": compared["difference"],
        "interval": compared["difference_interval"],
        "development_accuracy": network.metrics["development"].get("accuracy"),
        "epochs": network.metrics["training"]["epochs"],
        "seconds": network.metrics["training"]["seconds"],
    }


def record(key: dict[str, Any], found: dict[str, Any], count: int) -> int:
    """Put one read of the test split into the ledger."""
    return record_test_read(
        {
            "data": TEST,
            "n": count,
            "model": f"few labels: {key['labels']} from {key['encoder']}"
            + (", student" if key.get("unlabelled") else ""),
            "weights": key["weights"],
            "recipe": key["recipe"],
            "seed": key["seed"],
            "development_accuracy": found["development_accuracy"],
            "accuracy": found["accuracy"]["network"],
            "baseline_accuracy": found["accuracy"]["nbsvm"],
            "tfidf_accuracy": found["accuracy"]["tfidf"],
        }
    )


def summary(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each number of labels, the difference being that to the rival with the better mean."""
    lines = []
    for count in sorted({run["labels"] for run in runs}):
        own = [run for run in runs if run["labels"] == count]
        scores = {name: [run["accuracy"][name] for run in own] for name in WAYS}
        rival = better({name: mean_sd(scores[name])["mean"] for name in WAYS[1:]})
        differences = [ours - theirs for ours, theirs in zip(scores["network"], scores[rival], strict=True)]
        accuracy = {name: mean_sd(values) for name, values in scores.items()}
        lines.append({"labels": count, "accuracy": accuracy, "rival": rival, "difference": mean_sd(differences)})
    return lines


def shown(lines: list[dict[str, Any]]) -> str:
    """The summary as a table."""
    rows = [
        [
            f"{line['labels']:,}",
            *(percent(line["accuracy"][name]) for name in WAYS),
            f"{points(line['difference']['mean'])} to {line['rival']}",
        ]
        for line in lines
    ]
    return table(["labels", "network, %", "NBSVM, %", "TF-IDF, %", "points to the better rival"], rows)


def main() -> None:
    """Measure what is not measured yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 500, 2000])
    parser.add_argument("--unlabelled", metavar="NAME", help="texts for a student, e.g. imdb:unsup")
    parser.add_argument("--texts", type=int, default=15_000, help="so many of them")
    parser.add_argument("--epochs", type=int, default=2, help="the student's passes over them")
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/few_labels.jsonl"))
    parser.add_argument("--test", action="store_true", help="judge on the official test split, through the ledger")
    chosen = parser.parse_args()
    if chosen.test and chosen.trial:
        parser.error("--trial is no reason to read the test split")
    if chosen.test:
        check_writable()
    start, student = start_of(chosen), student_of(chosen)
    taught = {"unlabelled": len(student.texts), **student.entries} if student else {}
    rest, judged = parts(test=chosen.test, judged=chosen.trial or JUDGED)
    done, runs = Done(chosen.runs), []
    for count in chosen.labels:
        for seed in range(chosen.draws):
            key = {"labels": count, "seed": seed, "judged": judged.source, "n": len(judged), "unlabelled": taught}
            key |= start.facts()
            run = done.find(key)
            if run is None:
                found = measure(start, draw(rest, count, seed), judged, seed, student)
                if chosen.test:
                    found["ledger_line"] = record(key, found, len(judged))
                run = done.add({**key, **found})
                print(f"{count} labels, draw {seed}: {run['accuracy']}", file=sys.stderr, flush=True)
            runs.append(run)
    lines = summary(runs)
    command = "python benchmarks/few_labels.py --from ENCODER" + (" --test" if chosen.test else "")
    figures = {"command": command, "unlabelled": taught, **start.facts(), "judged": judged.source, "n": len(judged)}
    write(
        "few_labels" + ("_student" if student else "") + ("_test" if chosen.test else ""),
        {**figures, "summary": lines, "runs": runs},
        keep=not chosen.trial,
    )
    print(shown(lines), file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except GatewiseError as problem:
        sys.exit(str(problem))
