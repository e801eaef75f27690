"""Film reviews told apart by a language model that has seen no label: ``benchmarks/without_labels.py ENCODER``.

The encoder is asked which it would say next behind a review, a word of praise or one of blame, and half of the reviews
are called positive: those that lean most towards praise. That the share of positive ones is a half is all that it is
told. Nothing is trained. Two lists of a dozen adjectives; of five endings, which differed by two points on 1,500
training reviews and an unfinished encoder, three are kept and all are shown. Judged on the 25,000 labelled training
reviews, whose texts the encoder has read, but not their labels; `--test` judges on the test reviews, which it has not
read, and enters that in the ledger.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from gatewise.cli.source import read_labelled
from gatewise.evaluate.ledger import record_test_read
from gatewise.runtime.language_model import LanguageModel
from gatewise.runtime.leaning import leaning
from record import write

ENDINGS = (". overall , a", ". this movie is", ". the acting is")
PRAISE = [
    "great",
    "good",
    "excellent",
    "wonderful",
    "fantastic",
    "brilliant",
    "amazing",
    "superb",
    "perfect",
    "best",
    "beautiful",
    "outstanding",
]
BLAME = [
    "bad",
    "terrible",
    "awful",
    "horrible",
    "poor",
    "worst",
    "boring",
    "stupid",
    "dull",
    "ridiculous",
    "pathetic",
    "lame",
]


def measure(encoder: str, name: str) -> dict[str, Any]:
    """Accuracy by each ending and by the sum of all."""
    model, reviews = LanguageModel.load(encoder), read_labelled(name)
    truth = np.array([label == "pos" for label in reviews.labels])
    began = time.perf_counter()
    odds = {ending: leaning(model, reviews.texts, after=ending, towards=PRAISE, against=BLAME) for ending in ENDINGS}
    odds["all"] = sum(odds.values(), np.zeros(len(truth)))
    accuracy = {ending: float(((own > np.median(own)) == truth).mean()) for ending, own in odds.items()}
    return {"reviews": len(truth), "accuracy": accuracy, "seconds": time.perf_counter() - began}


def main() -> None:
    """Measure one encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", help="encoder folder, or the name of a packaged one")
    parser.add_argument("--test", action="store_true", help="judge on imdb:test")
    arguments = parser.parse_args()
    name = "imdb:test" if arguments.test else "imdb"
    if arguments.test:
        record_test_read({"dataset": name, "model": arguments.encoder, "read_by": "benchmarks/without_labels.py"})
    write(
        "without_labels",
        {
            "command": f"python benchmarks/without_labels.py {arguments.encoder}",
            "set": name,
            "endings": ENDINGS,
            "praise": PRAISE,
            "blame": BLAME,
            **measure(arguments.encoder, name),
        },
    )


if __name__ == "__main__":
    main()
