"""The quasi-recurrent network: against its twin, gradients against differences, and what its options promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn.linear_scan import linear_scan
from gatewise.nn.qrnn import QRNN
from gatewise.nn.qrnn_function import pool_by_torch, read_layer, windows
from gatewise.ops import linear_scan as twin
from gatewise.ops import qrnn as ops

LENGTHS = [3, 0, 6, 1, 4, 0]
POOLINGS = ["f", "fo", "ifo"]
# float64 sums in another order: a few units in the last place of values of order one.
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
# float32: the same, with vectors of the processor's own choice.
SINGLE = {"rtol": 0, "atol": 1e-6}


def offsets_of(lengths: list[int]) -> torch.Tensor:
    return torch.tensor([0, *lengths]).cumsum(0)


def rows_of(lengths: list[int], width: int, dtype: torch.dtype = torch.double) -> torch.Tensor:
    return torch.randn(sum(lengths), width, dtype=dtype, generator=torch.Generator().manual_seed(7))


def network_of(dtype: torch.dtype = torch.double, **options: object) -> QRNN:
    network = QRNN(5, 4, **options).to(dtype)
    generator = torch.Generator().manual_seed(3)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    return network


def by_twin(network: QRNN, x: torch.Tensor, offsets: torch.Tensor) -> np.ndarray:
    """The whole network with `gatewise.ops.qrnn`."""
    read, hidden = x.numpy(), None
    for layer in range(network.layers):
        if hidden is not None:
            read = np.concatenate([read, hidden], 1) if network.dense else hidden
        parts = [
            ops.qrnn(
                read,
                offsets.numpy(),
                getattr(network, f"weight_l{layer}{suffix}").detach().numpy(),
                getattr(network, f"bias_l{layer}{suffix}").detach().numpy(),
                window=network.window,
                pooling=network.pooling,
                reverse=bool(suffix),
            )
            for suffix in network.suffixes
        ]
        hidden = np.concatenate(parts, 1)
    return hidden


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize(("layers", "bidirectional", "dense"), [(1, False, False), (3, True, False), (3, True, True)])
def test_hidden_states_are_the_twins(pooling, window, layers, bidirectional, dense):
    options = {"layers": layers, "bidirectional": bidirectional, "dense": dense}
    network = network_of(pooling=pooling, window=window, **options)
    x, offsets = rows_of(LENGTHS, 5), offsets_of(LENGTHS)
    hidden, _ = network(x, offsets)
    np.testing.assert_allclose(hidden.detach().numpy(), by_twin(network, x, offsets), **CLOSE)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("window", [1, 3])
@pytest.mark.parametrize("zones", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_gradients_of_a_layer_are_those_of_small_differences(pooling, window, zones, reverse):
    generator = torch.Generator().manual_seed(5)
    blocks, offsets = 1 + len(pooling), offsets_of(LENGTHS)
    zoned = (torch.rand(sum(LENGTHS), 2, generator=generator) < 0.3).to(torch.uint8) if zones else None

    def read(x, weight, bias):
        return read_layer(x, weight, bias, offsets, window=window, pooling=pooling, reverse=reverse, zoned=zoned)

    shapes = [(sum(LENGTHS), 3), (blocks * 2, window * 3), (blocks * 2,)]
    given = [torch.randn(shape, dtype=torch.double, generator=generator).requires_grad_() for shape in shapes]
    assert torch.autograd.gradcheck(read, given, eps=1e-6, atol=1e-6, rtol=1e-6)


def test_gradients_of_a_whole_network_are_those_of_small_differences():
    network, offsets = network_of(layers=2, bidirectional=True, dense=True), offsets_of(LENGTHS)
    names = [name for name, _ in network.named_parameters()]

    def read(x, *parameters):
        return torch.func.functional_call(network, dict(zip(names, parameters, strict=True)), (x, offsets))

    given = [rows_of(LENGTHS, 5), *(parameter.detach().clone() for parameter in network.parameters())]
    assert torch.autograd.gradcheck(read, [one.requires_grad_() for one in given], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("window", [1, 2])
def test_gradients_in_floats_are_those_in_doubles(pooling, window):
    found = []
    for dtype in (torch.float, torch.double):
        network = network_of(pooling=pooling, window=window, layers=2, bidirectional=True).to(dtype)
        x, offsets = rows_of(LENGTHS, 5).to(dtype).requires_grad_(), offsets_of(LENGTHS)
        hidden, final = network(x, offsets)
        # Sums give a gradient that is one number, repeated without memory of its own.
        found.append(torch.autograd.grad(hidden.sum() + final.square().sum(), [x, *network.parameters()]))
    for single, double in zip(*found, strict=True):
        # Sums of up to 14 rows of numbers of order one, each with the error of a float.
        torch.testing.assert_close(single.double(), double, rtol=1e-5, atol=1e-5)


def test_a_frozen_layer_hands_gradients_on():
    network, x, offsets = network_of().requires_grad_(False), rows_of(LENGTHS, 5), offsets_of(LENGTHS)
    network(x.requires_grad_(), offsets)[0].sum().backward()
    assert x.grad.abs().sum() > 0
    assert network.weight_l0.grad is None


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("zones", [False, True])
def test_other_devices_compute_the_same(pooling, reverse, zones):
    # What runs where there is neither the native core nor NumPy, here on the CPU.
    offsets, width = offsets_of(LENGTHS), 3 * (1 + len(pooling))
    generator = torch.Generator().manual_seed(5)
    sums = torch.randn(sum(LENGTHS), width, dtype=torch.double, generator=generator).requires_grad_()
    zoned = (torch.rand(sum(LENGTHS), 3, generator=generator) < 0.3).to(torch.uint8) if zones else None
    weight, bias = torch.eye(width, dtype=torch.double), torch.zeros(width, dtype=torch.double)
    given = torch.randn(sum(LENGTHS), 3, dtype=torch.double, generator=generator)
    ours = read_layer(sums, weight, bias, offsets, window=1, pooling=pooling, reverse=reverse, zoned=zoned)
    theirs = pool_by_torch(sums, offsets, pooling, reverse, zoned)
    torch.testing.assert_close(theirs, ours, **CLOSE)
    wanted = torch.autograd.grad((ours * given).sum(), sums)
    torch.testing.assert_close(torch.autograd.grad((theirs * given).sum(), sums), wanted, **CLOSE)


@pytest.mark.parametrize("lengths", [[], [0], [1], [1, 1], [17, 0, 16, 5], [33]])
@pytest.mark.parametrize("reverse", [False, True])
def test_doubling_is_the_scan(lengths, reverse):
    offsets, u = offsets_of(lengths), rows_of(lengths, 2)
    f = torch.sigmoid(u.roll(1, 1))
    wanted = twin.linear_scan(f.numpy(), u.numpy(), offsets.numpy(), reverse=reverse)
    np.testing.assert_allclose(linear_scan(f, u, offsets, reverse=reverse).numpy(), wanted, **CLOSE)


@pytest.mark.parametrize("window", [1, 2, 5])
@pytest.mark.parametrize("reverse", [False, True])
def test_windows_are_the_twins(window, reverse):
    x, offsets = rows_of(LENGTHS, 3), offsets_of(LENGTHS)
    wanted = ops.windows(x.numpy(), offsets.numpy(), window, reverse=reverse)
    np.testing.assert_array_equal(windows(x, offsets, window, reverse=reverse).numpy(), wanted)


def test_a_window_is_a_masked_convolution():
    x, offsets = rows_of([9], 5), offsets_of([9])
    network = network_of(window=3, pooling="f")
    kernel = network.weight_l0.detach().view(8, 3, 5).transpose(1, 2)  # Conv1d's [out, in, place], oldest first
    padded = torch.nn.functional.pad(x.T[None], (2, 0))
    sums = torch.nn.functional.conv1d(padded, kernel, network.bias_l0.detach())[0].T
    wanted = pool_by_torch(sums, offsets, "f", False, None)
    torch.testing.assert_close(network(x, offsets)[0].detach(), wanted, **CLOSE)


@pytest.mark.parametrize("dtype", [torch.float, torch.double])
def test_a_sequence_alone_is_the_sequence_in_company(dtype):
    options = {"layers": 2, "bidirectional": True, "window": 3, "dense": True}
    network, x, offsets = network_of(dtype, **options), rows_of(LENGTHS, 5, dtype), offsets_of(LENGTHS)
    together, ends = network(x, offsets)
    for b, (begin, end) in enumerate(itertools.pairwise(offsets.tolist())):
        alone, end_alone = network(x[begin:end], torch.tensor([0, end - begin]))
        close = SINGLE if dtype == torch.float else CLOSE
        torch.testing.assert_close(alone, together[begin:end], **close)
        torch.testing.assert_close(end_alone[0], ends[b], **close)


def test_final_states_are_each_directions_own():
    network, x, offsets = network_of(bidirectional=True), rows_of([3, 0, 2], 5), offsets_of([3, 0, 2])
    hidden, final = network(x, offsets)
    torch.testing.assert_close(final[0], torch.cat([hidden[2, :4], hidden[0, 4:]]))
    assert not final[1].any()


def test_dense_layers_read_all_that_is_below():
    network = QRNN(5, 4, layers=3, bidirectional=True, window=2, dense=True)
    assert [network.get_parameter(f"weight_l{k}").shape[1] for k in range(3)] == [2 * 5, 2 * 13, 2 * 21]


def test_zoneout_keeps_a_units_cell():
    network = network_of(window=1, pooling="f", zoneout=0.5, noise=torch.Generator().manual_seed(1))
    x, offsets = rows_of([400], 5), offsets_of([400])
    hidden = network.train()(x, offsets)[0]
    is_kept = (hidden[1:] == hidden[:-1]).double().mean()
    # 1,596 draws of a half: six standard deviations are 0.075.
    assert abs(is_kept - 0.5) < 0.075
    assert not (network.eval()(x, offsets)[0][1:] == hidden[:-1]).any()


def test_noise_comes_from_the_generator_alone():
    x, offsets = rows_of(LENGTHS, 5), offsets_of(LENGTHS)
    noise = torch.Generator()
    network = network_of(layers=2, zoneout=0.3, hidden_dropout=0.2, noise=noise).train()
    results = []
    for seed in (1, 1, 2):
        noise.manual_seed(seed)
        torch.rand(7)
        results.append(network(x, offsets)[0])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_weights_are_drawn_from_the_generator():
    one, other = QRNN(5, 4, bidirectional=True), QRNN(5, 4, bidirectional=True)
    for network in (one, other):
        network.reset_parameters(torch.Generator().manual_seed(9))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert one.bias_l0.view(3, 4).tolist() == [[0] * 4, [1] * 4, [0] * 4]
    assert one.weight_l0.abs().max() <= (6 / (4 + 10)) ** 0.5


def test_no_rows_give_no_states():
    for lengths in ([], [0, 0]):
        hidden, final = network_of(layers=2)(rows_of(lengths, 5), offsets_of(lengths))
        assert hidden.shape == (0, 4)
        assert final.shape == (len(lengths), 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": 0}, "window=0 is not"),
        ({"pooling": "of"}, "pooling='of' is not one of f, fo, ifo"),
        ({"zoneout": 1.0}, "zoneout=1.0 is not"),
    ],
)
def test_impossible_options_are_named(options, message):
    with pytest.raises(ParameterError, match=message):
        QRNN(3, 2, **options)
