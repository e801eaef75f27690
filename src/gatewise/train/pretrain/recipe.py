"""Everything that decides a pre-training run, as plain values: the same recipe and seed give the same encoder."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from gatewise.models.language_model import LanguageModelConfig
from gatewise.nn.layer import Precision
from gatewise.store.encoder import DIRECTIONS
from gatewise.store.rounding import EMBEDDING_BITS, MATRIX_BITS
from gatewise.train.device import precision_on
from gatewise.train.entries import DROPOUT, Choices, changed, check_entries, files_in, read_entries
from gatewise.train.schedule import SCHEDULES

PRECISIONS = ("auto", "fp32", "bf16")
FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class PretrainRecipe:
    """A pre-training run.

    Attributes:
        direction: ``forward`` reads documents from the first word to the last and tells the next one; ``backward`` from
            the last to the first; ``both`` trains one language model each, one after the other.
        embedding_size, hidden_size, layers: E, H and layers of the LSTM, see `gatewise.store.encoder.EncoderConfig`.
        max_words, min_count: Vocabulary: the most frequent words of the training documents, each seen so often.
        longest: Words; longer documents are cut into pieces of equal length.
        held_out, held_out_words: Largest share of the documents, and most words, kept out of training to measure the
            perplexity on; at least one document.
        epochs: Passes over the documents.
        streams, steps: Documents read side by side, and words of each in a step (truncated backpropagation).
        samples: Words drawn a step that the targets are told from; a vocabulary of no more is told from as a whole.
        flatten: Power of the words' frequency by which samples are drawn.
        learning_rate, schedule, warmup: Peak rate; ``one-cycle`` with the share of the run spent rising, or
            ``constant``.
        beta1, beta2, adam_epsilon, weight_decay: Of Adam, which leaves alone the vectors of words it did not meet.
        clip: Largest norm of the whole gradient; 0 for none.
        *_dropout: See `gatewise.models.language_model.LanguageModelConfig`.
        precision: ``bf16`` products, ``fp32``, or ``auto``: bf16 where the native core has it on this machine.
        embedding_bits, matrix_bits: Store word vectors in 8, 16 or 32 bits, other matrices in 16 or 32; they are
            rounded before the encoder is judged for the last time.
        seed: Seeds weights, order, samples and noise.

    Raises:
        ParameterError: A value of another type, or outside its range; it is named.

    Example:
        >>> PretrainRecipe.load("fast").with_options(epochs=1).hidden_size
        256
    """

    direction: str = "forward"
    embedding_size: int = 128
    hidden_size: int = 512
    layers: int = 1
    max_words: int = 30_000
    min_count: int = 3
    longest: int = 4_000
    held_out: float = 0.01
    held_out_words: int = 200_000
    epochs: int = 4
    streams: int = 64
    steps: int = 100
    samples: int = 4_096
    flatten: float = 0.75
    learning_rate: float = 3e-3
    schedule: str = "one-cycle"
    warmup: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.99
    adam_epsilon: float = 1e-8
    weight_decay: float = 0.0
    clip: float = 1.0
    word_dropout: float = 0.0
    embedding_dropout: float = 0.02
    input_dropout: float = 0.1
    hidden_dropout: float = 0.1
    weight_dropout: float = 0.1
    output_dropout: float = 0.1
    precision: str = "auto"
    embedding_bits: int = 16
    matrix_bits: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        check_entries(self, _CHOICES, _RANGES)

    def with_options(self, /, **options: Any) -> PretrainRecipe:
        """A copy with some values replaced; an unknown name is a `ParameterError`."""
        return changed(self, "a pre-training recipe", options, earlier={"half": "embedding_bits"})

    @property
    def readers(self) -> tuple[str, ...]:
        """The language models to train, in this order."""
        return ("forward", "backward") if self.direction == "both" else (self.direction,)

    def for_device(self, device: torch.device) -> PretrainRecipe:
        """A copy with the precision that ``auto`` means there.

        Raises:
            ParameterError: The CPU has no kernels for the precision.
        """
        return self.with_options(precision=precision_on(device, self.precision))

    def model(self, vocabulary_size: int, device: torch.device) -> LanguageModelConfig:
        """What is trained; `for_device` comes before. Elsewhere than on the CPU autocast makes the products."""
        precision: Precision = "bf16" if self.precision == "bf16" and device.type == "cpu" else "fp32"
        shared = {entry.name for entry in fields(LanguageModelConfig)} & {entry.name for entry in fields(self)}
        entries = {name: getattr(self, name) for name in shared - {"precision"}}
        return LanguageModelConfig(vocabulary_size, is_tied=True, precision=precision, **entries)

    def to_json(self) -> dict[str, Any]:
        """The recipe as a JSON object."""
        return asdict(self)

    @classmethod
    def load(cls, name_or_path: str) -> PretrainRecipe:
        """A preset by name, or a JSON file of entries; those left out keep their defaults."""
        return cls().with_options(**read_entries(name_or_path, "preset", files_in(FOLDER)))


_CHOICES: Choices = {
    "direction": DIRECTIONS,
    "schedule": SCHEDULES,
    "precision": PRECISIONS,
    "embedding_bits": EMBEDDING_BITS,
    "matrix_bits": MATRIX_BITS,
}
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("embedding_size", "hidden_size"), (1, 8192)),
    "layers": (1, 64),
    "max_words": (1, 1_000_000),
    "min_count": (1, 1_000_000),
    "longest": (2, 1_000_000),
    "held_out": (1e-6, 0.5),
    "held_out_words": (2, 10_000_000),
    "epochs": (1, 100_000),
    "streams": (1, 65_536),
    "steps": (1, 10_000),
    "samples": (1, 1_000_000),
    "flatten": (0, 2),
    "learning_rate": (1e-8, 1e3),
    "warmup": (0, 1),
    "beta1": (0, 0.9999),
    "beta2": (0, 0.999999),
    "adam_epsilon": (1e-12, 1),
    "weight_decay": (0, 10),
    "clip": (0, 1e6),
    **{f"{name}_dropout": DROPOUT for name in ("word", "embedding", "input", "hidden", "weight", "output")},
    "seed": (0, 2**31 - 1),
}
