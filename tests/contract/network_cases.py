"""Every network with its options, small: a new one is a line here, and all of the contract is tested on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gatewise.models.classifier import Classifier
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

WORDS = 40

CASES: dict[str, dict[str, Any]] = {
    "lstm": {},
    "lstm, deep, both directions": {"layers": 2, "bidirectional": True, "classes": 3},
    "lstm, highway": {"layers": 3, "highway": True},
    "lstm, highway, both directions": {"layers": 2, "highway": True, "bidirectional": True},
    "lstm, softmax": {"softmax": True},
    "lstm, backward, deep": {"reads": "backward", "layers": 2},
    "lstm, two readers": {"reads": "both", "classes": 3},
    "lstm, ordinal": {"ordinal": True, "classes": 5},
    "lstm, ordinal, two readers": {"ordinal": True, "reads": "both", "classes": 3},
    "gru": {"network": "gru"},
    "gru, deep, one bias": {"network": "gru", "layers": 2, "recurrent_bias": False},
    "rnn": {"network": "rnn"},
    "rnn, sigmoid": {"network": "rnn", "activation": "sigmoid"},
    "rnn, relu, both directions": {"network": "rnn", "activation": "relu", "bidirectional": True},
    "rnn, highway": {"network": "rnn", "highway": True, "layers": 2},
    "peephole_lstm": {"network": "peephole_lstm"},
    "peephole_lstm, deep, both directions": {"network": "peephole_lstm", "layers": 2, "bidirectional": True},
    "peephole_lstm, highway": {"network": "peephole_lstm", "highway": True, "layers": 2},
    "lstm_1997": {"network": "lstm_1997"},
    "lstm_1997, deep, both directions, one bias": {
        "network": "lstm_1997",
        "layers": 2,
        "bidirectional": True,
        "recurrent_bias": False,
    },
    "qrnn": {"network": "qrnn"},
    "qrnn, f": {"network": "qrnn", "qrnn_pooling": "f", "qrnn_window": 1},
    "qrnn, ifo, both directions": {
        "network": "qrnn",
        "qrnn_pooling": "ifo",
        "qrnn_window": 3,
        "layers": 2,
        "bidirectional": True,
    },
    "qrnn, two readers": {"network": "qrnn", "reads": "both"},
    "qrnn, dense": {"network": "qrnn", "qrnn_dense": True, "layers": 3},
    "qrnn, highway": {"network": "qrnn", "highway": True, "layers": 2},
    "grid_lstm": {"network": "grid_lstm", "layers": 2},
    "grid_lstm, tied, both directions": {
        "network": "grid_lstm",
        "grid_tied": True,
        "layers": 3,
        "bidirectional": True,
    },
    "grid_lstm, one dimension": {"network": "grid_lstm", "grid_dimensions": 1, "layers": 2},
    "echo_state": {"network": "echo_state"},
    "echo_state, leaky, deep, both directions": {
        "network": "echo_state",
        "leak": 0.3,
        "layers": 2,
        "bidirectional": True,
    },
    "mlp": {"network": "mlp", "pooling": "mean"},
    "mlp, deep, highway": {
        "network": "mlp",
        "pooling": "mean",
        "layers": 3,
        "highway": True,
        "activation": "relu",
        "classes": 3,
    },
    "mlp, softplus": {"network": "mlp", "pooling": "mean", "activation": "softplus"},
    "mlp, leaky relu": {"network": "mlp", "pooling": "mean", "activation": "leaky_relu"},
    "perceptron": {"network": "perceptron", "pooling": "mean"},
    "perceptron, ordinal, two classes": {"network": "perceptron", "pooling": "mean", "ordinal": True},
    "perceptron, three classes": {"network": "perceptron", "pooling": "mean", "classes": 3},
}
CAUSAL = {name: options for name, options in CASES.items() if not {"bidirectional", "reads"} & options.keys()}


def config_of(options: dict[str, Any]) -> NetworkConfig:
    """A network of 6-wide words and 5 units."""
    known: dict[str, Any] = {"classes": 2, "embedding_size": 6, "hidden_size": 5}
    return NetworkConfig(**{"vocabulary_size": WORDS, **known, **options})


def classifier(options: dict[str, Any]) -> Classifier:
    """In float64, with weights drawn large enough that every gate and unit does something."""
    torch.manual_seed(0)
    network = Classifier(config_of(options), seed=1).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, dtype=torch.float64))
    return network


def arrays(network: Classifier, kind: Any = np.float64) -> dict[str, np.ndarray]:
    """The weights by name."""
    return {name: tensor.numpy().astype(kind) for name, tensor in network.state_dict().items()}


def texts(lengths: list[int], seed: int = 0) -> Ragged:
    """Texts of random words."""
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.integers(0, WORDS, length).astype(np.int32) for length in lengths])


def read(network: Classifier, batch: Ragged) -> torch.Tensor:
    """Logits by torch."""
    return network(torch.from_numpy(batch.ids.astype(np.int64)), torch.from_numpy(batch.offsets))
