"""What a model folder says about its network and its text: plain numbers and names, nothing executable."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from gatewise.errors import ModelError, ParameterError
from gatewise.store.checks import CLASSIFIER_FORMAT, check_choice, check_count, check_format, known_entries, short
from gatewise.store.networks import ACTIVATIONS, BAGS, NETWORKS, OPTIONS, QRNN_POOLINGS, READS, encoder_shapes
from gatewise.store.order import check_rising

Pooling = Literal["last", "max", "mean", "last+max+mean"]
Truncation = Literal["none", "head", "tail", "head+tail"]

POOLINGS: tuple[str, ...] = get_args(Pooling)
TRUNCATIONS: tuple[str, ...] = get_args(Truncation)

FORMAT = CLASSIFIER_FORMAT
FORMAT_VERSION = 1

# Far above any sensible network, and low enough that no product of sizes read from a file can exhaust the machine
# before the tensors themselves have been compared with it.
LARGEST = {
    "vocabulary_size": 10_000_000,
    "embedding_size": 65_536,
    "hidden_size": 65_536,
    "layers": 64,
    "classes": 1000,
    "qrnn_window": 64,
    "grid_dimensions": 2,
}
LONGEST_LABEL = 1000
LONGEST_FRAME = 1000
LARGEST_TEMPERATURE = 1000.0  # Fitting stays within 0.05 to 20.
LARGEST_SCALE = 1e9
LARGEST_TOKEN_LIMIT = 100_000_000


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of a text classifier.

    Tensors of such a network, all float32; those of an encoder are named as in ``torch.nn`` where torch has it (G gates
    a cell: lstm and peephole_lstm 4, gru and lstm_1997 3, rnn and echo_state 1; P = 1 + letters of `qrnn_pooling`):

    ============================================  =====================================================
    ``embedding.weight``                          ``[vocabulary_size, embedding_size]``
    ``encoder.weight_ih_l{k}[_reverse]``          ``[G * hidden_size, input]``
    ``encoder.weight_hh_l{k}[_reverse]``          ``[G * hidden_size, hidden_size]``
    ``encoder.bias_ih_l{k}[_reverse]``            ``[G * hidden_size]``
    ``encoder.bias_hh_l{k}[_reverse]``            the same; absent where `recurrent_bias` is false
    ``encoder.peephole_l{k}[_reverse]``           ``[3 * hidden_size]``: i, f, o; peephole_lstm
    ``encoder.weight_l{k}[_reverse]``             ``[P * hidden_size, qrnn_window * input]``; qrnn
    ``encoder.bias_l{k}[_reverse]``               ``[P * hidden_size]``; qrnn
    ``encoder.weight_in[_reverse]``               ``[2 * hidden_size, embedding_size]``; grid_lstm
    ``encoder.weight_{depth,time}_l{k}[...]``     ``[4 * hidden_size, grid_dimensions * hidden_size]``
    ``encoder.layers.{k}...``                     with `highway` each layer, named as number 0
    ``encoder.gates.{k}.weight``, ``.bias``       ``[D * hidden_size, D * hidden_size]``; highway, k from 1
    ``hidden.layers.{k}.weight``, ``.bias``       ``[hidden_size, input]``; mlp, behind the mean
    ``head.weight``, ``head.bias``                ``[outputs, features]``, ``[outputs]``
    ``head.weight``, ``head.steps``               with `ordinal`: ``[1, features]``, ``[classes - 1]``
    ============================================  =====================================================

    `input` is the embedding's width in layer 0, H times the directions above (with `qrnn_dense` all that lower layers
    read and gave, side by side). `outputs` is 1 (one logit, sigmoid; its sign says class 1) for two classes unless
    `softmax`, and K (softmax) else. `features` are the parts of the pooling in the order named, each with forward and
    reverse direction side by side; the part ``last`` is the final state of each direction (after the last word going
    forwards, after the first one going backwards), and all parts of an empty text are zero. mlp and perceptron pool
    the word vectors themselves, by their mean alone.

    With `ordinal` the classes are in an order, from the lowest to the highest, and the head gives one score and
    thresholds; its K logits are the logarithms of the probabilities, see `gatewise.ops.ordinal.log_probabilities`.

    `activation` is that of an rnn or of an mlp's hidden layers; `highway` puts gates around the layers above the first;
    `leak` is the share of the new in an echo state network's state; `grid_tied` shares weights along the depth.

    `reads` says in which order a text's words come: ``forward``; ``backward``, from the last to the first, so that the
    final state is that after the first word; or ``both``: two such networks, each with words and a head of its own, the
    names of the second one's tensors after ``backward.``, and the logits are the mean of theirs.
    """

    vocabulary_size: int
    classes: int
    network: str = "lstm"
    embedding_size: int = 128
    hidden_size: int = 128
    layers: int = 1
    bidirectional: bool = False
    pooling: str = "last+max+mean"
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
    ordinal: bool = False

    def __post_init__(self) -> None:
        for name, largest in LARGEST.items():
            check_count(name, getattr(self, name), 2 if name == "classes" else 1, largest)
        check_choice("network", self.network, NETWORKS)
        check_choice("pooling", self.pooling, POOLINGS)
        check_choice("activation", self.activation, ACTIVATIONS.get(self.network, ("tanh",)))
        check_choice("qrnn_pooling", self.qrnn_pooling, QRNN_POOLINGS)
        check_choice("reads", self.reads, READS)
        for name in ("bidirectional", "recurrent_bias", "softmax", "highway", "qrnn_dense", "grid_tied", "ordinal"):
            if type(getattr(self, name)) is not bool:
                raise ParameterError(f"{name}={short(getattr(self, name))} is not True or False")
        if type(self.leak) is not float or not 0 < self.leak <= 1:
            raise ParameterError(f"leak={short(self.leak)} is not a number above 0 and up to 1")
        self._check_options()

    def _check_options(self) -> None:
        """Raise `ParameterError` for an option that the network does not have, or two that do not go together."""
        usual = {entry.name: entry.default for entry in fields(self)}
        for name, networks in OPTIONS.items():
            if self.network not in networks and getattr(self, name) != usual[name]:
                raise ParameterError(
                    f"{name}={getattr(self, name)!r} is not there for network={self.network!r}",
                    hint=f"it is for {', '.join(networks)}",
                )
        if self.network in BAGS and self.pooling != "mean":
            raise ParameterError(f"pooling={self.pooling!r}: network={self.network!r} reads the mean of word vectors")
        if self.bidirectional and self.reads != "forward":
            raise ParameterError(f"reads={self.reads!r}: with bidirectional=True every layer reads both ways already")
        if self.highway and self.layers < 2:
            raise ParameterError("highway=True is for two layers or more", hint="--set layers=2")
        if self.ordinal and self.softmax:
            raise ParameterError("softmax=True and ordinal=True are two ways to probabilities", hint="choose one")
        if self.highway and self.qrnn_dense:
            raise ParameterError("highway=True and qrnn_dense=True are two ways past a layer", hint="choose one")

    @property
    def outputs(self) -> int:
        """Logits the head gives: 1 for two classes unless `softmax` or `ordinal`, else one a class."""
        return 1 if self.classes == 2 and not self.softmax and not self.ordinal else self.classes

    @property
    def directions(self) -> int:
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def features(self) -> int:
        """Width of the vector that the head reads."""
        if self.network == "mlp":
            return self.hidden_size
        return self.encoded_size * len(self.pooling.split("+"))

    @property
    def encoded_size(self) -> int:
        """Width of what is pooled: hidden states, directions side by side, or word vectors."""
        return self.embedding_size if self.network in BAGS else self.hidden_size * self.directions

    @property
    def is_causal(self) -> bool:
        """Whether the answer after t words depends on those words alone, so that the model can stream."""
        return not self.bidirectional and self.reads == "forward"

    @property
    def single(self) -> tuple[NetworkConfig, ...]:
        """The networks whose logits are averaged: two for `reads` ``both``, else this one."""
        return tuple(replace(self, reads=one) for one in ("forward", "backward")) if self.reads == "both" else (self,)

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every tensor of such a network.

        Example:
            >>> shapes = NetworkConfig(5000, 2, embedding_size=15, hidden_size=10, pooling="last").tensor_shapes()
            >>> shapes["encoder.weight_ih_l0"], shapes["head.weight"]
            ((40, 15), (1, 10))
        """
        embedding = {"embedding.weight": (self.vocabulary_size, self.embedding_size)}
        head: dict[str, tuple[int, ...]] = {
            "head.weight": (self.outputs, self.features),
            "head.bias": (self.outputs,),
        }
        if self.ordinal:
            head = {"head.weight": (1, self.features), "head.steps": (self.classes - 1,)}
        own = {**embedding, **dict(encoder_shapes(self)), **head}
        return own if self.reads != "both" else own | {f"backward.{name}": shape for name, shape in own.items()}


@dataclass(frozen=True)
class TextConfig:
    """How a text is cut before the network reads it, and what is put around it.

    Attributes:
        max_tokens, truncation: At most so many words (0: no limit), keeping the part named.
        before, after: Words put before and after every text, see `gatewise.text.frame`; they do not count for the cut.
    """

    max_tokens: int = 0
    truncation: str = "none"
    before: str = ""
    after: str = ""

    def __post_init__(self) -> None:
        check_choice("truncation", self.truncation, TRUNCATIONS)
        check_count("max_tokens", self.max_tokens, 0, LARGEST_TOKEN_LIMIT)
        if (self.truncation == "none") != (self.max_tokens == 0):
            raise ParameterError(
                f"truncation={self.truncation!r} does not go with max_tokens={self.max_tokens}",
                hint="give a limit and a way to cut (head, tail, head+tail), or neither",
            )
        for name in ("before", "after"):
            value = getattr(self, name)
            if type(value) is not str or len(value) > LONGEST_FRAME:
                raise ParameterError(f"{name}={short(value)} is not a string of at most {LONGEST_FRAME} characters")


def framed(text: TextConfig) -> str:
    """What a model puts around its texts, for people.

    Example:
        >>> framed(TextConfig(after=". overall , a"))
        ", each within '... . overall , a'"
    """
    if not text.before and not text.after:
        return ""
    return f", each within {' '.join(filter(None, (text.before, '...', text.after)))!r}"


@dataclass(frozen=True)
class BlendConfig:
    """How the answer is mixed with that of the bag-of-words rival, see `gatewise.metrics.blend.Blend`."""

    weight: float
    network_scale: float
    rival_scale: float

    def __post_init__(self) -> None:
        for name, low, high in (
            ("weight", 0.0, 1.0),
            ("network_scale", 1 / LARGEST_SCALE, LARGEST_SCALE),
            ("rival_scale", 1 / LARGEST_SCALE, LARGEST_SCALE),
        ):
            value = getattr(self, name)
            if type(value) not in (int, float) or not low <= value <= high:
                raise ParameterError(f"{name}={short(value)} is not a number from {low} to {high}")


@dataclass(frozen=True)
class ModelConfig:
    """All of config.json.

    Attributes:
        network: Shape of the network.
        text: How texts are cut.
        labels: Class names in the order of the probabilities, as str or int; of an ordinal network numbers that rise.
        temperature: Logits are divided by it before sigmoid or softmax; from 0.001 to 1000.
        written_by: Name and version of the program that wrote it.
        blend: How the rival takes part in the answer; None where it does not, and then left out of config.json.
    """

    network: NetworkConfig
    text: TextConfig
    labels: tuple[str | int, ...]
    temperature: float = 1.0
    written_by: str = "gatewise"
    blend: BlendConfig | None = None

    def __post_init__(self) -> None:
        if len(self.labels) != self.network.classes or len(set(self.labels)) != len(self.labels):
            raise ParameterError(f"labels={short(self.labels)} are not {self.network.classes} different names")
        if len({_check_label(label) for label in self.labels}) > 1:
            raise ParameterError(f"labels={short(self.labels)} mix strings and integers")
        if self.network.ordinal:
            check_rising(self.labels)
        is_number = isinstance(self.temperature, int | float) and type(self.temperature) is not bool
        if not is_number or not 1 / LARGEST_TEMPERATURE <= self.temperature <= LARGEST_TEMPERATURE:
            limits = f"from {1 / LARGEST_TEMPERATURE} to {LARGEST_TEMPERATURE}"
            raise ParameterError(f"temperature={short(self.temperature)} is not a number {limits}")
        if type(self.written_by) is not str:
            raise ParameterError(f"written_by={short(self.written_by)} is not a string")

    def to_json(self) -> dict[str, Any]:
        """The content of config.json."""
        entries = {**asdict(self), "labels": list(self.labels)}
        if self.blend is None:  # So that versions which know of no blend can read all other models.
            del entries["blend"]
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **entries}

    @classmethod
    def from_json(cls, content: Any, *, where: str = "config.json") -> ModelConfig:
        """Check and read the content of config.json.

        Args:
            content: The JSON value, of any kind; nothing is taken for granted.
            where: Name of the file, for messages.

        Raises:
            ModelError: It is an encoder's, or something is unknown, missing, of another type, or impossible.
        """
        entries = check_format(content, FORMAT, FORMAT_VERSION, where)
        try:
            entries["network"] = _build(NetworkConfig, entries.get("network"))
            entries["text"] = _build(TextConfig, entries.get("text"))
            entries["labels"] = _labels(entries.get("labels"))
            if "blend" in entries:
                entries["blend"] = _build(BlendConfig, entries["blend"])
            return cls(**known_entries(cls, entries))
        except (TypeError, ValueError) as problem:
            raise ModelError(f"the configuration is damaged: {problem}", where=where) from problem


def _build(kind: type[Any], content: Any) -> Any:
    # The types of the numbers and names are checked by the class itself.
    return kind(**known_entries(kind, content))


def _labels(content: Any) -> tuple[str | int, ...]:
    if not isinstance(content, list) or not all(type(label) in (str, int) for label in content):
        raise TypeError("labels must be a list of strings or integers")
    return tuple(content)


def _check_label(label: str | int) -> type:
    if type(label) not in (str, int) or len(str(label)) > LONGEST_LABEL:
        raise ParameterError(f"a label must be a string of at most {LONGEST_LABEL} characters or an integer")
    return type(label)
