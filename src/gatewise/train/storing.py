"""From a network that has been trained to all that a model folder holds: calibration, rival, blend, record."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gatewise.baseline.nbsvm import NBSVM
from gatewise.data.leaks import text_keys
from gatewise.metrics.calibration import fit_temperature
from gatewise.models.classifier import Classifier
from gatewise.nn.machine import kernels
from gatewise.settings import code_version
from gatewise.store.config import BlendConfig, ModelConfig, TextConfig
from gatewise.store.folder import StoredModel
from gatewise.train.answers import predict_logits
from gatewise.train.blend import blend_with
from gatewise.train.corpus import Corpus
from gatewise.train.judging import judged
from gatewise.train.loop import Run
from gatewise.train.material import Material
from gatewise.train.progress import Reporter
from gatewise.train.readout import ReadoutRun
from gatewise.train.recipe import Recipe
from gatewise.version import __version__


def stored_model(material: Material, run: Run | ReadoutRun, reporter: Reporter, *, rival: bool) -> StoredModel:
    """Calibrate the network of a run that has ended, fit its rival, blend both if asked to, and write the record.

    Args:
        material: What it was trained, and is judged, on.
        run: Its network has the weights that are to be stored.
        reporter: Hears that the rival is being fitted.
        rival: Whether to fit one.
    """
    corpus, recipe, network = material.corpus, run.recipe, run.network
    alone = _development_logits(corpus, network)
    temperature, development = _judge(corpus, alone)
    baseline = _fit_rival(corpus, development, reporter) if rival else None
    blend: BlendConfig | None = None
    if recipe.blend and baseline is not None and alone is not None:
        assert corpus.dev is not None
        assert corpus.encoded_dev is not None
        bag = baseline.logits(corpus.tokenizer.words_batch(corpus.dev.texts))
        blend, temperature = blend_with(alone, bag, corpus.encoded_dev.targets, development)
    config = ModelConfig(
        network=network.config,
        text=_text_config(recipe),
        labels=corpus.labels,
        temperature=temperature,
        blend=blend,
        written_by=f"gatewise {__version__}",
    )
    return StoredModel(
        config=config,
        tensors=network.to_arrays(),
        tokenizer=corpus.tokenizer.to_json(),
        baseline=baseline.to_tensors() if baseline is not None else None,
        metrics=_metrics(material, run, development),
        training_rows=_keys(material),
    )


def _text_config(recipe: Recipe) -> TextConfig:
    if recipe.tokenizer != "words":
        return TextConfig()
    return TextConfig(recipe.max_tokens, recipe.truncation, recipe.before, recipe.after)


def _keys(material: Material) -> npt.NDArray[np.uint64]:
    """Of every text that training has read, also without its label, to tell them in what is evaluated later.

    What teachers have learnt of a text they pass on, so that their texts are among them.
    """
    corpus, unlabelled, taught = material.corpus, material.unlabelled, material.taught
    keys = [text_keys([*corpus.train.texts, *(corpus.dev.texts if corpus.dev else [])])]
    if unlabelled is not None:
        keys.append(unlabelled.keys)
    for teacher in taught.teachers if taught is not None else ():
        if teacher.model.training_rows is not None:
            keys.append(teacher.model.training_rows)
    return np.unique(np.concatenate(keys))


def _development_logits(corpus: Corpus, network: Classifier) -> npt.NDArray[np.float64] | None:
    if corpus.encoded_dev is None:
        return None
    logits: npt.NDArray[np.float64] = predict_logits(network, corpus.encoded_dev.tokens).double().numpy()
    return logits


def _judge(corpus: Corpus, logits: npt.NDArray[np.float64] | None) -> tuple[float, dict[str, Any]]:
    """Temperature fitted on the development split, and the scores there."""
    if corpus.encoded_dev is None or logits is None:
        return 1.0, {}
    targets = corpus.encoded_dev.targets
    temperature = fit_temperature(logits, targets)
    return temperature, judged(logits, temperature, targets)


def _fit_rival(corpus: Corpus, development: dict[str, Any], reporter: Reporter) -> NBSVM:
    """Fit the rival on the training part and note its development accuracy beside the network's."""
    reporter.message("fitting the bag-of-words rival on the same rows")
    rival = NBSVM.fit(
        corpus.tokenizer.words_batch(corpus.train.texts), corpus.encoded_train.targets, len(corpus.labels)
    )
    if corpus.dev is not None and corpus.encoded_dev is not None:
        probabilities = rival.predict_proba(corpus.tokenizer.words_batch(corpus.dev.texts))
        development["baseline_accuracy"] = float((probabilities.argmax(1) == corpus.encoded_dev.targets).mean())
    return rival


def _metrics(material: Material, run: Run | ReadoutRun, development: dict[str, Any]) -> dict[str, Any]:
    corpus, unlabelled, taught = material.corpus, material.unlabelled, material.taught
    recipe, state = run.recipe, run.state
    return {
        "recipe": recipe.to_json(),
        "seed": recipe.seed,
        "history": state.history,
        "development": development,
        "training": {
            "source": corpus.train.source,
            "begun_with": run.identity["source"],
            "examples": len(corpus.train),
            "tokens": len(corpus.encoded_train.tokens.ids),
            "unlabelled": len(unlabelled) if unlabelled else 0,
            "teachers": [f"{one.name} {one.digest}" for one in taught.teachers] if taught else [],
            "further_terms": bool(recipe.terms),
            "share_cut": corpus.truncated.share,
            "epochs": state.epoch,
            "best_epoch": state.best_epoch,
            "kept_epoch": state.best_epoch if recipe.selection == "best" and state.best_epoch else state.epoch,
            "seconds": state.seconds,
            "threads": torch.get_num_threads(),
            "kernels": kernels(),
            "torch": torch.__version__,
        },
        "written": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": code_version(),
    }
