"""The single-step cells give what torch's modules give, and QRNN and leaky cells what their equations say."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.studies.torch_cells import CELLS, Weights, leaky, project, walk

T, M, B, INPUTS, H = 7, 2, 3, 4, 5
# Sums of a few dozen float64 numbers below 10, in another order than torch's.
TOLERANCE = {"rtol": 0, "atol": 1e-13}
IN_TORCH = {"rnn_tanh": nn.RNN, "rnn_relu": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64)


def module(name: str) -> nn.Module:
    options = {"nonlinearity": name.removeprefix("rnn_")} if name.startswith("rnn") else {}
    return IN_TORCH[name](INPUTS, H, dtype=torch.float64, **options)


def weights_of(modules: list[nn.Module]) -> Weights:
    """Both biases in one, but for the candidate of a GRU, whose second one stands inside a product."""
    bias = torch.stack([one.bias_ih_l0 + one.bias_hh_l0 for one in modules])[:, None]
    candidate = None
    if isinstance(modules[0], nn.GRU):
        candidate = torch.stack([one.bias_hh_l0[2 * H :] for one in modules])[:, None]
        bias = torch.cat([bias[..., : 2 * H], bias[..., 2 * H :] - candidate], -1)
    return Weights(
        torch.stack([one.weight_ih_l0.T for one in modules]),
        torch.stack([one.weight_hh_l0.T for one in modules]),
        bias,
        candidate,
    )


@pytest.mark.parametrize("name", IN_TORCH)
def test_models_side_by_side_equal_torchs_modules_in_states_and_gradients(name):
    torch.manual_seed(0)
    modules, x = [module(name) for _ in range(M)], drawn(T, M, B, INPUTS)
    weights = weights_of(modules)
    states = walk(CELLS[name], project(CELLS[name], x, weights), weights)
    for place, one in enumerate(modules):
        output, last = one(x[:, place])
        torch.testing.assert_close(torch.stack([state[0][place] for state in states]), output, **TOLERANCE)
        if name == "lstm":
            torch.testing.assert_close(states[-1][1][place], last[1][0], **TOLERANCE)
        wanted = torch.autograd.grad(output.square().sum(), one.weight_hh_l0)[0]
        loss = sum(state[0][place].square().sum() for state in states)
        (found,) = torch.autograd.grad(loss, one.weight_hh_l0, retain_graph=True)
        # Gradients are sums over seven steps of numbers below 100.
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-11)


def test_the_sigmoid_rnn_follows_its_equation():
    torch.manual_seed(1)
    x, weights = drawn(T, 1, B, INPUTS), Weights(drawn(1, INPUTS, H), drawn(1, H, H), drawn(1, 1, H))
    states = walk(CELLS["rnn_sigmoid"], project(CELLS["rnn_sigmoid"], x, weights), weights)
    h = torch.zeros(B, H, dtype=torch.float64)
    for t in range(T):
        h = 1 / (1 + torch.exp(-(x[t, 0] @ weights.input[0] + h @ weights.recurrent[0] + weights.bias[0])))
        torch.testing.assert_close(states[t][0][0], h, **TOLERANCE)


def test_the_qrnn_follows_its_paper_with_zeros_before_the_first_step():
    torch.manual_seed(2)
    cell, x = CELLS["qrnn"], drawn(T, 1, B, INPUTS)
    weights = Weights(drawn(1, 2 * INPUTS, 3 * H), None, drawn(1, 1, 3 * H))
    states = walk(cell, project(cell, x, weights), weights)
    c, before = torch.zeros(B, H, dtype=torch.float64), torch.zeros(B, INPUTS, dtype=torch.float64)
    for t in range(T):
        now = x[t, 0]
        z, f, o = (before @ weights.input[0, :INPUTS] + now @ weights.input[0, INPUTS:] + weights.bias[0]).split(H, 1)
        c = f.sigmoid() * c + (1 - f.sigmoid()) * z.tanh()
        torch.testing.assert_close(states[t][1][0], c, **TOLERANCE)
        torch.testing.assert_close(states[t][0][0], o.sigmoid() * c, **TOLERANCE)
        before = now


def test_a_leak_of_one_is_the_tanh_rnn_and_a_smaller_one_keeps_the_rest():
    torch.manual_seed(3)
    x, weights = drawn(T, M, B, INPUTS), Weights(drawn(M, INPUTS, H), drawn(M, H, H), drawn(M, 1, H))
    projected = project(CELLS["rnn_tanh"], x, weights)
    plain = walk(CELLS["rnn_tanh"], projected, weights)
    assert all(torch.equal(a[0], b[0]) for a, b in zip(plain, walk(leaky(1.0), projected, weights), strict=True))
    slow = walk(leaky(0.25), projected, weights)
    new = torch.tanh(projected[4] + slow[3][0] @ weights.recurrent)
    torch.testing.assert_close(slow[4][0], 0.75 * slow[3][0] + 0.25 * new, **TOLERANCE)


@pytest.mark.parametrize("leak", [0.0, -0.5, 1.5])
def test_an_impossible_leak_is_refused(leak):
    with pytest.raises(ParameterError, match=f"leak={leak}"):
        leaky(leak)
