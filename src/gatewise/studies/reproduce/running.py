"""Train a variant once a seed; what is there already is not trained again, what was interrupted goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.data.examples import Examples
from gatewise.data.names import load_named
from gatewise.errors import Interrupted, TrainingError
from gatewise.evaluate.ledger import check_writable, record_test_read
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.metrics.scores import accuracy, log_loss
from gatewise.runtime.predictor import Predictor
from gatewise.store.atomic import write_bytes
from gatewise.store.folder import StoredModel, read_model
from gatewise.studies.reproduce.parts import make_parts
from gatewise.studies.reproduce.published import Split
from gatewise.train.corpus import class_indices
from gatewise.train.fit import fit
from gatewise.train.progress import Reporter
from gatewise.train.recipe import Recipe

Figures = dict[str, Any]


@dataclass
class Workshop:
    """Where experiments are run: a folder of models, the reviews, and who hears of the progress.

    Attributes:
        name: Of the experiment.
        out: One folder a variant, in it one model a seed.
        reporter: Hears of the progress.
        seeds: Seeds to run.
    """

    name: str
    out: Path
    reporter: Reporter
    seeds: Sequence[int] = (0, 1, 2)

    @cached_property
    def reviews(self) -> Examples:
        """The 25,000 labelled training reviews."""
        return load_named("imdb:train")

    @cached_property
    def test(self) -> Examples:
        """The 25,000 test reviews; whoever scores on them adds a line to the ledger."""
        return load_named("imdb:test")

    def folder(self, variant: str, seed: int) -> Path:
        """Folder of a model."""
        return self.out / variant / f"seed-{seed}"

    def runs(self, variant: str, recipe: Recipe, split: Split) -> list[Figures]:
        """Figures of a variant, one entry a seed."""
        return [self.run(variant, recipe.with_options(seed=seed), split) for seed in self.seeds]

    def run(self, variant: str, recipe: Recipe, split: Split) -> Figures:
        """Train a variant with the recipe's seed, unless that was done, and give its figures.

        Raises:
            DataError: The reviews are not in the cache, or the ledger cannot be written.
            TrainingError: The folder holds a model of another recipe, or the run was stopped.
        """
        folder = self.folder(variant, recipe.seed)
        if split == "test":
            check_writable()
        model = self.model(folder, recipe, split)
        figures = figures_of(model)
        if split == "test":
            figures |= self._tested(folder, model)
        told = f"{figures['accuracy']:.2%}, in training {figures['train_accuracy']:.2%}"
        self.reporter.message(f"{variant or 'model'}, seed {recipe.seed}: accuracy {told}")
        return figures

    def model(self, folder: Path, recipe: Recipe, split: Split) -> StoredModel:
        """The model of a folder, trained if it is not there yet."""
        if (folder / "config.json").exists():
            model = read_model(folder)
            _check_recipe(folder, model, recipe)
            return model
        resume = (folder / "checkpoints").is_dir()
        parts = make_parts(self.reviews, recipe, split)
        try:
            return fit(
                parts.train,
                recipe,
                dev=parts.held_out,
                out=folder,
                resume=resume,
                tokenizer=parts.tokenizer,
                rival=False,
                reporter=self.reporter,
            )
        except Interrupted as stopped:
            raise Interrupted(stopped.what, where=stopped.where, hint="the same command goes on") from stopped

    def _tested(self, folder: Path, model: StoredModel) -> Figures:
        result = folder / "test.json"
        if not result.exists():
            figures = score(model, self.test)
            line = record_test_read(
                {
                    "data": "imdb:test",
                    "model": f"reproduce {self.name}",
                    "n": len(self.test),
                    "recipe": model.metrics["recipe"],
                    "seed": model.metrics["seed"],
                    "development_accuracy": model.metrics["development"].get("accuracy"),
                    "accuracy": figures["accuracy"],
                }
            )
            write_bytes(result, json.dumps({**figures, "ledger_line": line}).encode())
        found: Figures = json.loads(result.read_text(encoding="utf-8"))
        return {name: found[name] for name in ("accuracy", "loss", "ledger_line")}


def figures_of(model: StoredModel) -> Figures:
    """What the training run wrote down: figures of the last epoch and of every epoch, and the parameters trained.

    Held-out figures are of the network as trained, without calibration. Training accuracy is the running mean over an
    epoch while the weights change, as Keras prints it.
    """
    history = model.metrics["history"]
    last = history[-1]
    return {
        "seed": model.metrics["seed"],
        "accuracy": last["dev_accuracy"],
        "loss": last["dev_loss"],
        "train_accuracy": last["train_accuracy"],
        "train_loss": last["train_loss"],
        "parameters": trained_parameters(model),
        "training_texts": model.metrics["training"]["examples"],
        "held_out_texts": model.metrics["development"].get("examples"),
        "words": model.config.network.vocabulary_size,
        "epochs": [
            {name: epoch[name] for name in ("train_accuracy", "dev_accuracy", "train_loss", "dev_loss")}
            for epoch in history
        ],
    }


def trained_parameters(model: StoredModel) -> int:
    """Numbers that training could change: all but the identity in a network that reads one-hot vectors."""
    sizes = {name: tensor.size for name, tensor in model.tensors.items()}
    if model.metrics["recipe"].get("one_hot"):
        sizes.pop("encoder.weight_ih_l0")
    return sum(sizes.values())


def score(model: StoredModel, examples: Examples) -> Figures:
    """Accuracy and cross entropy on labelled texts, of the network as trained: the sources calibrate nothing."""
    targets = class_indices(examples, model.config.labels)
    probabilities = probabilities_from_logits(Predictor(model).logits(examples.texts), 1.0)
    return {
        "accuracy": accuracy(targets, probabilities.argmax(1)),
        "loss": log_loss(targets, probabilities),
        "n": int(np.size(targets)),
    }


def _check_recipe(folder: Path, model: StoredModel, recipe: Recipe) -> None:
    """A model that lies there must be of this recipe; entries that its version did not have yet are left aside."""
    was, now = model.metrics["recipe"], recipe.to_json()
    # Left to the number of texts or to the network, these were filled in before the recipe was stored.
    free = {name for name, empty in (("epochs", 0), ("batch_texts", 0), ("pooling", "auto")) if now[name] == empty}
    if len(model.metrics["history"]) == was["epochs"]:
        free.add("patience")  # It stopped nothing.
    differing = [
        f"{name} was {was[name]}, is {now[name]}"
        for name in sorted(was.keys() & now.keys() - free)
        if was[name] != now[name]
    ]
    if differing:
        raise TrainingError(
            f"the model there was trained otherwise: {'; '.join(differing)}",
            where=str(folder),
            hint="choose another --out folder, or remove this one",
        )
