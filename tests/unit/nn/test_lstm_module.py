"""The LSTM as a module: parameters, state dict, initial weights, gates, copies, errors, what it keeps between calls."""

from __future__ import annotations

import copy
import io
import pickle

import pytest
import torch
from lstm_twins import LENGTHS, offsets_of, packed_of, randn, twins
from torch import nn
from torch.nn.utils import parametrizations
from torch.nn.utils.rnn import PackedSequence

import gatewise.nn.packed as packed_room
from gatewise.errors import ParameterError
from gatewise.nn import LSTM, Gates

SIZES = [
    {},
    {"num_layers": 3},
    {"num_layers": 2, "bidirectional": True},
    {"bias": False},
    {"num_layers": 2, "bias": False, "bidirectional": True},
]


@pytest.mark.parametrize("options", SIZES)
def test_state_dicts_go_both_ways(options):
    ours, theirs = LSTM(3, 4, **options), nn.LSTM(3, 4, **options)
    assert [(name, p.shape) for name, p in ours.named_parameters()] == [
        (name, p.shape) for name, p in theirs.named_parameters()
    ]
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(LSTM(3, 4, **options).state_dict(), strict=True)
    assert [[tuple(p.shape) for p in one] for one in ours.all_weights] == [
        [tuple(p.shape) for p in one] for one in theirs.all_weights
    ]


@pytest.mark.parametrize("options", SIZES)
def test_a_seed_gives_the_weights_it_gives_torch(options):
    made = []
    for kind in (LSTM, nn.LSTM):
        torch.manual_seed(3)
        made.append([*kind(3, 4, **options).parameters(), torch.rand(5)])
    assert all(torch.equal(a, b) for a, b in zip(*made, strict=True))


@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 2, "dropout": 0.5, "batch_first": True}, {"bias": False, "bidirectional": True}]
)
def test_is_written_as_torch_writes_it(options):
    assert repr(LSTM(3, 4, **options)) == repr(nn.LSTM(3, 4, **options))


def test_attributes_and_methods_that_programs_use():
    lstm = LSTM(3, 4, 2, batch_first=True, bidirectional=True, dropout=0.25)
    told = (lstm.input_size, lstm.hidden_size, lstm.num_layers, lstm.bias, lstm.batch_first, lstm.dropout)
    assert told == (3, 4, 2, True, True, 0.25)
    assert (lstm.bidirectional, lstm.proj_size) == (True, 0)
    lstm.flatten_parameters()
    assert LSTM(3, 4, dtype=torch.float64).double()(torch.zeros(2, 3).double())[0].dtype == torch.float64
    assert LSTM(3, 4, device="meta").weight_hh_l0.device.type == "meta"


def test_one_bias_is_torch_with_a_zero_second_one():
    ours = LSTM(3, 4, recurrent_bias=False, dtype=torch.float64)
    theirs = nn.LSTM(3, 4, dtype=torch.float64)
    theirs.load_state_dict({**ours.state_dict(), "bias_hh_l0": torch.zeros(16)})
    x = randn(6, 3)
    torch.testing.assert_close(ours(x)[0], theirs(x)[0])
    assert sum(p.numel() for p in ours.parameters()) == 4 * (4 * 4 + 4 * 3 + 4)


