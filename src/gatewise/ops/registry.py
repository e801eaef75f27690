"""Cells by the name config.json gives them."""

from __future__ import annotations

from gatewise.errors import ParameterError
from gatewise.ops.cell import Cell
from gatewise.ops.gru import GRU
from gatewise.ops.lstm import LSTM
from gatewise.ops.rnn import RNN

CELLS: dict[str, Cell] = {cell.name: cell for cell in (LSTM, GRU, RNN)}


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
