"""How the LSTM behaves under autograd: finite differences, twice, in place, in part, in half precision."""

from __future__ import annotations

import copy

import pytest
import torch
from lstm_twins import LENGTHS, leaves, offsets_of, randn
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn import LSTM
from gatewise.nn.lstm_function import inputs_only
from gatewise.ops import native


@pytest.mark.parametrize("recurrent_bias", [False, True])
def test_gradients_equal_central_differences(recurrent_bias):
    torch.manual_seed(4)
    lstm = LSTM(2, 3, 2, bidirectional=True, recurrent_bias=recurrent_bias, dtype=torch.float64)
    x, h, c = randn(7, 2), randn(4, 3, 3), randn(4, 3, 3)
    offsets, names = torch.tensor([0, 3, 3, 7]), [name for name, _ in lstm.named_parameters()]

    def read(x, h, c, *weights):
        given = dict(zip(names, weights, strict=True))
        return tuple(leaves(torch.func.functional_call(lstm, given, (x, (h, c)), {"offsets": offsets})))

    assert torch.autograd.gradcheck(read, (x, h, c, *lstm.parameters()), eps=1e-6, atol=1e-7)


def test_the_way_back_can_be_gone_twice():
    lstm, x = LSTM(3, 4, bidirectional=True), torch.randn(9, 3)
    loss = lstm(x, offsets=torch.tensor([0, 4, 9]))[0].square().sum()
    inputs = list(lstm.parameters())
    first = torch.autograd.grad(loss, inputs, retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, torch.autograd.grad(loss, inputs), strict=True))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_gradients_of_the_input_alone_are_the_same_and_none_of_a_weight_is_made(bidirectional):
    lstm, x = LSTM(3, 4, bidirectional=bidirectional), torch.randn(9, 3, requires_grad=True)
    loss = lstm(x, offsets=torch.tensor([0, 4, 9]))[0].square().sum()
    wanted = [x, *lstm.parameters()]
    with inputs_only():
        alone, *none = torch.autograd.grad(loss, wanted, retain_graph=True, allow_unused=True)
    assert none == [None] * len(none)
    every = torch.autograd.grad(loss, wanted)
    assert torch.equal(alone, every[0])
    assert all(gradient.abs().sum() > 0 for gradient in every)


