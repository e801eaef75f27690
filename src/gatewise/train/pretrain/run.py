"""From texts to an encoder folder: corpus, one language model a direction, judgement, record."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import torch

from gatewise.data.documents import Documents
from gatewise.errors import ParameterError
from gatewise.models.language_model import LanguageModel
from gatewise.settings import code_version
from gatewise.store.encoder import EncoderConfig, StoredEncoder, write_encoder
from gatewise.store.encoder_card import encoder_card
from gatewise.store.folder import claim_folder
from gatewise.store.tensors import Tensors
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json
from gatewise.train.checkpoint import CheckpointFolder, sole_writer
from gatewise.train.device import computed_by, device_of
from gatewise.train.pretrain.corpus import PretrainCorpus, make_corpus, open_corpus
from gatewise.train.pretrain.loop import ReaderRun
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.pretrain.start import check_start, digest_of, load_reader, record_of
from gatewise.train.progress import JsonLines, QuietReporter, Reporter
from gatewise.train.rounding import rounded_state
from gatewise.train.same_run import noise_key
from gatewise.train.signals import StopRequest
from gatewise.version import __version__

LOG = "train.jsonl"
CHECKPOINTS, CORPUS = "checkpoints", "corpus"
# Entries of the recipe that the corpus depends on.
_OF_THE_CORPUS = ("max_words", "min_count", "longest", "held_out", "held_out_words")


def pretrain(
    sources: Sequence[Documents],
    recipe: PretrainRecipe,
    out: Path,
    *,
    resume: bool = False,
    vocabulary: str | None = None,
    start: StoredEncoder | None = None,
    device: str = "cpu",
    reporter: Reporter | None = None,
    time_limit: float | None = None,
) -> StoredEncoder:
    """Train a language model for each direction of the recipe, and store them with their words.

    Args:
        sources: Documents to read.
        recipe: How to train.
        out: Encoder folder to write; also holds ``corpus/`` and ``checkpoints/`` during the run, and ``train.jsonl``.
        resume: Go on from the newest checkpoint in `out`, to exactly the encoder the undisturbed run would have given.
        vocabulary: Content of a tokenizer.json whose words to use instead of counting them.
        start: Encoder whose weights and words to go on from, e.g. with texts of a narrower field (Howard and Ruder
            2018, arXiv:1801.06146, section 3.2); words it does not know stay unknown.
        device: ``cpu``, or ``cuda`` for a GPU, whose sums are not the same bits.
        reporter: Hears of the progress.
        time_limit: Seconds that training may take; reading the texts comes before.

    Returns:
        The encoder as stored.

    Raises:
        DataError: A source cannot be read, or there is too little text.
        ParameterError: The recipe asks for a precision this machine has no kernels for, or for another shape than
            that of `start`; or there are both `vocabulary` and `start`.
        TrainingError: A NaN, a foreign or damaged checkpoint, or a request to stop.
    """
    where = device_of(device)
    recipe = recipe.for_device(where)
    vocabulary = _check_start(recipe, vocabulary, start)
    tokenizer = _words(vocabulary)
    made_from = _made_from(sources, recipe, vocabulary)
    claim_folder(out)
    reporter = JsonLines(out / LOG, reporter or QuietReporter())
    with sole_writer(out), contextlib.closing(reporter):
        corpus = open_corpus(out / CORPUS, made_from=made_from) if resume else None
        if corpus is None:
            if not resume:
                _forget_old_run(out)
            documents = chain.from_iterable(sources)
            corpus = make_corpus(
                documents, recipe, out / CORPUS, made_from=made_from, tokenizer=tokenizer, reporter=reporter
            )
        _announce(corpus, sources, reporter)
        encoder = _train(corpus, recipe, start, where, out, resume, reporter, time_limit)
        encoder.metrics["training"]["sources"] = [source.name for source in sources]
        if start is not None:
            encoder.metrics["training"]["start"] = record_of(start)
        card, bits = encoder_card(encoder.config, encoder.metrics), (recipe.embedding_bits, recipe.matrix_bits)
        write_encoder(out, encoder, card, embedding_bits=bits[0], matrix_bits=bits[1])
        _clear(out)
    return encoder


def _check_start(recipe: PretrainRecipe, vocabulary: str | None, start: StoredEncoder | None) -> str | None:
    """The content of the tokenizer.json to use, or None."""
    if start is None:
        return vocabulary
    if vocabulary is not None:
        raise ParameterError("an encoder to go on from brings its words", hint="leave out the vocabulary")
    check_start(recipe, start)
    return start.tokenizer


def _words(vocabulary: str | None) -> WordTokenizer | None:
    if vocabulary is None:
        return None
    tokenizer = tokenizer_from_json(vocabulary)
    if not isinstance(tokenizer, WordTokenizer):
        raise ParameterError(f"its words are of kind {tokenizer.kind!r}, and an encoder's are of kind 'words'")
    return tokenizer


def _made_from(sources: Sequence[Documents], recipe: PretrainRecipe, vocabulary: str | None) -> dict[str, Any]:
    """What tells a corpus from another one: files by name and size, and how they are read."""
    return {
        "texts": [entry for source in sources for entry in source.fingerprint()],
        "text": [source.text for source in sources],
        "vocabulary": None if vocabulary is None else hashlib.sha256(vocabulary.encode()).hexdigest(),
        **{name: getattr(recipe, name) for name in _OF_THE_CORPUS},
    }


def _forget_old_run(out: Path) -> None:
    _clear(out)
    (out / LOG).unlink(missing_ok=True)


def _clear(out: Path) -> None:
    """Remove what is there for --resume alone."""
    for folder in (out / CHECKPOINTS, out / CORPUS):
        shutil.rmtree(folder, ignore_errors=True)


def _announce(corpus: PretrainCorpus, sources: Sequence[Documents], reporter: Reporter) -> None:
    for source in sources:
        for reason, count in source.refused.most_common():
            reporter.message(f"{source.name}: {count:,} rows refused: {reason}")
    facts = corpus.facts
    reporter.message(
        f"{facts['documents']:,} documents of {facts['words']:,} words to learn from, "
        f"{facts['held_out_documents']:,} of {facts['held_out_words']:,} held out; "
        f"{corpus.tokenizer.vocabulary_size:,} different words, {facts['unknown_share']:.2%} of the text is others"
    )


def _train(
    corpus: PretrainCorpus,
    recipe: PretrainRecipe,
    start: StoredEncoder | None,
    device: torch.device,
    out: Path,
    resume: bool,
    reporter: Reporter,
    time_limit: float | None,
) -> StoredEncoder:
    """Train one reader after the other; each has its share of the time."""
    limit = None if time_limit is None else time_limit / len(recipe.readers)
    vocabulary_size = corpus.tokenizer.vocabulary_size
    tensors: Tensors = {}
    runs: list[ReaderRun] = []
    with StopRequest() as stop:
        for number, reader in enumerate(recipe.readers):
            key, noise = noise_key(recipe.seed, number), torch.Generator(device)
            model = LanguageModel(recipe.model(vocabulary_size, device), seed=key, noise=noise)
            if start is not None:
                load_reader(model, start, reader)
            checkpoints = CheckpointFolder(out / CHECKPOINTS / reader)
            identity = {**_identity(corpus, recipe, reader, device), "start": digest_of(start)}
            run = ReaderRun(model.to(device), reader, recipe, corpus, reporter, checkpoints, identity, limit)
            run.run(stop, resume=resume)
            model.load_state_dict(rounded_state(model.state_dict(), recipe.embedding_bits, recipe.matrix_bits))
            tensors |= {f"{reader}.{name}": array for name, array in model.to_arrays().items()}
            runs.append(run)
    config = EncoderConfig(
        vocabulary_size,
        recipe.embedding_size,
        recipe.hidden_size,
        recipe.layers,
        recipe.direction,
        f"gatewise {__version__}",
    )
    return StoredEncoder(config, tensors, corpus.tokenizer.to_json(), _metrics(corpus, recipe, runs))


def _metrics(corpus: PretrainCorpus, recipe: PretrainRecipe, runs: list[ReaderRun]) -> dict[str, Any]:
    return {
        "recipe": recipe.to_json(),
        "seed": recipe.seed,
        "history": {run.reader: run.state.history for run in runs},
        "held_out": {
            run.reader: {"perplexity": run.perplexity(), "unigram_perplexity": run.unigram_perplexity} for run in runs
        },
        "training": {
            **corpus.facts,
            "epochs": {run.reader: run.state.planned_epochs for run in runs},
            "steps": {run.reader: run.state.step for run in runs},
            "seconds": sum(run.state.seconds for run in runs),
            "threads": torch.get_num_threads(),
            "kernels": runs[0].computed_by,
            "torch": torch.__version__,
        },
        "written": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": code_version(),
    }


def _identity(corpus: PretrainCorpus, recipe: PretrainRecipe, reader: str, device: torch.device) -> dict[str, Any]:
    """What must be equal for a resumed run to give the same bits."""
    return {
        "recipe": recipe.to_json(),
        "reader": reader,
        "data": corpus.digest,
        "threads": torch.get_num_threads(),
        "kernels": computed_by(device),
        "torch": torch.__version__,
        "gatewise": __version__,
    }
