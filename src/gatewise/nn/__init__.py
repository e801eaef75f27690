"""Torch modules over ragged rows: features are ``[N, F]``, offsets say where each sequence begins and ends.

`LSTM` is a drop-in for ``torch.nn.LSTM`` and reads padded and packed batches too.
"""

from gatewise.nn.forms import Gates as Gates
from gatewise.nn.gru import GRU as GRU
from gatewise.nn.lstm import LSTM as LSTM
from gatewise.nn.machine import use_threads as use_threads
from gatewise.nn.recurrent import Recurrent as Recurrent
from gatewise.nn.rnn import RNN as RNN

__all__ = ["GRU", "LSTM", "RNN", "Gates", "Recurrent", "use_threads"]
