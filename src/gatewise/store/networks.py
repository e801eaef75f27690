"""Which networks there are, which options each has, and the name and shape of every tensor of its encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from gatewise.store.config import NetworkConfig

Network = Literal[
    "lstm",
    "gru",
    "rnn",
    "peephole_lstm",
    "lstm_1997",
    "qrnn",
    "grid_lstm",
    "echo_state",
    "mlp",
    "perceptron",
]
QRNNPooling = Literal["f", "fo", "ifo"]
Reads = Literal["forward", "backward", "both"]

NETWORKS: tuple[str, ...] = get_args(Network)
QRNN_POOLINGS: tuple[str, ...] = get_args(QRNNPooling)
READS: tuple[str, ...] = get_args(Reads)

# Networks with a matrix from the hidden state to itself: blocks of H rows in their matrices.
GATES = {"lstm": 4, "gru": 3, "rnn": 1, "peephole_lstm": 4, "lstm_1997": 3, "echo_state": 1}
# These read no words in order: a text is the mean of its word vectors.
BAGS = ("mlp", "perceptron")

_STACKED = (*GATES, "qrnn")
# Networks that an option is for. Any other must leave it as it is by default.
OPTIONS: dict[str, tuple[str, ...]] = {
    "bidirectional": (*_STACKED, "grid_lstm"),
    "layers": (*_STACKED, "grid_lstm", "mlp"),
    "highway": ("lstm", "gru", "rnn", "peephole_lstm", "lstm_1997", "qrnn", "mlp"),
    "activation": ("rnn", "mlp"),
    "qrnn_window": ("qrnn",),
    "qrnn_pooling": ("qrnn",),
    "qrnn_dense": ("qrnn",),
    "grid_dimensions": ("grid_lstm",),
    "grid_tied": ("grid_lstm",),
    "leak": ("echo_state",),
    "reads": ("lstm", "gru", "rnn", "peephole_lstm", "lstm_1997", "qrnn", "grid_lstm"),
}
ACTIVATIONS = {
    "rnn": ("tanh", "sigmoid", "relu"),
    "mlp": ("tanh", "sigmoid", "relu", "leaky_relu", "softplus", "linear"),
}

Shapes = Iterator[tuple[str, tuple[int, ...]]]


def encoder_shapes(config: NetworkConfig) -> Shapes:
    """Name and shape of every tensor between the word vectors and the head."""
    if config.network == "mlp":
        yield from _hidden_layers(config)
    elif config.network == "grid_lstm":
        yield from _under("encoder.", _grid(config))
    elif config.network in _STACKED and config.highway:
        yield from _highway(config)
    elif config.network in _STACKED:
        widths = _dense_widths(config) if config.qrnn_dense else _widths(config)
        for layer, width in enumerate(widths):
            yield from _under("encoder.", _layer(config, layer, width))


def _under(prefix: str, shapes: Shapes) -> Shapes:
    return ((prefix + name, shape) for name, shape in shapes)


def _widths(config: NetworkConfig) -> list[int]:
    """What each layer reads: the word vectors, then what the layer below gave."""
    return [config.embedding_size] + [config.directions * config.hidden_size] * (config.layers - 1)


def _dense_widths(config: NetworkConfig) -> list[int]:
    """What each layer reads when it also reads all that the layers below it read."""
    given = config.directions * config.hidden_size
    return [config.embedding_size + layer * given for layer in range(config.layers)]


def _layer(config: NetworkConfig, layer: int, width: int) -> Shapes:
    """One layer of width `width`, named as number `layer`."""
    for suffix in ("", "_reverse")[: config.directions]:
        name = f"l{layer}{suffix}"
        yield from _qrnn(config, name, width) if config.network == "qrnn" else _recurrent(config, name, width)


def _recurrent(config: NetworkConfig, name: str, width: int) -> Shapes:
    H, rows = config.hidden_size, GATES[config.network] * config.hidden_size
    yield f"weight_ih_{name}", (rows, width)
    yield f"weight_hh_{name}", (rows, H)
    yield f"bias_ih_{name}", (rows,)
    if config.recurrent_bias:
        yield f"bias_hh_{name}", (rows,)
    if config.network == "peephole_lstm":
        yield f"peephole_{name}", (3 * H,)


def _qrnn(config: NetworkConfig, name: str, width: int) -> Shapes:
    # The candidate and one gate for each letter of the pooling.
    rows = (1 + len(config.qrnn_pooling)) * config.hidden_size
    yield f"weight_{name}", (rows, config.qrnn_window * width)
    yield f"bias_{name}", (rows,)


def _grid(config: NetworkConfig) -> Shapes:
    H = config.hidden_size
    for suffix in ("", "_reverse")[: config.directions]:
        yield f"weight_in{suffix}", (2 * H, config.embedding_size)
        yield f"bias_in{suffix}", (2 * H,)
        for layer in range(1 if config.grid_tied else config.layers):
            for axis in ("depth", "time")[: config.grid_dimensions]:
                yield f"weight_{axis}_l{layer}{suffix}", (4 * H, config.grid_dimensions * H)
                yield f"bias_{axis}_l{layer}{suffix}", (4 * H,)


def _highway(config: NetworkConfig) -> Shapes:
    given = config.directions * config.hidden_size
    for layer, width in enumerate(_widths(config)):
        yield from _under(f"encoder.layers.{layer}.", _layer(config, 0, width))
        if layer:
            yield f"encoder.gates.{layer}.weight", (given, given)
            yield f"encoder.gates.{layer}.bias", (given,)


def _hidden_layers(config: NetworkConfig) -> Shapes:
    H = config.hidden_size
    for layer in range(config.layers):
        yield f"hidden.layers.{layer}.weight", (H, H if layer else config.embedding_size)
        yield f"hidden.layers.{layer}.bias", (H,)
        if layer and config.highway:
            yield f"hidden.gates.{layer}.weight", (H, H)
            yield f"hidden.gates.{layer}.bias", (H,)


def reading(config: NetworkConfig) -> str:
    """How the network reads a text, and whether it can stream, for people: the end of a sentence.

    Example:
        >>> from gatewise.store.config import NetworkConfig
        >>> reading(NetworkConfig(10, 2))
        'reads forwards only: can stream'
        >>> reading(NetworkConfig(10, 2, reads="backward"))
        'reads from the last word to the first: cannot stream'
    """
    if config.reads == "both":
        return "reads forwards, and a second one like it backwards, whose logits are averaged: cannot stream"
    if config.reads == "backward":
        return "reads from the last word to the first: cannot stream"
    return "reads from both ends: cannot stream" if config.bidirectional else "reads forwards only: can stream"


def describe(config: NetworkConfig) -> str:
    """The network in a few words, for people.

    Example:
        >>> from gatewise.store.config import NetworkConfig
        >>> describe(NetworkConfig(10, 2, "qrnn", layers=2, bidirectional=True, hidden_size=64))
        'bidirectional QRNN 2 layers of 64 (window 2, fo-pooling)'
        >>> describe(NetworkConfig(10, 2, "perceptron", pooling="mean"))
        'perceptron'
    """
    size = f"{config.layers} layers of {config.hidden_size}" if config.layers > 1 else str(config.hidden_size)
    own = _OWN_WORDS[config.network](config) if config.network in _OWN_WORDS else []
    own += ["highway"] if config.highway else []
    own += ["ordinal"] if config.ordinal else []
    return " ".join(
        [
            *(["bidirectional"] if config.bidirectional else []),
            _NAMES.get(config.network, config.network.upper()),
            *([size] if config.network != "perceptron" else []),
            *([f"({', '.join(own)})"] if own else []),
        ]
    )


_NAMES = {
    "peephole_lstm": "peephole LSTM",
    "lstm_1997": "LSTM of 1997",
    "grid_lstm": "Grid LSTM",
    "echo_state": "echo state network",
    "perceptron": "perceptron",
}
_OWN_WORDS: dict[str, Callable[[NetworkConfig], list[str]]] = {
    "rnn": lambda config: [config.activation] if config.activation != "tanh" else [],
    "mlp": lambda config: [config.activation],
    "qrnn": lambda config: [
        f"window {config.qrnn_window}",
        f"{config.qrnn_pooling}-pooling",
        *(["dense"] if config.qrnn_dense else []),
    ],
    "grid_lstm": lambda config: [f"{config.grid_dimensions}-D", *(["tied"] if config.grid_tied else [])],
    "echo_state": lambda config: [f"leak {config.leak:g}"],
}
