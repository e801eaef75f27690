"""Cells by the name config.json gives them."""

from __future__ import annotations

from gatewise.errors import ParameterError
from gatewise.ops.cell import Cell
from gatewise.ops.checks import Floats
from gatewise.ops.echo_state import echo_state
from gatewise.ops.gru import GRU
from gatewise.ops.lstm import LSTM
from gatewise.ops.lstm_1997 import LSTM_1997
from gatewise.ops.peephole_lstm import peephole_lstm
from gatewise.ops.rnn import RNN, rnn

# Cells that are known by their name alone.
CELLS: dict[str, Cell] = {cell.name: cell for cell in (LSTM, GRU, RNN, LSTM_1997)}


def cell_of(name: str) -> Cell:
    """The cell of that name.

    Raises:
        ParameterError: No such cell.

    Example:
        >>> cell_of("gru").gates
        3
    """
    if name not in CELLS:
        raise ParameterError(f"network={name!r} is not one of {', '.join(CELLS)}")
    return CELLS[name]


def make_cell(name: str, *, activation: str = "tanh", leak: float = 1.0, peephole: Floats | None = None) -> Cell:
    """The cell of that name with its own options; those it does not have are left alone.

    Args:
        name: One of `CELLS`, ``peephole_lstm`` or ``echo_state``.
        activation: Of an ``rnn``: tanh, sigmoid or relu.
        leak: Of an ``echo_state``, see `gatewise.ops.echo_state`.
        peephole: ``[3H]``, of a ``peephole_lstm``.

    Raises:
        ParameterError: No such cell, or a peephole_lstm without peepholes.

    Example:
        >>> make_cell("rnn", activation="relu").name
        'rnn'
    """
    if name == "rnn":
        return rnn(activation)
    if name == "echo_state":
        return echo_state(leak)
    if name == "peephole_lstm":
        if peephole is None:
            raise ParameterError("a peephole_lstm needs its peepholes [3H]")
        return peephole_lstm(peephole)
    return cell_of(name)
