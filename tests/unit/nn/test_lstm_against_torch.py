"""The drop-in gives what torch.nn.LSTM gives, in every form of batch: outputs, final states, every gradient."""

from __future__ import annotations

import pytest
import torch
from lstm_twins import LENGTHS, assert_alike, gradients, leaves, offsets_of, packed_of, randn, twins
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from gatewise.nn import LSTM

DTYPES = [torch.float64, torch.float32]
SHAPES = [(1, False, True), (2, True, True), (3, False, False), (3, True, True)]


def states_of(layers: int, bidirectional: bool, batch: int, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    count = layers * (1 + bidirectional)
    return randn(count, batch, 4, dtype=dtype), randn(count, batch, 4, dtype=dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("layers", "bidirectional", "bias"), SHAPES)
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("with_hx", [False, True])
def test_padded(dtype, layers, bidirectional, bias, batch_first, with_hx):
    ours, theirs = twins(5, 4, layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional, dtype=dtype)
    x = randn(3, 7, 5, dtype=dtype)
    hx = states_of(layers, bidirectional, 3 if batch_first else 7, dtype) if with_hx else None
    own, other = ours(x, hx), theirs(x, hx)
    assert_alike(own, other, dtype)
    inputs = [x, *(hx or ())]
    assert_alike(
        gradients(own, [*inputs, *ours.parameters()]), gradients(other, [*inputs, *theirs.parameters()]), dtype
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("layers", "bidirectional", "bias"), SHAPES)
@pytest.mark.parametrize("enforce_sorted", [False, True])
@pytest.mark.parametrize("with_hx", [False, True])
def test_packed(dtype, layers, bidirectional, bias, enforce_sorted, with_hx):
    ours, theirs = twins(5, 4, layers, bias=bias, bidirectional=bidirectional, dtype=dtype)
    lengths = sorted(LENGTHS, reverse=True) if enforce_sorted else LENGTHS
    x = randn(sum(lengths), 5, dtype=dtype)
    hx = states_of(layers, bidirectional, len(lengths), dtype) if with_hx else None
    own, other = (net(packed_of(x, lengths, enforce_sorted=enforce_sorted), hx) for net in (ours, theirs))
    assert isinstance(own[0], PackedSequence)
    assert_alike(own, other, dtype)
    for index in (1, 2, 3):
        assert (own[0][index] is None) == (other[0][index] is None)
        assert own[0][index] is None or torch.equal(own[0][index], other[0][index])
    inputs = [x, *(hx or ())]
    assert_alike(
        gradients(own, [*inputs, *ours.parameters()]), gradients(other, [*inputs, *theirs.parameters()]), dtype
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("layers", "bidirectional", "bias"), SHAPES)
def test_ragged_is_packed_in_another_order(dtype, layers, bidirectional, bias):
    ours, theirs = twins(5, 4, layers, bias=bias, bidirectional=bidirectional, dtype=dtype)
    x, hx = randn(sum(LENGTHS), 5, dtype=dtype), states_of(layers, bidirectional, len(LENGTHS), dtype)
    hidden, states = ours(x, hx, offsets=offsets_of(LENGTHS))
    output, expected = theirs(packed_of(x), hx)
    grid, _ = pad_packed_sequence(output, batch_first=True)
    other = torch.cat([row[:length] for row, length in zip(grid, LENGTHS, strict=True)]), expected
    assert_alike((hidden, states), other, dtype)
    own_inputs, inputs = [x, *hx, *ours.parameters()], [x, *hx, *theirs.parameters()]
    assert_alike(gradients((hidden, states), own_inputs), gradients(other, inputs), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
def test_one_sequence_without_a_batch(dtype, bidirectional, batch_first):
    ours, theirs = twins(5, 4, 2, bidirectional=bidirectional, batch_first=batch_first, dtype=dtype)
    x = randn(6, 5, dtype=dtype)
    hx = (randn(2 * (1 + bidirectional), 4, dtype=dtype), randn(2 * (1 + bidirectional), 4, dtype=dtype))
    for given in (None, hx):
        assert_alike(ours(x, given), theirs(x, given), dtype)
    own, other = ours(x, hx), theirs(x, hx)
    assert_alike(gradients(own, [x, *hx]), gradients(other, [x, *hx]), dtype)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_gradient_through_one_output_alone(part):
    ours, theirs = twins(5, 4, 2, bidirectional=True)
    x = randn(6, 3, 5)
    own, other = (net(x) for net in (ours, theirs))
    own, other = ((out[0], *out[1])[part] for out in (own, other))
    assert_alike(gradients(own, [x]), gradients(other, [x]))


@pytest.mark.parametrize("name", ["weight_ih_l0", "weight_hh_l0_reverse", "bias_ih_l1", "bias_hh_l1_reverse"])
def test_gradient_of_one_parameter_alone(name):
    ours, theirs = twins(5, 4, 2, bidirectional=True)
    x = randn(6, 3, 5).detach()
    for net in (ours, theirs):
        for key, parameter in net.named_parameters():
            parameter.requires_grad_(key == name)
    own, other = (gradients(net(x), [getattr(net, name)]) for net in (ours, theirs))
    assert_alike(own, other)


@pytest.mark.parametrize("dtype", DTYPES)
def test_inputs_with_gaps_and_repeats(dtype):
    ours, theirs = twins(5, 4, dtype=dtype, batch_first=True)
    wide = randn(3, 7, 10, dtype=dtype).detach()
    for x in (wide[:, :, ::2], wide[:, :, 3:8], wide[:, ::2, :5], wide[:1, :1, :5].expand(3, 7, 5)):
        assert_alike(ours(x), theirs(x), dtype)
    x = randn(3, 7, 5, dtype=dtype)
    (own,), (other,) = (torch.autograd.grad(net(x)[0].sum(), [x]) for net in (ours, theirs))
    assert_alike(own, other, dtype)


def test_time_major_output_can_be_viewed():
    ours, _ = twins(5, 4)
    assert ours(torch.randn(7, 3, 5, dtype=torch.float64))[0].is_contiguous()


@pytest.mark.parametrize("dtype", DTYPES)
def test_inference_gives_the_bits_of_training(dtype):
    ours, _ = twins(5, 4, 2, bidirectional=True, dtype=dtype)
    x, offsets = randn(sum(LENGTHS), 5, dtype=dtype), offsets_of(LENGTHS)
    trained = leaves(ours(x, offsets=offsets))
    with torch.no_grad():
        for other in (ours(x, offsets=offsets), ours(x, offsets=offsets, return_gates=True)[:2]):
            assert all(torch.equal(a, b) for a, b in zip(trained, leaves(other), strict=True))
    with torch.inference_mode():
        assert torch.equal(ours(x, offsets=offsets)[0], trained[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("lengths", [[], [0], [0, 3, 0, 0, 2, 0]])
def test_empty_sequences_end_in_the_state_they_began_in(dtype, lengths):
    ours, _ = twins(5, 4, 2, bidirectional=True, dtype=dtype)
    x = randn(sum(lengths), 5, dtype=dtype)
    hx = states_of(2, True, len(lengths), dtype)
    hidden, states = ours(x, hx, offsets=offsets_of(lengths))
    assert hidden.shape == (sum(lengths), 8)
    for begun, ended in zip(hx, states, strict=True):
        for b, length in enumerate(lengths):
            assert length or torch.equal(begun[:, b], ended[:, b])
    found = gradients((hidden, states), [x, *hx, *ours.parameters()])
    assert all(bool(torch.isfinite(gradient).all()) for gradient in found)
    without, _ = ours(x, offsets=offsets_of(lengths))
    assert without.shape == hidden.shape


@pytest.mark.parametrize(("shape", "batch_first"), [((0, 3, 5), False), ((3, 0, 5), False), ((3, 0, 5), True)])
def test_no_steps_and_no_sequences(shape, batch_first):
    lstm = LSTM(5, 4, batch_first=batch_first)
    hidden, (h_n, _) = lstm(torch.zeros(shape))
    assert hidden.shape == (*shape[:2], 4)
    assert h_n.shape == (1, shape[0] if batch_first else shape[1], 4)
    assert not h_n.any()


def test_extreme_numbers_stay_finite():
    lstm = LSTM(5, 4, 2, bidirectional=True)
    for scale in (1e4, -1e4, 1e30):
        x = (torch.randn(9, 5) * scale).requires_grad_()
        hidden, _ = lstm(x)
        hidden.sum().backward()
        assert bool(torch.isfinite(hidden).all())
        assert bool(torch.isfinite(x.grad).all())
