"""The recurrent part of a model by its name in config.json, whichever module does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.echo_state import EchoState
from gatewise.nn.grid_lstm import GridLSTM
from gatewise.nn.gru import GRU
from gatewise.nn.highway import HighwayEncoder
from gatewise.nn.initialise import initialise
from gatewise.nn.layer import Precision
from gatewise.nn.lstm import LSTM
from gatewise.nn.lstm_1997 import LSTM1997
from gatewise.nn.peephole_lstm import PeepholeLSTM
from gatewise.nn.qrnn import QRNN
from gatewise.nn.recurrent import Recurrent
from gatewise.nn.rnn import RNNS


@dataclass(frozen=True)
class EncoderOptions:
    """What may be chosen of an encoder beside its sizes; an option that a network does not have is left alone.

    Attributes:
        layers: Layers, each reading what the one below gave.
        bidirectional: Also read from the end.
        recurrent_bias: Keep ``bias_hh`` beside ``bias_ih``.
        hidden_dropout: Locked dropout between layers, see `gatewise.nn.dropout`; with one layer it has no effect.
        weight_dropout: DropConnect on ``weight_hh``.
        precision: ``fp32``, or for an LSTM ``bf16``, see `LSTM`.
        highway: Gates around the layers above the first, see `gatewise.nn.highway`.
        activation: Of an rnn: tanh, sigmoid or relu.
        qrnn_window, qrnn_pooling, qrnn_dense, zoneout: See `gatewise.nn.qrnn.QRNN`.
        grid_dimensions, grid_tied: See `gatewise.nn.grid_lstm.GridLSTM`.
        leak, spectral_radius: See `gatewise.nn.echo_state.EchoState`.
        noise: Generator for the dropouts.
    """

    layers: int = 1
    bidirectional: bool = False
    recurrent_bias: bool = True
    hidden_dropout: float = 0.0
    weight_dropout: float = 0.0
    precision: Precision = "fp32"
    highway: bool = False
    activation: str = "tanh"
    qrnn_window: int = 2
    qrnn_pooling: str = "fo"
    qrnn_dense: bool = False
    zoneout: float = 0.0
    grid_dimensions: int = 2
    grid_tied: bool = False
    leak: float = 1.0
    spectral_radius: float = 0.9
    noise: torch.Generator | None = None


Encoder = nn.Module
Read = tuple[torch.Tensor, torch.Tensor]


def make_encoder(network: str, input_size: int, hidden_size: int, options: EncoderOptions | None = None) -> Encoder:
    """Make an encoder; `encode` reads with it, `initialise_encoder` draws its weights.

    Args:
        network: ``lstm``, ``gru``, ``rnn``, ``peephole_lstm``, ``lstm_1997``, ``qrnn``, ``grid_lstm``, ``echo_state``.
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        options: All else.

    Raises:
        ParameterError: A precision or a way of stacking that the network does not have.

    Example:
        >>> hidden, final = encode(make_encoder("gru", 3, 4), torch.ones(5, 3), torch.tensor([0, 2, 5]))
        >>> hidden.shape, final.shape
        (torch.Size([5, 4]), torch.Size([2, 4]))
    """
    options = options or EncoderOptions()
    if options.precision != "fp32" and network != "lstm":
        raise ParameterError(f"precision={options.precision!r} is there for network='lstm', not for {network!r}")
    if options.highway:
        return _highway(network, input_size, hidden_size, options)
    return _MAKERS[network](input_size, hidden_size, options)


def _lstm(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    return LSTM(
        input_size,
        hidden_size,
        options.layers,
        bidirectional=options.bidirectional,
        recurrent_bias=options.recurrent_bias,
        locked_dropout=options.hidden_dropout if options.layers > 1 else 0.0,
        weight_dropout=options.weight_dropout,
        precision=options.precision,
        noise=options.noise,
    )


def _recurrent(kind: type[Recurrent]) -> Callable[[int, int, EncoderOptions], Encoder]:
    def make(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
        return kind(
            input_size,
            hidden_size,
            layers=options.layers,
            bidirectional=options.bidirectional,
            recurrent_bias=options.recurrent_bias,
            hidden_dropout=options.hidden_dropout,
            weight_dropout=options.weight_dropout,
            noise=options.noise,
        )

    return make


def _rnn(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    return _recurrent(RNNS[options.activation])(input_size, hidden_size, options)


def _qrnn(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    return QRNN(
        input_size,
        hidden_size,
        layers=options.layers,
        bidirectional=options.bidirectional,
        window=options.qrnn_window,
        pooling=options.qrnn_pooling,
        dense=options.qrnn_dense,
        hidden_dropout=options.hidden_dropout,
        zoneout=options.zoneout,
        noise=options.noise,
    )


def _grid(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    return GridLSTM(
        input_size,
        hidden_size,
        layers=options.layers,
        bidirectional=options.bidirectional,
        dimensions=options.grid_dimensions,
        tied=options.grid_tied,
        hidden_dropout=options.hidden_dropout,
        noise=options.noise,
    )


def _echo_state(input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    return EchoState(
        input_size,
        hidden_size,
        layers=options.layers,
        bidirectional=options.bidirectional,
        recurrent_bias=options.recurrent_bias,
        leak=options.leak,
        spectral_radius=options.spectral_radius,
    )


def _highway(network: str, input_size: int, hidden_size: int, options: EncoderOptions) -> Encoder:
    directions, single = 2 if options.bidirectional else 1, replace(options, layers=1, highway=False)
    widths = [input_size] + [hidden_size * directions] * (options.layers - 1)
    return HighwayEncoder(
        [make_encoder(network, width, hidden_size, single) for width in widths],
        hidden_size,
        directions,
        read=encode,
        begin=initialise_encoder,
        hidden_dropout=options.hidden_dropout,
        noise=options.noise,
    )


_MAKERS: dict[str, Callable[[int, int, EncoderOptions], Encoder]] = {
    "lstm": _lstm,
    "gru": _recurrent(GRU),
    "rnn": _rnn,
    "peephole_lstm": _recurrent(PeepholeLSTM),
    "lstm_1997": _recurrent(LSTM1997),
    "qrnn": _qrnn,
    "grid_lstm": _grid,
    "echo_state": _echo_state,
}


def initialise_encoder(encoder: Encoder, generator: torch.Generator | None) -> None:
    """Draw the weights of an encoder as our models begin, see `initialise`; an LSTM's forget gates start open."""
    if isinstance(encoder, LSTM):
        initialise(encoder, generator, open_rows=slice(encoder.hidden_size, 2 * encoder.hidden_size))
    else:
        encoder.reset_parameters(generator)  # type: ignore[operator]  # Every encoder of `_MAKERS` has it.


def encode(encoder: Encoder, rows: torch.Tensor, offsets: torch.Tensor) -> Read:
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
