"""Two published IMDB results, trained again from their stated settings: fixed last epoch, three seeds, a verdict.

Both read the reviews as ``keras.datasets.imdb`` encodes them: 5,000 ranks, start and unknown tokens, zeros in front as
real tokens. Neither source says how it was seeded or how its embedding was initialised; Keras's defaults are taken.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.errors import ParameterError
from gatewise.evaluate.ledger import check_writable, record_test_read
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.metrics.scores import accuracy, log_loss, wilson_interval
from gatewise.runtime.predictor import Predictor
from gatewise.store.atomic import write_bytes
from gatewise.store.folder import StoredModel, read_model
from gatewise.store.locate import find_model
from gatewise.text.keras import KerasTokenizer
from gatewise.train.corpus import class_indices
from gatewise.train.fit import fit
from gatewise.train.loop import Interrupted
from gatewise.train.progress import Reporter
from gatewise.train.recipe import Recipe

# The verdict allows the mean of the seeds to lie this far below the published accuracy.
TOLERANCE = 0.005
_TEST_REVIEWS = 25_000


@dataclass(frozen=True)
class Published:
    """A published result.

    Attributes:
        recipe: Name of the recipe that repeats it.
        setting: What its source states.
        parameters: Trainable parameters, embedding + recurrent + head.
        accuracy, loss: Its test figures; a loss that was not stated is None.
    """

    recipe: str
    setting: str
    parameters: int
    accuracy: float
    loss: float | None


PUBLISHED = {
    "a": Published(
        recipe="reproduce-a",
        setting="vocabulary 5,000, length 300, embedding 15, LSTM 10, dense 1; batch 128, Adam, 5 epochs, dev 20 %",
        parameters=75_000 + 1_040 + 11,
        accuracy=0.85904,
        loss=0.34331,
    ),
    "b": Published(
        recipe="reproduce-b",
        setting="vocabulary 5,000, length 600, embedding 32, LSTM 100, dense 1; batch 64, Adam, 10 epochs",
        parameters=160_000 + 53_200 + 101,
        accuracy=0.8500,
        loss=None,
    ),
}


def reproduce(name: str, out: Path, reporter: Reporter, *, seeds: tuple[int, ...] = (0, 1, 2)) -> dict[str, Any]:
    """Train and test a published setting once a seed; seeds already in `out` are not trained again.

    Args:
        name: ``a`` or ``b``.
        out: Folder for one model a seed and ``result.json``; an interrupted seed goes on where it stopped.
        reporter: Hears of the progress.
        seeds: Seeds to run.

    Returns:
        Published and measured figures, and the verdict.

    Raises:
        ParameterError: There is no experiment of that name.
        DataError: The reviews are not in the cache.
    """
    if name not in PUBLISHED:
        raise ParameterError(f"there is no experiment {name!r}", hint=f"one of: {', '.join(PUBLISHED)}")
    published = PUBLISHED[name]
    recipe = Recipe.load(published.recipe)
    check_writable()
    train = load_named("imdb:train")
    # The published index ranks the words of all labelled training reviews, the validation share included.
    tokenizer = KerasTokenizer.train(train.texts, num_words=recipe.max_words, maxlen=recipe.max_tokens)
    test: Examples | None = None
    runs = []
    for seed in seeds:
        folder = out / f"seed-{seed}"
        result = folder / "test.json"
        if not result.exists():
            test = test or load_named("imdb:test")
            model = _trained(folder, lambda: train, recipe.with_options(seed=seed), tokenizer, reporter)
            write_bytes(result, json.dumps(_test(model, test, name, seed)).encode())
        runs.append(json.loads(result.read_text(encoding="utf-8")))
        reporter.message(f"seed {seed}: test accuracy {runs[-1]['accuracy']:.2%}, loss {runs[-1]['loss']:.4f}")
    summary = _verdict(name, published, runs)
    write_bytes(out / "result.json", (json.dumps(summary, indent=1) + "\n").encode())
    return summary


def _trained(
    folder: Path, train: Callable[[], Examples], recipe: Recipe, tokenizer: KerasTokenizer, reporter: Reporter
) -> StoredModel:
    if (folder / "config.json").exists():
        return read_model(folder)
    resume = (folder / "checkpoints").is_dir()
    try:
        return fit(train(), recipe, out=folder, resume=resume, tokenizer=tokenizer, rival=False, reporter=reporter)
    except Interrupted as stopped:
        raise Interrupted(stopped.what, where=stopped.where, hint="the same command goes on") from stopped


def _test(model: StoredModel, test: Examples, name: str, seed: int) -> dict[str, Any]:
    logits = Predictor(model).logits(test.texts)
    targets = class_indices(test, model.config.labels)
    # The sources calibrate nothing: the loss is that of the network as trained.
    probabilities = probabilities_from_logits(logits, 1.0)
    figures = {
        "seed": seed,
        "accuracy": accuracy(targets, probabilities.argmax(1)),
        "loss": log_loss(targets, probabilities),
        "parameters": sum(tensor.size for tensor in model.tensors.values()),
    }
    line = record_test_read(
        {
            "data": "imdb:test",
            "model": f"reproduce {name}",
            "n": len(test),
            "recipe": model.metrics["recipe"],
            "seed": seed,
            "development_accuracy": model.metrics["development"].get("accuracy"),
            "accuracy": figures["accuracy"],
        }
    )
    return {**figures, "ledger_line": line}


def _verdict(name: str, published: Published, runs: list[dict[str, Any]]) -> dict[str, Any]:
    scores = [run["accuracy"] for run in runs]
    mean = statistics.fmean(scores)
    return {
        "experiment": name,
        "setting": published.setting,
        "published": {"accuracy": published.accuracy, "loss": published.loss, "parameters": published.parameters},
        "measured": {
            "accuracy_mean": mean,
            "accuracy_sd": statistics.stdev(scores) if len(scores) > 1 else None,
            "loss_mean": statistics.fmean(run["loss"] for run in runs),
            "parameters": runs[0]["parameters"],
        },
        "rival_accuracy": _rival_accuracy(),
        "interval_of_one_seed": wilson_interval(round(mean * _TEST_REVIEWS), _TEST_REVIEWS),
        "runs": runs,
        "verdict": "reached" if mean >= published.accuracy - TOLERANCE else "not reached",
    }


def _rival_accuracy() -> float:
    """Test accuracy of the bag of words that came with the packaged model: known already, so that no read is spent."""
    return float(read_model(find_model("imdb"), parts=("metrics",)).metrics["test"]["baseline_accuracy"])
