"""The recurrent part of a model by its name in config.json, whichever module does it."""

from __future__ import annotations

import torch

from gatewise.errors import ParameterError
from gatewise.nn.gru import GRU
from gatewise.nn.initialise import initialise
from gatewise.nn.layer import Precision
from gatewise.nn.lstm import LSTM
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.rnn import RNN

Encoder = LSTM | Recurrent

_OTHERS: dict[str, type[Recurrent]] = {"gru": GRU, "rnn": RNN}


def make_encoder(
    network: str,
    input_size: int,
    hidden_size: int,
    *,
    layers: int = 1,
    bidirectional: bool = False,
    recurrent_bias: bool = True,
    hidden_dropout: float = 0.0,
    weight_dropout: float = 0.0,
    precision: Precision = "fp32",
    noise: torch.Generator | None = None,
) -> Encoder:
    """Make an encoder.

    Args:
        network: ``lstm``, ``gru`` or ``rnn``.
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        layers: Layers, each reading what the one below gave.
        bidirectional: Also read from the end.
        recurrent_bias: Keep ``bias_hh`` beside ``bias_ih``.
        hidden_dropout: Locked dropout between layers, see `gatewise.nn.dropout`; with one layer it has no effect.
        weight_dropout: DropConnect on ``weight_hh``.
        precision: ``fp32``, or for an LSTM ``bf16``, see `LSTM`.
        noise: Generator for the dropouts.

    Raises:
        ParameterError: A precision that the network does not have.

    Example:
        >>> hidden, final = encode(make_encoder("gru", 3, 4), torch.ones(5, 3), torch.tensor([0, 2, 5]))
        >>> hidden.shape, final.shape
        (torch.Size([5, 4]), torch.Size([2, 4]))
    """
    if network == "lstm":
        return LSTM(
            input_size,
            hidden_size,
            layers,
            bidirectional=bidirectional,
            recurrent_bias=recurrent_bias,
            locked_dropout=hidden_dropout if layers > 1 else 0.0,
            weight_dropout=weight_dropout,
            precision=precision,
            noise=noise,
        )
    if precision != "fp32":
        raise ParameterError(f"precision={precision!r} is there for network='lstm', not for {network!r}")
    return _OTHERS[network](
        input_size,
        hidden_size,
        layers=layers,
        bidirectional=bidirectional,
        recurrent_bias=recurrent_bias,
        hidden_dropout=hidden_dropout,
        weight_dropout=weight_dropout,
        noise=noise,
    )


def initialise_encoder(encoder: Encoder, generator: torch.Generator) -> None:
    """Draw the weights of an encoder as our models begin, see `initialise`; an LSTM's forget gates start open."""
    H = encoder.hidden_size
    initialise(encoder, generator, open_rows=slice(H, 2 * H) if isinstance(encoder, LSTM) else None)


def encode(encoder: Encoder, rows: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Read a ragged batch.

    Args:
        encoder: What reads.
        rows: ``[N, I]``.
        offsets: ``[B + 1]`` int64.

    Returns:
        The last layer's hidden states ``[N, D * H]``, and its final ones ``[B, D * H]``: after the last row for the
        forward direction, after the first for the backward one; zero for an empty sequence.
    """
    if not isinstance(encoder, LSTM):
        hidden, final = encoder(rows, offsets)
        return hidden, final
    hidden, (h_n, _) = encoder(rows, offsets=offsets)
    directions = 2 if encoder.bidirectional else 1
    return hidden, h_n[-directions:].transpose(0, 1).flatten(1)
