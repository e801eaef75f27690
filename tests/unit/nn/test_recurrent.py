"""The ragged modules against torch.nn run on each sequence alone: outputs, final states, every gradient."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.nn import GRU, RNN
from gatewise.nn.buckets import make_buckets
from gatewise.nn.encoder import EncoderOptions, encode, initialise_encoder, make_encoder

TWINS = [(GRU, torch.nn.GRU), (RNN, torch.nn.RNN)]
KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
# float64 sums in another order: a few units in the last place of values of order one.
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def offsets_of(lengths: list[int]) -> torch.Tensor:
    return torch.tensor([0, *lengths]).cumsum(0)


def one_by_one(twin: torch.nn.RNNBase, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    parts = [x[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True) if b > a]
    return torch.cat([twin(part)[0] for part in parts])


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [1, 2])
def test_outputs_and_gradients_equal_torch_on_each_sequence_alone(ours, theirs, bidirectional, layers):
    torch.manual_seed(1)
    network = ours(5, 4, layers=layers, bidirectional=bidirectional).double()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    twin = theirs(5, 4, layers, bidirectional=bidirectional).double()
    twin.load_state_dict(network.state_dict())
    lengths = [3, 0, 11, 1, 4, 11, 2]
    offsets, x = offsets_of(lengths), torch.randn(sum(lengths), 5, dtype=torch.double)
    ours_x, theirs_x = x.clone().requires_grad_(), x.clone().requires_grad_()
    weight = torch.randn(sum(lengths), 4 * (1 + bidirectional), dtype=torch.double)

    hidden, _ = network(ours_x, offsets)
    expected = one_by_one(twin, theirs_x, offsets)
    (hidden * weight).sum().backward()
    (expected * weight).sum().backward()

    torch.testing.assert_close(hidden, expected, **CLOSE)
    torch.testing.assert_close(ours_x.grad, theirs_x.grad, **CLOSE)
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, getattr(twin, name).grad, **CLOSE)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("layers", [1, 2])
def test_final_state_is_each_direction_at_its_own_end(name, layers):
    torch.manual_seed(2)
    network = make_encoder(name, 3, 4, EncoderOptions(layers=layers, bidirectional=True)).double()
    twin = KINDS[name](3, 4, layers, bidirectional=True).double()
    twin.load_state_dict(network.state_dict())
    lengths = [2, 0, 7]
    offsets, x = offsets_of(lengths), torch.randn(9, 3, dtype=torch.double)
    hidden, final = encode(network, x, offsets)
    torch.testing.assert_close(hidden, one_by_one(twin, x, offsets), **CLOSE)
    for row, (begin, end) in enumerate([(0, 2), (2, 2), (2, 9)]):
        if begin == end:
            assert not final[row].any()
            continue
        state = twin(x[begin:end])[1]
        state = state[0] if isinstance(state, tuple) else state
        torch.testing.assert_close(final[row], torch.cat([state[-2], state[-1]]), **CLOSE)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=12), st.booleans())
def test_buckets_hold_every_row_once_with_little_padding(lengths, reverse):
    offsets = offsets_of(lengths)
    plan = make_buckets(offsets, reverse=reverse)
    targets = torch.cat([b.targets for b in plan.buckets]) if plan.buckets else torch.zeros(0, dtype=torch.long)
    assert sorted(targets.tolist()) == list(range(sum(lengths)))
    assert torch.equal(targets[plan.back], torch.arange(sum(lengths)))
    for bucket in plan.buckets:
        assert len(bucket.targets) >= 0.9 * bucket.rows.numel()


@pytest.mark.parametrize("name", KINDS)
def test_neighbours_do_not_change_an_answer(name):
    torch.manual_seed(3)
    network = make_encoder(name, 3, 8, EncoderOptions(bidirectional=True)).double()
    x = torch.randn(40, 3, dtype=torch.double)
    alone, _ = encode(network, x[5:17], torch.tensor([0, 12]))
    together, _ = encode(network, x, torch.tensor([0, 5, 17, 40]))
    torch.testing.assert_close(together[5:17], alone, **CLOSE)


@pytest.mark.parametrize("name", KINDS)
def test_our_models_begin_with_orthogonal_recurrence_and_an_lstm_with_open_forget_gates(name):
    network = make_encoder(name, 6, 5)
    initialise_encoder(network, torch.Generator().manual_seed(0))
    expected = torch.zeros_like(network.bias_ih_l0)
    if name == "lstm":
        expected[5:10] = 1
    assert torch.equal(network.bias_ih_l0, expected)
    assert not network.bias_hh_l0.any()
    product = network.weight_hh_l0.T @ network.weight_hh_l0
    torch.testing.assert_close(product, torch.eye(5), rtol=0, atol=1e-5)
    bound = (6 / sum(network.weight_ih_l0.shape)) ** 0.5
    assert 0.8 * bound < network.weight_ih_l0.abs().max() <= bound


def test_bfloat16_products_are_for_an_lstm():
    with pytest.raises(ParameterError, match="precision='bf16' is there for network='lstm', not for 'gru'"):
        make_encoder("gru", 3, 4, EncoderOptions(precision="bf16"))
