"""From labelled examples to a model folder: split, vocabulary, training, and what `storing` makes of the network."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gatewise.data.examples import Examples
from gatewise.models.classifier import Classifier, Dropouts
from gatewise.nn.machine import check_precision, kernels
from gatewise.store.card import model_card
from gatewise.store.config import NetworkConfig
from gatewise.store.encoder import StoredEncoder
from gatewise.store.folder import StoredModel, claim_folder, write_model
from gatewise.train.blend import check_blend
from gatewise.train.checkpoint import CheckpointFolder, sole_writer
from gatewise.train.corpus import Corpus, Tokenizer, make_corpus
from gatewise.train.label_words import Words, begin_head, words_to_begin_with
from gatewise.train.loop import Run
from gatewise.train.material import Material
from gatewise.train.progress import JsonLines, QuietReporter, Reporter
from gatewise.train.readout import ReadoutRun
from gatewise.train.recipe import Recipe
from gatewise.train.rounding import rounded_state
from gatewise.train.storing import stored_model
from gatewise.train.teachers import Teacher, check_teachers, note_other_splits, teach
from gatewise.train.transfer import SHAPE, Source, check_from_scratch, load_encoder, make_source, shaped_like
from gatewise.train.unlabelled import check_use, make_unlabelled
from gatewise.version import __version__

LOG = "train.jsonl"


def fit(
    examples: Examples,
    recipe: Recipe,
    *,
    dev: Examples | None = None,
    unlabelled: Sequence[str] | None = None,
    teachers: Sequence[Teacher] = (),
    out: Path | None = None,
    resume: bool = False,
    source: StoredModel | StoredEncoder | None = None,
    tokenizer: Tokenizer | None = None,
    rival: bool = True,
    reporter: Reporter | None = None,
    time_limit: float | None = None,
) -> StoredModel:
    """Train a classifier, calibrate it, fit its bag-of-words rival on the same rows, and store all of it.

    Args:
        examples: Labelled examples of two or more classes.
        recipe: How to train.
        dev: Development examples; otherwise `recipe.dev_share` of `examples` is held out, whole groups together.
        unlabelled: Texts without labels, for an objective that reads such, or for teachers to tell of; copies of
            development texts are left out.
        teachers: Models of the same classes, whose averaged answers are learnt beside the labels, see
            `gatewise.train.distillation`.
        out: Model folder to write; also holds ``checkpoints/`` during the run and ``train.jsonl``. None keeps the
            model in memory only.
        resume: Go on from the newest checkpoint in `out`, to exactly the model the undisturbed run would have given.
        source: A model, or a pre-trained encoder, whose words, word vectors and layers to begin with.
        tokenizer: One to use instead of counting a vocabulary on the training part; `source` has its own.
        rival: Also fit the bag-of-words rival.
        reporter: Hears of the progress.
        time_limit: Seconds that training may take.

    Returns:
        The model as stored.

    Raises:
        DataError: The examples cannot be trained on.
        ModelError: `out` is no folder to write a model to; tokenizer and weights of `source` do not belong together.
        ParameterError: The recipe asks for a precision this machine has no kernels for, has no use for `unlabelled` or
            `teachers`, or asks for a blend that the development split cannot fit; or a teacher has other classes.
        TrainingError: A NaN, a foreign or damaged checkpoint, or a request to stop.
    """
    begin = make_source(source, recipe.reads) if source is not None else None
    if begin is not None:
        tokenizer, recipe = begin.tokenizer, shaped_like(recipe, begin)
    else:
        check_from_scratch(recipe)
    told_of = unlabelled if teachers and unlabelled is not None else ()
    recipe = recipe.for_examples(len(examples), len(dev) if dev is not None else None, unlabelled=len(told_of))
    check_precision(recipe.precision)
    words = words_to_begin_with(recipe, begin.kind if begin is not None else None, tokenizer, examples.classes())
    check_teachers(teachers, examples.classes(), recipe)
    check_use(unlabelled, recipe, taught=bool(teachers))
    reporter = reporter or QuietReporter()
    if out is not None:
        claim_folder(out)
        reporter = JsonLines(out / LOG, reporter)
    with sole_writer(out), contextlib.closing(reporter):
        corpus = make_corpus(examples, recipe, dev=dev, tokenizer=tokenizer, taught=told_of)
        check_blend(recipe, corpus, rival=rival)
        if out is not None and not resume:
            _forget_old_run(out)
        _announce(corpus, recipe, reporter)
        encoded = make_unlabelled(unlabelled, corpus, recipe, reporter)
        note_other_splits(teachers, corpus, recipe.seed if dev is None else None, reporter)
        checkpoints = CheckpointFolder(out / "checkpoints") if out is not None else None
        taught = teach(teachers, corpus, encoded, unlabelled, checkpoints, reporter)
        material = Material(corpus, encoded, taught)
        run = _make_run(
            material, recipe, begin, words, checkpoints=checkpoints, reporter=reporter, time_limit=time_limit
        )
        run.network.load_state_dict(rounded_state(run.run(resume=resume), recipe.embedding_bits))
        model = stored_model(material, run, reporter, rival=rival)
        if out is not None and checkpoints is not None:
            write_model(out, model, model_card(model.config, model.metrics), embedding_bits=recipe.embedding_bits)
            checkpoints.clear()
    return model


def _forget_old_run(out: Path) -> None:
    """Checkpoints and log of a run that is not to be resumed."""
    CheckpointFolder(out / "checkpoints").clear()
    (out / LOG).unlink(missing_ok=True)


def _announce(corpus: Corpus, recipe: Recipe, reporter: Reporter) -> None:
    held_out = len(corpus.dev) if corpus.dev else 0
    reporter.message(
        f"{len(corpus.train):,} training and {held_out:,} development examples, "
        f"{len(corpus.labels)} classes, {corpus.tokenizer.vocabulary_size:,} words, "
        f"{len(corpus.encoded_train.tokens.ids):,} tokens"
    )
    if recipe.reads != "forward":
        reporter.message(f"reads={recipe.reads}: such a model cannot stream")
    if corpus.truncated.texts_cut:
        reporter.message(str(corpus.truncated))


def _make_run(
    material: Material,
    recipe: Recipe,
    source: Source | None,
    words: Words | None,
    *,
    checkpoints: CheckpointFolder | None,
    reporter: Reporter,
    time_limit: float | None,
) -> Run | ReadoutRun:
    network, transferred = _begin_network(material.corpus, recipe, source, words)
    return (ReadoutRun if recipe.network == "echo_state" else Run)(
        network=network,
        recipe=recipe,
        train=material.train,
        dev=material.corpus.encoded_dev,
        reporter=reporter,
        checkpoints=checkpoints,
        identity=_identity(material, recipe, source),
        transferred=transferred,
        time_limit=time_limit,
        unlabelled=material.beside,
    )


def _begin_network(
    corpus: Corpus, recipe: Recipe, source: Source | None, words: Words | None
) -> tuple[Classifier, frozenset[str]]:
    """The network as training begins, and the names of the parameters that came from `source`."""
    network = Classifier(
        _network_config(corpus, recipe),
        _dropouts(recipe),
        embedding_range=recipe.embedding_range,
        unknown_id=corpus.tokenizer.unknown_id,
        precision=recipe.precision,
        spectral_radius=recipe.spectral_radius,
        one_hot=recipe.one_hot,
        seed=recipe.seed,
    )
    if source is None:
        return network, frozenset()
    transferred = load_encoder(network, source)
    if words is not None:
        begin_head(network, words, source.told, corpus.encoded_train)
    return network, transferred


def _network_config(corpus: Corpus, recipe: Recipe) -> NetworkConfig:
    shape = {name: getattr(recipe, name) for name in SHAPE}
    shape["ordinal"] = recipe.objective == "ordinal"
    return NetworkConfig(corpus.tokenizer.vocabulary_size, len(corpus.labels), **shape)


def _dropouts(recipe: Recipe) -> Dropouts:
    rates = {entry.name: f"{entry.name}_dropout" for entry in fields(Dropouts)} | {"zoneout": "zoneout"}
    return Dropouts(**{name: getattr(recipe, entry) for name, entry in rates.items()})


def _identity(material: Material, recipe: Recipe, source: Source | None) -> dict[str, Any]:
    """What must be equal for a resumed run to give the same bits."""
    corpus, unlabelled, taught = material.corpus, material.unlabelled, material.taught
    texts = [part for part in (corpus.encoded_train, corpus.encoded_dev) if part is not None]
    begun = None
    if source is not None:
        begun = f"{source.kind} {_digest([source.tensors[name] for name in sorted(source.tensors)])}"
    return {
        "recipe": recipe.to_json(),
        "data": _digest([array for part in texts for array in (part.tokens.ids, part.tokens.offsets, part.targets)]),
        "unlabelled": _digest([unlabelled.tokens.ids, unlabelled.tokens.offsets]) if unlabelled else None,
        "teachers": _digest([taught.texts.scores]) if taught and taught.texts.scores is not None else None,
        "source": begun,
        "threads": torch.get_num_threads(),
        "kernels": kernels(),
        "torch": torch.__version__,
        "gatewise": __version__,
    }


def _digest(arrays: list[npt.NDArray[Any]]) -> str:
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()
