"""Make one classifier of two: ``python scripts/join_models.py FORWARD BACKWARD OUT --data imdb``.

One reads forwards, the other backwards, and the model gives the mean of their logits, as of ``gatewise train --set
reads=both``, whose two networks learn as they would alone too; here each may have been trained by itself. Both must
have been trained on DATA with the same seed and words. Temperature, figures and (``--blend``) the share of the bag of
words are fitted anew on their development split. Nothing is trained; the record keeps that of each.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.cli.source import read_labelled
from gatewise.data.examples import Examples
from gatewise.data.split import split_groups
from gatewise.errors import GatewiseError, ParameterError
from gatewise.metrics.calibration import fit_temperature
from gatewise.runtime.predictor import Predictor
from gatewise.store.card import model_card
from gatewise.store.config import ModelConfig
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.train.blend import blend_with
from gatewise.train.judging import judged


def joined(forward: StoredModel, backward: StoredModel) -> StoredModel:
    """Both networks side by side, neither calibrated nor blended.

    Raises:
        ParameterError: One reads another way, or shape, words, labels, rows or seed differ.
    """
    for model, way in ((forward, "forward"), (backward, "backward")):
        if model.config.network.reads != way:
            raise ParameterError(f"the {way} model reads {model.config.network.reads}")
    for name in ("tokenizer", "baseline"):
        if _bytes(getattr(forward, name)) != _bytes(getattr(backward, name)):
            raise ParameterError(f"the models differ in their {name}", hint="train both with one encoder's words")
    if _as_one(forward.config) != replace(_as_one(backward.config), written_by=forward.config.written_by):
        raise ParameterError("the models differ in shape, labels or what is put before and after a text")
    if _split(forward) != _split(backward):
        raise ParameterError("the models were trained on different data, or with different seeds")
    rows = [model.training_rows for model in (forward, backward) if model.training_rows is not None]
    return StoredModel(
        config=_as_one(forward.config),
        tensors={**forward.tensors, **{f"backward.{name}": array for name, array in backward.tensors.items()}},
        tokenizer=forward.tokenizer,
        baseline=forward.baseline,
        metrics=_record(forward.metrics, backward.metrics),
        training_rows=np.unique(np.concatenate(rows)) if rows else None,
    )


def _bytes(value: Any) -> Any:
    return {name: array.tobytes() for name, array in value.items()} if isinstance(value, dict) else value


def _as_one(config: ModelConfig) -> ModelConfig:
    return replace(config, network=replace(config.network, reads="both"), temperature=1.0, blend=None)


def _split(model: StoredModel) -> tuple[Any, ...]:
    """What development split follows from."""
    metrics = model.metrics
    return (
        metrics["training"]["source"],
        metrics["training"]["examples"],
        metrics["seed"],
        metrics["recipe"]["dev_share"],
    )


def _record(forward: dict[str, Any], backward: dict[str, Any]) -> dict[str, Any]:
    parts = {"forward": forward, "backward": backward}
    seconds = sum(part["training"]["seconds"] for part in parts.values())
    teachers = sorted({name for part in parts.values() for name in part["training"]["teachers"]})
    training = {**forward["training"], "seconds": seconds, "teachers": teachers}
    recipe = {**forward["recipe"], "reads": "both"}
    return {**forward, "recipe": recipe, "training": training, "joined_from": parts}


def calibrated(model: StoredModel, examples: Examples, *, blend: bool) -> StoredModel:
    """Temperature, blend and development figures, by the part of `examples` that its training held out."""
    share, seed = model.metrics["recipe"]["dev_share"], model.metrics["seed"]
    train, dev = split_groups(examples, share, seed)
    if len(train) != model.metrics["training"]["examples"]:
        raise ParameterError(f"of these data {len(train):,} rows are left to train on, not those that were trained on")
    held_out = examples.select(dev)
    targets = np.array([model.config.labels.index(label) for label in held_out.labels], dtype=np.int64)
    predictor = Predictor(model)
    logits, texts = predictor.logits(list(held_out.texts)), predictor.tokenizer.words_batch(list(held_out.texts))
    temperature, mixed = fit_temperature(logits, targets), None
    development = judged(logits, temperature, targets)
    rival = NBSVM.from_tensors(model.baseline) if model.baseline is not None else None
    if rival is not None and blend:
        mixed, temperature = blend_with(logits, rival.logits(texts), targets, development)
    if rival is not None:
        development["baseline_accuracy"] = float((rival.predict_proba(texts).argmax(1) == targets).mean())
    config = replace(model.config, temperature=temperature, blend=mixed)
    return replace(model, config=config, metrics={**model.metrics, "development": development})


def main(given: list[str]) -> None:
    """Read, join, calibrate, write."""
    parser = argparse.ArgumentParser(description="Make one classifier of two.")
    for name in ("forward", "backward", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--data", required=True, help="what both were trained on, as for gatewise train")
    parser.add_argument("--blend", action="store_true", help="mix with the bag of words, as gatewise train --blend")
    chosen = parser.parse_args(given)
    model = joined(read_model(chosen.forward), read_model(chosen.backward))
    model = calibrated(model, read_labelled(chosen.data), blend=chosen.blend)
    bits = int(model.metrics["recipe"]["embedding_bits"])
    write_model(chosen.out, model, model_card(model.config, model.metrics), embedding_bits=bits)
    found = model.metrics["development"]
    told = f"{chosen.out}: development accuracy {found['accuracy']:.1%} on {found['examples']:,} examples"
    if "blend" in found:
        told += f"; networks alone {found['network_accuracy']:.1%}, share of the bag of words {found['blend']:g}"
    print(told)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GatewiseError as problem:
        sys.exit(str(problem))
