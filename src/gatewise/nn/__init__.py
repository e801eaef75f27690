"""Torch modules over ragged rows: features are ``[N, F]``, offsets say where each sequence begins and ends."""

from gatewise.nn.gru import GRU as GRU
from gatewise.nn.lstm import LSTM as LSTM
from gatewise.nn.recurrent import Recurrent as Recurrent
from gatewise.nn.rnn import RNN as RNN

__all__ = ["GRU", "LSTM", "RNN", "Recurrent", "recurrent_of"]

_NETWORKS: dict[str, type[Recurrent]] = {"lstm": LSTM, "gru": GRU, "rnn": RNN}


def recurrent_of(name: str) -> type[Recurrent]:
    """The recurrent module registered under `name` (lstm, gru, rnn)."""
    return _NETWORKS[name]
