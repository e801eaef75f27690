"""The encoder folder: pre-trained language models and their words, for others to begin with.

    config.json         shape of the language models; size and SHA-256 of the files below
    model.safetensors   the weights, named as `EncoderConfig` says; in 32 bits or fewer (`gatewise.store.rounding`)
    tokenizer.json      from text to ids
    metrics.json        figures of the training run
    README.md           the card; for people, never read

Numbers and names only, like the model folder (`gatewise.store.folder`); all files are replaced together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from gatewise.errors import ModelError, ParameterError
from gatewise.store.checks import (
    ENCODER_FORMAT,
    check_choice,
    check_count,
    check_format,
    decoded,
    encoded,
    figures,
    known_entries,
    short,
)
from gatewise.store.config import LARGEST
from gatewise.store.folder import CARD, METRICS, MODEL, TOKENIZER, claim_folder
from gatewise.store.rounding import pack_weights, unpack_weights
from gatewise.store.snapshot import INDEX, LARGEST_FILE, read_files, write_files
from gatewise.store.strict_json import write_json
from gatewise.store.tensors import Tensors

Directions = Literal["forward", "backward", "both"]
DIRECTIONS: tuple[str, ...] = get_args(Directions)

FORMAT_VERSION = 1
FILES = (INDEX, MODEL, TOKENIZER, METRICS, CARD)


@dataclass(frozen=True)
class EncoderConfig:
    """Shape of the language models of an encoder.

    A reader is a language model by itself; the forward one reads a text from its first word to its last, the backward
    one from its last to its first. With r the reader's name, V words, E and H the sizes, and k the layer, all float32:

    ==================================  ============================================================
    ``{r}.embedding.weight``            ``[V, E]``: what is read, and what the next word is told by
    ``{r}.encoder.weight_ih_l{k}``      ``[4H, E]``, above the first layer ``[4H, H]``; gates i, f, g, o
    ``{r}.encoder.weight_hh_l{k}``      ``[4H, H]``
    ``{r}.encoder.bias_ih_l{k}``        ``[4H]``, the only bias of a gate
    ``{r}.projection.weight``           ``[E, H]``
    ``{r}.projection.bias``             ``[E]``
    ``{r}.output.bias``                 ``[V]``
    ==================================  ============================================================

    Logits of the next word after the hidden state h: ``embedding.weight (projection.weight h + projection.bias) +
    output.bias``, the same vectors for words read and words told (Press and Wolf 2017, arXiv 1608.05859).

    Attributes:
        vocabulary_size: V.
        embedding_size: E.
        hidden_size: H, width of the state.
        layers: Layers of the LSTM.
        directions: Which readers there are: ``forward``, ``backward`` or ``both``.
        written_by: Name and version of the program that wrote it.

    Raises:
        ParameterError: A size or a name is impossible.

    Example:
        >>> config = EncoderConfig(100, embedding_size=4, hidden_size=8, directions="both")
        >>> config.readers
        ('forward', 'backward')
        >>> config.tensor_shapes()["backward.encoder.weight_hh_l0"]
        (32, 8)
    """

    vocabulary_size: int
    embedding_size: int = 128
    hidden_size: int = 256
    layers: int = 1
    directions: str = "forward"
    written_by: str = "gatewise"

    def __post_init__(self) -> None:
        for name in ("vocabulary_size", "embedding_size", "hidden_size", "layers"):
            check_count(name, getattr(self, name), 1, LARGEST[name])
        check_choice("directions", self.directions, DIRECTIONS)
        if type(self.written_by) is not str:
            raise ParameterError(f"written_by={short(self.written_by)} is not a string")

    @property
    def readers(self) -> tuple[str, ...]:
        """Names of the language models, which the names of their tensors begin with."""
        return ("forward", "backward") if self.directions == "both" else (self.directions,)

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor."""
        return {f"{reader}.{name}": shape for reader in self.readers for name, shape in self._reader_shapes()}

    def _reader_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        V, E, H = self.vocabulary_size, self.embedding_size, self.hidden_size
        yield "embedding.weight", (V, E)
        for layer in range(self.layers):
            yield f"encoder.weight_ih_l{layer}", (4 * H, H if layer else E)
            yield f"encoder.weight_hh_l{layer}", (4 * H, H)
            yield f"encoder.bias_ih_l{layer}", (4 * H,)
        yield "projection.weight", (E, H)
        yield "projection.bias", (E,)
        yield "output.bias", (V,)

    def to_json(self) -> dict[str, Any]:
        """The content of config.json."""
        return {"format": ENCODER_FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, content: Any, *, where: str = INDEX) -> EncoderConfig:
        """Check and read the content of config.json.

        Args:
            content: The JSON value, of any kind; nothing is taken for granted.
            where: Name of the file, for messages.

        Raises:
            ModelError: It is a classifier's, or something is unknown, missing, of another type, or impossible.
        """
        entries = check_format(content, ENCODER_FORMAT, FORMAT_VERSION, where)
        try:
            return cls(**known_entries(cls, entries))
        except (TypeError, ValueError) as problem:
            raise ModelError(f"the configuration is damaged: {problem}", where=where) from problem


