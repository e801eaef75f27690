"""Torch modules over ragged rows: features are ``[N, F]``, offsets say where each sequence begins and ends.

`LSTM` is a drop-in for ``torch.nn.LSTM`` and reads padded and packed batches too.
"""

from gatewise.nn.echo_state import EchoState as EchoState
from gatewise.nn.forms import Gates as Gates
from gatewise.nn.grid_lstm import GridLSTM as GridLSTM
from gatewise.nn.gru import GRU as GRU
from gatewise.nn.lstm import LSTM as LSTM
from gatewise.nn.lstm_1997 import LSTM1997 as LSTM1997
from gatewise.nn.machine import use_threads as use_threads
from gatewise.nn.peephole_lstm import PeepholeLSTM as PeepholeLSTM
from gatewise.nn.qrnn import QRNN as QRNN
from gatewise.nn.recurrent import Recurrent as Recurrent
from gatewise.nn.rnn import RNN as RNN

__all__ = [
    "GRU",
    "LSTM",
    "LSTM1997",
    "QRNN",
    "RNN",
    "EchoState",
    "Gates",
    "GridLSTM",
    "PeepholeLSTM",
    "Recurrent",
    "use_threads",
]
