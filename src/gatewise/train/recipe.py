"""Everything that decides a training run, as plain values: the same recipe and seed give the same model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from gatewise.errors import ParameterError
from gatewise.store.config import POOLINGS, TRUNCATIONS
from gatewise.store.networks import ACTIVATIONS, BAGS, NETWORKS, QRNN_POOLINGS, READS
from gatewise.store.rounding import EMBEDDING_BITS
from gatewise.train.entries import DROPOUT, Choices, changed, check_entries, files_in, read_entries
from gatewise.train.schedule import SCHEDULES
from gatewise.train.terms import TERMS, Terms, terms_of

TOKENIZERS = ("words", "keras", "hashed")
OPTIMIZERS = ("adam", "adamw", "sgd")
SELECTIONS = ("auto", "best", "last")
CLASS_WEIGHTS = ("none", "balanced")
OBJECTIVES = ("cross-entropy", "squared-error", "perceptron", "ordinal", *TERMS)
SUPERVISIONS = ("text", "every-word")
Precision = Literal["fp32", "bf16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)

# On fewer development examples neither accuracy nor loss can choose an epoch: on 34 one example is 3 points, and on 200
# the last of a falling learning rate was better than that of the lowest loss in three trials of four (decision 9).
ENOUGH_TO_CHOOSE = 1000


@dataclass(frozen=True)
class Recipe:
    """A training run.

    Attributes:
        network, embedding_size, hidden_size, layers, bidirectional, recurrent_bias, softmax, highway, activation,
            qrnn_window, qrnn_pooling, qrnn_dense, grid_dimensions, grid_tied, leak, reads: see `NetworkConfig`.
        pooling: See `NetworkConfig`; ``auto`` is ``last+max+mean``, and ``mean`` for mlp and perceptron.
        one_hot: Read words as one-hot vectors: no word vectors are learnt beside the input weights. What is stored as
            word vectors then are the input weights of the first layer, one row a word.
        spectral_radius: Of an echo state network's random recurrent matrix (Jaeger 2001); below 1 the past fades.
        ridge: Penalty on an echo state network's readout, see `gatewise.train.ridge.RidgePath`; 0 chooses it on the
            development split. What speaks of steps or of noise below plays no part in such a network's training.
        embedding_range: Word vectors begin uniform within plus and minus this (0.05 in Keras).
        tokenizer: ``words``, ``keras`` for exact parity with ``keras.datasets`` (fixed length, padding as tokens), or
            ``hashed`` for its one-hot by hashing: `max_words` numbers, each shared by the words that hash to it.
        max_words, min_count: Vocabulary: the most frequent words, each seen at least so often.
        max_tokens, truncation: Cut of long texts; 0 and ``none`` read them whole.
        before, after: Words read before and after every text, in prediction too, see `gatewise.text.frame`.
        label_words: Words for each class, which the head begins with, e.g. ``bad: terrible awful | good: great``; see
            `gatewise.train.label_words`.
        epochs: Passes over the training texts; 0 chooses them by the number of texts (see `Recipe.for_examples`).
        batch_tokens, batch_texts: Most tokens and texts in a batch; 0 texts chooses by the number of texts.
        window: Texts shuffled together before they are sorted by length into batches.
        optimizer, learning_rate, weight_decay, adam_epsilon: Adam (Kingma & Ba 2015), AdamW, or ``sgd``, plain
            gradient descent, which has no epsilon.
        schedule, warmup: One-cycle (Smith & Topin 2018) with the share of steps spent rising, or constant.
        clip: Largest norm of the whole gradient; 0 for none.
        ema: Decay of the running mean of the weights that is evaluated and saved; 0 for none.
        objective: ``cross-entropy``; ``squared-error``, half of the squared distance to 0 or 1; ``perceptron``, the
            learning rule of a threshold unit (Rosenblatt 1958); or ``ordinal``, the log likelihood under one score and
            rising thresholds, for labels that are numbers (McCullagh 1980), see `gatewise.nn.ordinal.OrdinalHead`. Or
            cross-entropy and further terms, which `gatewise.train.adversarial` explains: ``adversarial``,
            ``virtual-adversarial``, or ``mixed``, which has both and the entropy.
        perturbation: How far those terms move a text, over all its words, in typical lengths of one word's vector.
        adversarial_weight, virtual_weight, entropy_weight: Of each term, where the objective has it.
        unlabelled_tokens: Most unlabelled tokens in a step; 0 is as many as `batch_tokens`. Their texts are at most
            `batch_texts` in the same proportion.
        teacher_weight, teacher_temperature: w and T of equation (1) in `gatewise.train.distillation`, for a run with
            teachers.
        supervision: The answer to be right is that for the ``text``, or the answer after ``every-word``.
        *_dropout: see `gatewise.models.classifier.Dropouts`.
        zoneout: Share of a QRNN's units that keep their state at a word (Bradbury et al. 2016, section 3.1).
        class_weight: ``balanced`` weighs each class by the inverse of its share.
        dev_share: Share of the training examples held out to select, calibrate and stop early.
        patience: Epochs past the peak of the learning rate without a better one before stopping; 0 never stops early.
        selection: Keep the weights of the ``best`` epoch, or of the ``last``. The best has the highest development
            accuracy, or with fewer than 1,000 development examples the lowest development loss. ``auto`` is the best
            with 1,000 development examples, and with fewer the last, which is then not stopped early.
        embedding_bits: Store word vectors in 8, 16 or 32 bits; they are rounded before the model is judged.
        blend: Mix the network with its bag-of-words rival, see `gatewise.train.blend`.
        precision: ``bf16`` makes the products of an LSTM's training steps in bfloat16, with state and sums in float32;
            needs the native core and a processor with AVX-512-BF16. Else ``fp32``.
        transfer_rate: Factor on the learning rate of weights that came from another model or an encoder.
        layer_decay: Further factor on it for each step down from the highest layer to the word vectors: lower layers
            know more of language in general (Howard & Ruder 2018, 1801.06146, section 3.2, with 1/2.6); 1 for none.
        unfreeze: Share of the run over which what was taken begins to learn, in equal steps from the head down, the
            word vectors last (section 3.3 there); 0 lets all of it learn from the first step.
        seed: Seeds weights, order, noise and the development split.
    """

    network: str = "lstm"
    embedding_size: int = 96
    hidden_size: int = 128
    layers: int = 1
    bidirectional: bool = False
    pooling: str = "auto"
    recurrent_bias: bool = True
    softmax: bool = False
    highway: bool = False
    activation: str = "tanh"
    qrnn_window: int = 2
    qrnn_pooling: str = "fo"
    qrnn_dense: bool = False
    grid_dimensions: int = 2
    grid_tied: bool = False
    leak: float = 1.0
    reads: str = "forward"
    spectral_radius: float = 0.9
    ridge: float = 0.0
    one_hot: bool = False
    embedding_range: float = 0.2
    tokenizer: str = "words"
    max_words: int = 20_000
    min_count: int = 2
    max_tokens: int = 0
    truncation: str = "none"
    before: str = ""
    after: str = ""
    label_words: str = ""
    epochs: int = 0
    batch_tokens: int = 16_384
    batch_texts: int = 0
    window: int = 2_048
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    adam_epsilon: float = 1e-8
    schedule: str = "one-cycle"
    warmup: float = 0.25
    clip: float = 1.0
    ema: float = 0.998
    objective: str = "cross-entropy"
    perturbation: float = 0.3
    adversarial_weight: float = 1.0
    virtual_weight: float = 1.0
    entropy_weight: float = 1.0
    unlabelled_tokens: int = 0
    teacher_weight: float = 0.7
    teacher_temperature: float = 2.0
    supervision: str = "text"
    word_dropout: float = 0.25
    embedding_dropout: float = 0.1
    input_dropout: float = 0.3
    hidden_dropout: float = 0.2
    weight_dropout: float = 0.2
    output_dropout: float = 0.5
    zoneout: float = 0.0
    class_weight: str = "none"
    dev_share: float = 0.1
    patience: int = 5
    selection: str = "auto"
    embedding_bits: int = 16
    blend: bool = False
    precision: Precision = "fp32"
    transfer_rate: float = 0.2
    layer_decay: float = 1.0
    unfreeze: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_entries(self, _CHOICES, _RANGES)
        self._check_cut()
        if self.terms and self.supervision != "text":
            raise ParameterError(f"objective={self.objective!r} goes with supervision='text' alone")
        if self.precision != "fp32" and self.network != "lstm":
            raise ParameterError(f"precision={self.precision!r} is there for network='lstm', not for {self.network!r}")

    def _check_cut(self) -> None:
        if self.tokenizer in ("keras", "hashed") and self.truncation in ("head", "head+tail"):
            raise ParameterError(f"truncation={self.truncation!r}: Keras parity keeps the tail of a text")
        if self.tokenizer != "words" and (self.before or self.after):
            raise ParameterError(f"before and after go with tokenizer='words', not with {self.tokenizer!r}")
        if (self.truncation == "none") != (self.max_tokens == 0):
            raise ParameterError(
                f"max_tokens={self.max_tokens} does not go with truncation={self.truncation!r}",
                hint="give both, e.g. --set max_tokens=400 --set truncation=head+tail, or neither",
            )

    def with_options(self, /, **options: Any) -> Recipe:
        """A copy with some values replaced; an unknown name is a `ParameterError`."""
        return changed(self, "a recipe", options, earlier={"half_embedding": "embedding_bits"})

    def for_examples(self, count: int, held_out: int | None = None, *, unlabelled: int = 0) -> Recipe:
        """Fill in what depends on the network and on the number of texts.

        Batches of 16 to 64 texts; epochs for about 1,100 steps, between 3 and 10, or up to 25 where 10 are fewer than
        300 steps; with fewer than 1,000 development texts the last epoch is kept.

        Args:
            count: Texts, development texts among them unless they are counted apart.
            held_out: Development texts; `dev_share` of all unless given.
            unlabelled: Texts without label that are training texts like the others, being taught.
        """
        held_out = round(self.dev_share * count) if held_out is None else held_out
        count += unlabelled
        batch_texts = self.batch_texts or min(64, max(16, count // 40))
        steps_per_epoch = max(1, count // batch_texts)
        enough = min(10, 1100 // steps_per_epoch)
        epochs = self.epochs or min(25, max(3, enough, 300 // steps_per_epoch))
        filled = replace(self, batch_texts=batch_texts, epochs=epochs, pooling=self.pooling_parts)
        if self.selection != "auto":
            return filled
        if held_out >= ENOUGH_TO_CHOOSE:
            return replace(filled, selection="best")
        return replace(filled, selection="last", patience=0)

    @property
    def terms(self) -> Terms:
        """Weights of what the objective adds to the cross entropy of the labelled texts."""
        weights = {name: getattr(self, f"{name}_weight") for name in ("adversarial", "virtual", "entropy")}
        return terms_of(self.objective, **weights)

    @property
    def pooling_parts(self) -> str:
        """The pooling, chosen by the network where it is ``auto``."""
        if self.pooling != "auto":
            return self.pooling
        return "mean" if self.network in BAGS else "last+max+mean"

    def to_json(self) -> dict[str, Any]:
        """The recipe as a JSON object."""
        return asdict(self)

    @classmethod
    def of_network(cls, network: str) -> Recipe:
        """What is used for a network when no recipe is named: the shipped one of its name, or else the defaults.

        Example:
            >>> Recipe.of_network("lstm") == Recipe(), Recipe.of_network("grid_lstm").layers
            (True, 2)
        """
        has_own = network in NETWORKS and network in _shipped()
        return cls.load(network) if has_own else cls().with_options(network=network)

    @classmethod
    def load(cls, name_or_path: str) -> Recipe:
        """Read a recipe that comes with the package, by name, or a JSON file; entries left out keep their defaults."""
        return cls().with_options(**read_entries(name_or_path, "recipe", _shipped()))


def _shipped() -> dict[str, Path]:
    """The recipes that come with the package, by name."""
    return files_in(Path(__file__).parent / "recipes")


_CHOICES: Choices = {
    "embedding_bits": EMBEDDING_BITS,
    "network": NETWORKS,
    "pooling": ("auto", *POOLINGS),
    "activation": tuple(dict.fromkeys((*ACTIVATIONS["rnn"], *ACTIVATIONS["mlp"]))),
    "qrnn_pooling": QRNN_POOLINGS,
    "reads": READS,
    "objective": OBJECTIVES,
    "supervision": SUPERVISIONS,
    "truncation": TRUNCATIONS,
    "tokenizer": TOKENIZERS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "selection": SELECTIONS,
    "class_weight": CLASS_WEIGHTS,
    "precision": PRECISIONS,
}
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("embedding_size", "hidden_size"), (1, 8192)),
    "layers": (1, 64),
    "qrnn_window": (1, 64),
    "grid_dimensions": (1, 2),
    "leak": (1e-6, 1),
    "spectral_radius": (0, 100),
    "ridge": (0, 1e9),
    "embedding_range": (1e-6, 10),
    "max_words": (2, 2_000_000),
    "min_count": (1, 1_000_000),
    "max_tokens": (0, 10_000_000),
    "epochs": (0, 100_000),
    "batch_tokens": (1, 10_000_000),
    "batch_texts": (0, 65_536),
    "window": (1, 10_000_000),
    "learning_rate": (1e-8, 1e3),
    "weight_decay": (0, 10),
    "adam_epsilon": (1e-12, 1),
    "warmup": (0, 1),
    "clip": (0, 1e6),
    "ema": (0, 0.999999),
    "zoneout": DROPOUT,
    **{f"{name}_dropout": DROPOUT for name in ("word", "embedding", "input", "hidden", "weight", "output")},
    "perturbation": (1e-6, 1e6),
    **dict.fromkeys(("adversarial_weight", "virtual_weight", "entropy_weight"), (0, 1e6)),
    "unlabelled_tokens": (0, 10_000_000),
    "teacher_weight": (0, 1),
    "teacher_temperature": (0.01, 1000),
    "dev_share": (0, 0.9),
    "patience": (0, 100_000),
    **dict.fromkeys(("transfer_rate", "layer_decay", "unfreeze"), (0, 1)),
    "seed": (0, 2**31 - 1),
}