def test_a_second_derivative_is_refused():
    lstm, x = LSTM(3, 4), torch.randn(9, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(lstm(x)[0].square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_gradients_of_the_two_biases_are_alike_and_apart():
    lstm = LSTM(3, 4)
    lstm(torch.randn(9, 3))[0].sum().backward()
    one, other = lstm.bias_ih_l0.grad, lstm.bias_hh_l0.grad
    assert torch.equal(one, other)
    # Clipping scales gradients in place: shared memory would be scaled twice.
    assert one.data_ptr() != other.data_ptr()


def test_gradients_add_up_and_survive_a_zeroing():
    lstm, x = LSTM(3, 4), torch.randn(9, 3)
    lstm(x)[0].sum().backward()
    once = lstm.weight_hh_l0.grad.clone()
    lstm(x)[0].sum().backward()
    torch.testing.assert_close(lstm.weight_hh_l0.grad, 2 * once)


@pytest.mark.parametrize("what", ["weight", "input", "output"])
def test_a_change_in_place_before_the_way_back_is_noticed(what):
    lstm, x = LSTM(3, 4), torch.randn(9, 3)
    hidden = lstm(x)[0]
    with torch.no_grad():
        {"weight": lstm.weight_ih_l0, "input": x, "output": hidden}[what].mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        hidden.sum().backward()


def test_final_states_may_be_changed_in_place():
    lstm = LSTM(3, 4)
    hidden, (h_n, c_n) = lstm(torch.randn(9, 3))
    total = hidden.sum() + h_n.mul_(2).sum() + c_n.mul_(3).sum()
    total.backward()


def test_offsets_may_be_changed_before_the_way_back():
    lstm, x, offsets = LSTM(3, 4), torch.randn(9, 3), torch.tensor([0, 4, 9])
    expected = torch.autograd.grad(lstm(x, offsets=offsets)[0].sum(), lstm.weight_hh_l0)
    loss = lstm(x, offsets=offsets)[0].sum()
    offsets[1] = 7
    assert torch.equal(torch.autograd.grad(loss, lstm.weight_hh_l0)[0], expected[0])


def test_truncated_backpropagation_carries_detached_states():
    torch.manual_seed(0)
    lstm, x = LSTM(3, 4, 2), torch.randn(12, 5, 3)
    whole = lstm(x)[0]
    states, parts = None, []
    for chunk in x.split(4):
        hidden, states = lstm(chunk, states)
        hidden.sum().backward()
        states = tuple(state.detach() for state in states)
        parts.append(hidden)
    assert torch.equal(torch.cat(parts), whole)


def test_results_do_not_vary_from_call_to_call():
    torch.manual_seed(0)
    lstm = LSTM(16, 24, 2, bidirectional=True)
    x, offsets = torch.randn(300, 16), offsets_of([100, 0, 37, 163])
    runs = []
    for _ in range(3):
        hidden = lstm(x, offsets=offsets)[0]
        runs.append([hidden, *torch.autograd.grad(hidden.square().sum(), list(lstm.parameters()))])
    assert all(torch.equal(a, b) for run in runs[1:] for a, b in zip(runs[0], run, strict=True))


@pytest.mark.skipif(not native.is_available(), reason="BLAS, by which the twin computes, sums as it likes")
def test_threads_and_company_do_not_change_a_bit():
    torch.manual_seed(0)
    lstm = LSTM(16, 24)
    x, offsets = torch.randn(400, 16), offsets_of([100, 0, 137, 163])
    before, runs = native.threads(), []
    try:
        for count in (1, 2, 3, 5):
            native.use_threads(count)
            hidden = lstm(x, offsets=offsets)[0]
            runs.append([hidden, *torch.autograd.grad(hidden.square().sum(), list(lstm.parameters()))])
    finally:
        native.use_threads(before)
    assert all(torch.equal(a, b) for run in runs[1:] for a, b in zip(runs[0], run, strict=True))
    assert torch.equal(lstm(x[100:237])[0], runs[0][0][100:237])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_autocast_computes_in_float32(dtype):
    lstm = LSTM(3, 4, dtype=dtype)
    x = torch.randn(6, 2, 3).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        hidden, (h_n, _) = lstm(x, (torch.zeros(1, 2, 4, dtype=torch.bfloat16),) * 2)
    assert hidden.dtype == h_n.dtype == torch.float32
    assert torch.equal(hidden, copy.deepcopy(lstm).float()(x.float())[0])
    hidden.sum().backward()
    assert lstm.weight_ih_l0.grad.dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_refused_with_what_to_do(dtype):
    with pytest.raises(ParameterError, match=r"float32 or torch\.float64[\s\S]*precision='bf16'"):
        LSTM(3, 4, dtype=dtype)(torch.zeros(5, 3, dtype=dtype))


@pytest.mark.skipif(not native.has_bf16(), reason="no kernels for bfloat16 here")
def test_bfloat16_products_are_near_and_not_the_same():
    torch.manual_seed(0)
    exact = LSTM(32, 40, 2, bidirectional=True)
    rough = LSTM(32, 40, 2, bidirectional=True, precision="bf16")
    rough.load_state_dict(exact.state_dict())
    x, offsets = torch.randn(sum(LENGTHS), 32), offsets_of(LENGTHS)
    one, other = (net(x, offsets=offsets)[0] for net in (exact, rough))
    # A factor is rounded to 8 bits, by 2^-9; the states are below 1.
    assert 0 < (one - other).abs().max() < 2**-6
    other.sum().backward()
    with torch.no_grad():
        assert torch.equal(rough(x, offsets=offsets)[0], other)


def test_bfloat16_products_without_kernels_are_refused(monkeypatch):
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    with pytest.raises(ParameterError, match="bf16"):
        LSTM(3, 4, precision="bf16")(torch.zeros(5, 3))


def test_a_module_in_a_larger_network_learns():
    torch.manual_seed(0)
    lstm, head = LSTM(2, 8), nn.Linear(8, 1)
    optimizer = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.05)
    x = torch.randn(20, 16, 2)
    target = x[..., 0].cumsum(0)[-1].sign()  # the sign of a sum over all steps
    for _ in range(60):
        loss = nn.functional.soft_margin_loss(head(lstm(x)[1][0][-1])[:, 0], target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2
