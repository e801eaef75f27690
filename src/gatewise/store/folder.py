"""The model folder: the one format in which a trained model is kept, and the only door to it.

    config.json                 shape of the network, classes, temperature; size and SHA-256 of the files below
    model.safetensors           the weights, named as `gatewise.store.config.NetworkConfig` says; word vectors in 8, 16
                                or 32 bits, see `gatewise.store.rounding`
    tokenizer.json              from text to ids
    baseline.safetensors        the bag-of-words rival (optional, but where the model is a blend with it)
    training_rows.safetensors   hashes of the training texts, to notice them in a test (optional)
    metrics.json                figures of the training run
    README.md                   the model card; for people, never read

Numbers and names only: nothing in it is executed, and it can point to nothing outside itself. All files are replaced
together or not at all, see `gatewise.store.snapshot`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError, ParameterError
from gatewise.store.checks import decoded, encoded, figures, own_fault
from gatewise.store.config import ModelConfig
from gatewise.store.rounding import pack_weights, unpack_weights
from gatewise.store.snapshot import INDEX, LARGEST_FILE, read_files, write_files
from gatewise.store.strict_json import write_json
from gatewise.store.tensors import ANY, Tensors, pack, unpack

MODEL, TOKENIZER, METRICS = "model.safetensors", "tokenizer.json", "metrics.json"
BASELINE, TRAINING_ROWS = "baseline.safetensors", "training_rows.safetensors"
CARD = "README.md"
FILES = (INDEX, MODEL, TOKENIZER, METRICS, BASELINE, TRAINING_ROWS, CARD)
PARTS = {"baseline": BASELINE, "metrics": METRICS, "training_rows": TRAINING_ROWS}


@dataclass
class StoredModel:
    """All that a model folder holds.

    Attributes:
        config: Shape, classes, how texts are cut.
        tensors: Weights by name, float32.
        tokenizer: Content of tokenizer.json, read by `gatewise.text.tokenizer.tokenizer_from_json`.
        baseline: Arrays of the bag-of-words rival, or None.
        metrics: Figures of the training run, JSON values.
        training_rows: ``[n]`` uint64, sorted hashes of the training texts, or None.
    """

    config: ModelConfig
    tensors: Tensors
    tokenizer: str
    baseline: Tensors | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    training_rows: npt.NDArray[np.uint64] | None = None


def claim_folder(folder: Path) -> None:
    """Make `folder` ready to hold a model, and refuse one whose files a model would replace.

    Raises:
        ModelError: It cannot be made or written, or holds a README.md, say, that is no model's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        foreign = [name for name in (CARD, MODEL, TOKENIZER, METRICS) if (folder / name).exists()]
    except OSError as problem:
        raise ModelError(
            f"the folder cannot be made: {problem.strerror}", where=str(folder), hint="choose another folder"
        ) from problem
    if foreign and not (folder / INDEX).exists():
        raise ModelError(
            f"the folder holds {foreign[0]} but no model, and a model would replace it",
            where=str(folder),
            hint="choose a folder of its own for the model",
        )


def write_model(
    folder: Path, model: StoredModel, card: str, *, embedding_bits: int = 32, matrix_bits: int = 32
) -> None:
    """Write a model folder, in the place of the model that is there, if any.

    Args:
        folder: Created where missing; files in it that are no part of a model stay.
        model: What to write. Weights may be float32 or float64 and are written as float32.
        card: Content of README.md.
        embedding_bits: Write the word vectors in 8, 16 or 32 bits (see `gatewise.store.rounding`); most of a small
            model's size is theirs.
        matrix_bits: Write all other matrices in 16 or 32 bits.

    Raises:
        ParameterError: The model does not fit its own configuration, or holds what cannot be written.
        ModelError: The disk is full, the folder read-only, ...; the old model is then untouched.

    Notes:
        At no time, kill or power cut included, does a reader see anything but the whole old or the whole new model.
    """
    if model.config.blend is not None and model.baseline is None:
        raise ParameterError("the model is a blend with a bag-of-words rival that it does not have")
    claim_folder(Path(folder))
    shapes, bits = model.config.network.tensor_shapes(), {"embedding_bits": embedding_bits, "matrix_bits": matrix_bits}
    weights = pack_weights(model.tensors, shapes, MODEL, **bits)
    files = {MODEL: weights, TOKENIZER: encoded(model.tokenizer, TOKENIZER)}
    files[METRICS] = write_json(model.metrics, METRICS)
    if model.baseline is not None:
        files[BASELINE] = pack(model.baseline)
        own_fault(lambda: unpack(files[BASELINE], BASELINE))
    if model.training_rows is not None:
        files[TRAINING_ROWS] = pack({"hashes": model.training_rows})
        own_fault(lambda: _training_rows(files[TRAINING_ROWS]))
    for name, data in files.items():
        if len(data) > LARGEST_FILE[name]:
            raise ParameterError(f"{name} would have {len(data)} bytes, at most {LARGEST_FILE[name]} are allowed")
    write_files(Path(folder), model.config.to_json(), files, encoded(card, CARD))


def read_model(folder: Path, *, parts: Collection[str] = tuple(PARTS)) -> StoredModel:
    """Read a model folder.

    Args:
        folder: The folder.
        parts: Which of ``baseline``, ``metrics`` and ``training_rows`` to read besides the network; the others are
            None or empty, and their files are not opened. The rival of a blend is always read.

    Returns:
        The model; weights are float32 and writable.

    Raises:
        ModelError: There is no model, or it is damaged; names the file and the tensor.
        ParameterError: A part of another name.

    Notes:
        Every byte used is verified against the SHA-256 in config.json, which finds damage, not malice.
    """
    if isinstance(parts, str) or not set(parts) <= PARTS.keys():
        raise ParameterError(f"parts={parts!r} must be a collection of {', '.join(PARTS)}")
    content, files = read_files(Path(folder), lambda config: (*_needed(config), *(PARTS[part] for part in parts)))
    config = ModelConfig.from_json(content, where=INDEX)
    for name in _needed(content):
        if name not in files:
            raise ModelError(f"{name} is not listed", where=INDEX)
    return StoredModel(
        config,
        unpack_weights(files[MODEL], config.network.tensor_shapes(), MODEL),
        decoded(files[TOKENIZER], TOKENIZER),
        unpack(files[BASELINE], BASELINE, ANY) if BASELINE in files else None,
        figures(files[METRICS], METRICS) if METRICS in files else {},
        _training_rows(files[TRAINING_ROWS]) if TRAINING_ROWS in files else None,
    )


def _needed(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Files without which a model of this config.json, which is not checked yet, cannot answer."""
    return (MODEL, TOKENIZER, BASELINE) if "blend" in content else (MODEL, TOKENIZER)


def _training_rows(data: bytes) -> npt.NDArray[np.uint64]:
    tensors: Mapping[str, npt.NDArray[Any]] = unpack(data, TRAINING_ROWS, {"U64": ANY["U64"]})
    rows = tensors.get("hashes")
    if rows is None or len(tensors) != 1 or rows.ndim != 1 or np.any(rows[1:] < rows[:-1]):
        raise ModelError("wanted one sorted tensor, hashes [n]", where=TRAINING_ROWS)
    return rows