def open_gates(lstm: LSTM, name: str, x: torch.Tensor, h: torch.Tensor) -> list[torch.Tensor]:
    w, u, b, b2 = (getattr(lstm, f"{kind}_{name}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    i, f, g, o = (x @ w.T + b + h @ u.T + b2).chunk(4, -1)
    return [i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()]


@pytest.mark.parametrize("trains", [False, True])
def test_gates_satisfy_the_equations(trains):
    lstm, _ = twins(5, 4, 2, bidirectional=True)
    x, h0, c0 = randn(9, 5), randn(4, 2, 4), randn(4, 2, 4)
    offsets = torch.tensor([0, 4, 9])
    with torch.set_grad_enabled(trains):
        hidden, _, gates = lstm(x, (h0, c0), offsets=offsets, return_gates=True)
    assert len(gates) == 4
    assert not any(part.requires_grad for one in gates for part in one)
    for place, reverse in ((2, False), (3, True)):  # the upper layer, whose hidden states are the output
        found, own = gates[place], hidden[:, 4:] if reverse else hidden[:, :4]
        torch.testing.assert_close(own, found.output * found.cell.tanh())
        for b, (begin, end) in enumerate([(0, 4), (4, 9)]):
            first, step = (end - 1, -1) if reverse else (begin, 1)
            h, c = h0[place, b], c0[place, b]
            for t in range(first, end if step == 1 else begin - 1, step):
                torch.testing.assert_close(found.cell[t], found.forget[t] * c + found.input[t] * found.candidate[t])
                h, c = own[t], found.cell[t]
    below = gates[0]
    h = torch.cat([h0[0, :1], (below.output * below.cell.tanh())[:3]])
    for part, expected in zip(below[:4], open_gates(lstm, "l0", x[:4], h), strict=True):
        torch.testing.assert_close(part[:4], expected)


def test_gates_have_the_form_of_the_output():
    lstm = LSTM(5, 4, 2, dtype=torch.float64)
    rows, offsets = randn(sum(LENGTHS), 5), offsets_of(LENGTHS)
    ragged = lstm(rows, offsets=offsets, return_gates=True)[2]
    packed = lstm(packed_of(rows), return_gates=True)[2]
    assert all(isinstance(part, PackedSequence) for one in packed for part in one)
    for one, other in zip(ragged, packed, strict=True):
        torch.testing.assert_close(packed_of(one.forget).data, other.forget.data)
    x = randn(7, 3, 5)
    grid = lstm(x, return_gates=True)[2]
    assert isinstance(grid[0], Gates)
    assert all(part.shape == (7, 3, 4) for one in grid for part in one)
    assert all(part.shape == (7, 4) for one in lstm(x[:, 0], return_gates=True)[2] for part in one)
    torch.testing.assert_close(lstm(x[:, 1], return_gates=True)[2][1].cell, grid[1].cell[:, 1])


@pytest.fixture
def packings(monkeypatch):
    """Counts how often weights are packed."""
    seen: list[int] = []
    pack = packed_room.pack_lstm

    def count(*arguments, **options):
        seen.append(1)
        return pack(*arguments, **options)

    monkeypatch.setattr(packed_room, "pack_lstm", count)
    return seen


CHANGES = {
    "in place": lambda weight: weight.mul_(2),
    "through data": lambda weight: weight.data.mul_(2),
    "through NumPy": lambda weight: weight.numpy().__imul__(2),
    "rows exchanged": lambda weight: weight.data.copy_(weight.data.flip(0)),
    "another tensor": lambda weight: setattr(weight, "data", weight.data * 2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@torch.no_grad()
def test_weights_are_packed_once_and_again_when_they_change(packings, change):
    lstm, x = LSTM(3, 4, 2, bidirectional=True), torch.randn(5, 3)
    before = lstm(x)[0]
    for _ in range(3):
        assert torch.equal(lstm(x)[0], before)
    assert len(packings) == 4
    change(lstm.weight_hh_l1.detach())
    if change is CHANGES["another tensor"]:
        change(lstm.weight_hh_l1)
    twin = nn.LSTM(3, 4, 2, bidirectional=True)
    twin.load_state_dict(lstm.state_dict())
    torch.testing.assert_close(lstm(x)[0], twin(x)[0], rtol=1e-5, atol=1e-6)
    assert len(packings) == 5


def test_weights_may_come_from_elsewhere():
    x = torch.randn(5, 3)
    ours, theirs = twins(3, 4, dtype=torch.float32)
    with torch.no_grad():
        for seed in range(4):  # tensors that are freed, so that the next ones may lie at the same address
            torch.manual_seed(seed)
            given = {name: torch.randn_like(p) for name, p in theirs.named_parameters()}
            own, other = (torch.func.functional_call(net, given, (x,))[0] for net in (ours, theirs))
            torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)
    for net in (ours, theirs):
        parametrizations.weight_norm(net, "weight_hh_l0")
    torch.testing.assert_close(ours(x)[0], theirs(x)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("way", ["pickle", "deepcopy", "save"])
def test_a_copy_is_equal_and_apart(way):
    lstm, x = LSTM(3, 4, 2, weight_dropout=0.5, noise=torch.Generator().manual_seed(5)), torch.randn(5, 3)
    expected = lstm.eval()(x)[0].detach()
    with torch.no_grad():
        lstm(x)
    if way == "save":
        stream = io.BytesIO()
        torch.save(lstm, stream)
        stream.seek(0)
        twin = torch.load(stream, weights_only=False)
    else:
        twin = copy.deepcopy(lstm) if way == "deepcopy" else pickle.loads(pickle.dumps(lstm))
    with torch.no_grad():
        lstm.weight_hh_l0.zero_()
        assert torch.equal(twin(x)[0], expected)
    assert twin.noise.initial_seed() == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_size": 0}, "input_size=0"),
        ({"hidden_size": 2.5}, r"hidden_size=2\.5"),
        ({"num_layers": True}, "num_layers=True"),
        ({"bias": 1}, "bias=1 is not True or False"),
        ({"dropout": 1.5}, r"dropout=1\.5 is not a number in \[0, 1\]"),
        ({"locked_dropout": 1.0}, r"locked_dropout=1\.0 is not a number in \[0, 1\)"),
        ({"weight_dropout": True}, "weight_dropout=True"),
        ({"proj_size": 2}, "proj_size=2"),
        ({"precision": "fp16"}, "precision='fp16' is not one of fp32, bf16"),
    ],
)
def test_impossible_arguments_are_named(options, message):
    with pytest.raises(ParameterError, match=message):
        LSTM(**{"input_size": 3, "hidden_size": 4, **options})


def test_dropout_with_nothing_between_layers_is_told():
    with pytest.warns(UserWarning, match="dropout=0.5 acts between layers, and there is one"):
        LSTM(3, 4, dropout=0.5)


ROWS, GRID, OFFSETS = torch.zeros(6, 3), torch.zeros(5, 2, 3), torch.tensor([0, 4, 6])
STATE = torch.zeros(1, 2, 4)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[0.0]],), {}, "input is a list, wanted a tensor of floats"),
        ((torch.zeros(5, 3, dtype=torch.long),), {}, "a tensor of torch.int64"),
        ((torch.zeros(3),), {}, r"input is \[3\], wanted 2 or 3 dimensions"),
        ((torch.zeros(5, 4),), {}, r"input is \[5, 4\].*input_size=3"),
        ((ROWS.double(),), {}, r"input is torch\.float64, the weights are torch\.float32"),
        ((GRID, STATE), {}, "hx is not a pair"),
        ((GRID, (STATE, None)), {}, r"hx\[1\] is a NoneType"),
        ((GRID, (STATE[:, :1], STATE)), {}, r"hx\[0\] is \[1, 1, 4\], wanted \[1, 2, 4\]"),
        ((GRID, (STATE, STATE[0])), {}, r"hx\[1\] is \[2, 4\], wanted \[1, 2, 4\]"),
        ((ROWS, (STATE, STATE)), {}, r"hx\[0\] is \[1, 2, 4\], wanted \[1, 4\]"),
        ((GRID, (STATE, STATE.double())), {}, r"hx\[1\] is torch\.float64, the input is torch\.float32"),
        ((GRID,), {"offsets": OFFSETS}, r"with offsets the input is ragged rows \[N, I\], not \[5, 2, 3\]"),
        ((ROWS,), {"offsets": [0, 6]}, "offsets is a list"),
        ((ROWS,), {"offsets": OFFSETS.int()}, "int64"),
        ((ROWS,), {"offsets": torch.tensor([0, 7])}, "offsets end at 7, wanted the number of rows, 6"),
        ((ROWS,), {"offsets": torch.tensor([0, 5, 4, 6])}, "never fall"),
        ((ROWS.to("meta"),), {}, "input is on meta, the weights are on cpu"),
        ((packed_of(ROWS, [4, 2]),), {"offsets": OFFSETS}, "a PackedSequence knows its lengths"),
    ],
)
def test_wrong_input_is_named(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        LSTM(3, 4)(*arguments, **options)