@dataclass
class StoredEncoder:
    """All that an encoder folder holds.

    Attributes:
        config: Shape.
        tensors: Weights by name, float32.
        tokenizer: Content of tokenizer.json, read by `gatewise.text.tokenizer.tokenizer_from_json`.
        metrics: Figures of the training run, JSON values.
    """

    config: EncoderConfig
    tensors: Tensors
    tokenizer: str
    metrics: dict[str, Any] = field(default_factory=dict)


def is_encoder(folder: Path) -> bool:
    """Whether config.json says that the folder is an encoder, whole or damaged; False for all else, also for nothing.

    Example:
        >>> is_encoder(Path("no/such/folder"))
        False
    """
    try:
        content, _ = read_files(Path(folder), lambda _: ())
    except ModelError:  # Whoever opens the folder as something will say what is wrong with it.
        return False
    return content.get("format") == ENCODER_FORMAT


def write_encoder(
    folder: Path, encoder: StoredEncoder, card: str, *, embedding_bits: int = 32, matrix_bits: int = 32
) -> None:
    """Write an encoder folder, in the place of the one that is there, if any.

    Args:
        folder: Created where missing; files in it that are no part of an encoder stay.
        encoder: What to write. Weights may be float32 or float64 and are written as float32.
        card: Content of README.md.
        embedding_bits: Write the word vectors in 8, 16 or 32 bits, see `gatewise.store.rounding`.
        matrix_bits: Write all other matrices in 16 or 32 bits.

    Raises:
        ParameterError: The encoder does not fit its own configuration, or holds what cannot be written.
        ModelError: The disk is full, the folder read-only, ...; the old encoder is then untouched.

    Notes:
        At no time, kill or power cut included, does a reader see anything but the whole old or the whole new encoder.
    """
    claim_folder(Path(folder))
    shapes = encoder.config.tensor_shapes()
    files = {
        MODEL: pack_weights(encoder.tensors, shapes, MODEL, embedding_bits=embedding_bits, matrix_bits=matrix_bits),
        TOKENIZER: encoded(encoder.tokenizer, TOKENIZER),
        METRICS: write_json(encoder.metrics, METRICS),
    }
    for name, data in files.items():
        if len(data) > LARGEST_FILE[name]:
            raise ParameterError(f"{name} would have {len(data)} bytes, at most {LARGEST_FILE[name]} are allowed")
    write_files(Path(folder), encoder.config.to_json(), files, encoded(card, CARD))


def read_encoder(folder: Path) -> StoredEncoder:
    """Read an encoder folder.

    Returns:
        The encoder; weights are float32 and writable.

    Raises:
        ModelError: There is no encoder, or it is damaged; names the file and the tensor. Of a classifier's folder it
            says that it is one.

    Notes:
        Every byte used is verified against the SHA-256 in config.json, which finds damage, not malice.
    """
    content, files = read_files(Path(folder), lambda _: (MODEL, TOKENIZER, METRICS))
    config = EncoderConfig.from_json(content)
    for name in (MODEL, TOKENIZER):
        if name not in files:
            raise ModelError(f"{name} is not listed", where=INDEX)
    return StoredEncoder(
        config,
        unpack_weights(files[MODEL], config.tensor_shapes(), MODEL),
        decoded(files[TOKENIZER], TOKENIZER),
        figures(files[METRICS], METRICS) if METRICS in files else {},
    )
