"""Words as one-hot vectors without ever making one: the product W_ih x is then a column of W_ih."""

from __future__ import annotations

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.lstm import LSTM

_GATES = 4


def read_one_hot(embedding: nn.Embedding, encoder: object, generator: torch.Generator | None = None) -> None:
    """Let the embedding be the input weights of an LSTM that reads one-hot vectors.

    With x the one-hot vector of word w, ``W_ih x`` is column w of ``W_ih``, of shape ``[4H, V]``. So the matrix
    ``[V, 4H]`` of the embedding takes its place, transposed and begun as Keras begins input weights (Glorot-uniform),
    and the LSTM's own ``weight_ih_l0`` becomes the identity, which no training changes.

    Args:
        embedding: ``[V, 4H]``; its weights are drawn anew.
        encoder: An LSTM of one layer that reads forwards.
        generator: Source of randomness; torch's own when not given.

    Raises:
        ParameterError: The encoder is another, or the embedding is not 4H wide.

    Reference:
        Glorot and Bengio (2010), equation 16.

    Example:
        >>> embedding, lstm = nn.Embedding(9, 8), LSTM(8, 2)
        >>> read_one_hot(embedding, lstm)
        >>> bool(torch.equal(lstm.weight_ih_l0, torch.eye(8))), lstm.weight_ih_l0.requires_grad
        (True, False)
    """
    if not isinstance(encoder, LSTM) or encoder.num_layers != 1 or encoder.bidirectional:
        raise ParameterError("one_hot=True is there for network='lstm' of one layer that reads forwards")
    width = _GATES * encoder.hidden_size
    if embedding.embedding_dim != width:
        raise ParameterError(
            f"embedding_size={embedding.embedding_dim} does not go with one_hot=True: a word's row holds the input "
            f"weights of {_GATES} gates of {encoder.hidden_size} units",
            hint=f"--set embedding_size={width}",
        )
    nn.init.xavier_uniform_(embedding.weight, generator=generator)
    identity = encoder.get_parameter("weight_ih_l0")
    nn.init.eye_(identity)
    identity.requires_grad_(False)
