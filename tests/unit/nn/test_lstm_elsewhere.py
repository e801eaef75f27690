"""The path for GPUs run on CPU tensors, other processes, and torch.compile."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from lstm_twins import LENGTHS, assert_alike, gradients, offsets_of, randn, twins
from torch import nn
from torch.utils.data import DataLoader

from gatewise.errors import ParameterError
from gatewise.nn import LSTM
from gatewise.nn.cudnn import PackedReader
from gatewise.nn.time_major import from_offsets

CPU = torch.device("cpu")


@pytest.fixture
def as_on_a_gpu(monkeypatch):
    """Every LSTM reads through the packed view."""

    def reader(lstm, form, return_gates):
        return PackedReader.over(form.offsets, form.rows.device, precision=lstm.precision, return_gates=return_gates)

    monkeypatch.setattr(LSTM, "_reader", reader)


@pytest.mark.parametrize("recurrent_bias", [False, True])
@pytest.mark.parametrize("lengths", [LENGTHS, [0, 3, 0, 5, 1, 0], [0, 0], []])
@pytest.mark.parametrize("trains", [False, True])
def test_packed_view_equals_our_kernels(monkeypatch, lengths, recurrent_bias, trains):
    torch.manual_seed(0)
    lstm = LSTM(5, 4, 3, bidirectional=True, recurrent_bias=recurrent_bias, dtype=torch.float64).train(trains)
    x, h, c = randn(sum(lengths), 5), randn(6, len(lengths), 4), randn(6, len(lengths), 4)
    inputs, offsets = [x, h, c, *lstm.parameters()], offsets_of(lengths)
    own = lstm(x, (h, c), offsets=offsets)
    expected = gradients(own, inputs)
    monkeypatch.setattr(
        LSTM, "_reader", lambda lstm, form, _: PackedReader(from_offsets(form.offsets, form.rows.device))
    )
    other = lstm(x, (h, c), offsets=offsets)
    assert_alike(own, other)
    if lengths and any(lengths):
        assert_alike(expected, gradients(other, inputs))
    assert_alike(lstm(x, offsets=offsets)[0].sum(), lstm(x, (0 * h, 0 * c), offsets=offsets)[0].sum())


def test_packed_view_has_the_same_noise(monkeypatch):
    lstm = LSTM(5, 16, 2, dropout=0.2, locked_dropout=0.3, weight_dropout=0.4, dtype=torch.float64)
    x, offsets = randn(sum(LENGTHS), 5), offsets_of(LENGTHS)
    torch.manual_seed(1)
    own = lstm(x, offsets=offsets)
    monkeypatch.setattr(LSTM, "_reader", lambda lstm, form, _: PackedReader(from_offsets(form.offsets, CPU)))
    torch.manual_seed(1)
    assert_alike(own, lstm(x, offsets=offsets))


@pytest.mark.parametrize("enforce_sorted", [False, True])
def test_packed_view_of_other_forms(as_on_a_gpu, enforce_sorted):
    ours, theirs = twins(5, 4, 2, batch_first=True)
    x = randn(3, 7, 5)
    assert_alike(ours(x), theirs(x))
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([7, 5, 2]), True, enforce_sorted=enforce_sorted)
    assert_alike(ours(packed), theirs(packed))


def test_what_cudnn_cannot_do_is_refused(as_on_a_gpu):
    with pytest.raises(ParameterError, match=r"return_gates=True[\s\S]*lstm\.cpu\(\)"):
        LSTM(3, 4)(torch.zeros(5, 3), return_gates=True)
    with pytest.raises(ParameterError, match=r"precision='bf16'[\s\S]*autocast"):
        LSTM(3, 4, precision="bf16")(torch.zeros(5, 3))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("trains", [False, True])
def test_a_gpu_gives_what_the_cpu_gives(trains):
    torch.manual_seed(0)
    lstm = LSTM(5, 4, 2, bidirectional=True, locked_dropout=0.3, noise=torch.Generator()).train(trains)
    lengths = [3, 0, 11, 1]
    x, offsets = torch.randn(15, 5), offsets_of(lengths)
    lstm.noise.manual_seed(1)
    hidden, (h_n, c_n) = lstm(x, offsets=offsets)
    lstm.cuda().noise.manual_seed(1)
    other, (h_g, c_g) = lstm(x.cuda(), offsets=offsets.cuda())
    for one, two in ((hidden, other), (h_n, h_g), (c_n, c_g)):
        # cuDNN may use TF32, 10 bits of mantissa.
        torch.testing.assert_close(one, two.cpu(), rtol=0, atol=5e-3)


class Sequences(torch.utils.data.Dataset):
    """Items that are made with an LSTM, in whatever process asks for them."""

    def __init__(self, lstm: LSTM) -> None:
        self.lstm = lstm

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> torch.Tensor:
        with torch.no_grad():
            return self.lstm(torch.full((40, 8), float(index)))[0][-1]


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux")
# Torch and Python warn that a process with threads is forked, which is what is tested.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_workers_compute_after_the_parent_has_trained():
    torch.manual_seed(0)
    lstm = LSTM(8, 32)
    lstm(torch.randn(50, 16, 8))[0].sum().backward()
    items = Sequences(lstm)
    expected = torch.stack([items[n] for n in range(6)])
    for _ in range(2):
        loader = DataLoader(items, batch_size=2, num_workers=2, multiprocessing_context="fork", timeout=60)
        assert torch.equal(torch.cat(list(loader)), expected)
        lstm(torch.randn(50, 16, 8))[0].sum().backward()


class Around(nn.Module):
    """Something to compile before and after."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.lstm, self.after = nn.Linear(5, 5), LSTM(5, 4, 2, bidirectional=True), nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden, (h_n, _) = self.lstm(torch.relu(self.before(x)))
        return self.after(hidden).mean() + h_n.sum()


@pytest.mark.filterwarnings("ignore")
def test_compiled_networks_break_their_graph_here_and_are_right():
    torch.manual_seed(0)
    network, x = Around(), torch.randn(7, 3, 5)
    compiled = torch.compile(network, backend="aot_eager")
    expected = torch.autograd.grad(network(x), list(network.parameters()))
    found = torch.autograd.grad(compiled(x), list(network.parameters()))
    for one, other in zip(expected, found, strict=True):
        torch.testing.assert_close(one, other)
    torch.compiler.reset()


def test_importing_the_module_does_not_load_the_compiler():
    code = "import sys, gatewise.nn; sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
