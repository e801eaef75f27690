"""The torch Grid LSTM against its NumPy blocks taken one at a time, and its gradients against finite differences."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn import GridLSTM
from gatewise.nn.grid_walk import walk_time
from gatewise.ops.grid_lstm import Axis, pass_block
from gatewise.store.config import NetworkConfig

OFFSETS = torch.tensor([0, 3, 3, 8, 9])
# float64 sums in another order: a few units in the last place of values of order one.
CLOSE = {"rtol": 1e-10, "atol": 1e-12}
FORMS = list(itertools.product([1, 2], [False, True], [False, True], [1, 3]))
OPTIONS = [dict(zip(("dimensions", "tied", "bidirectional", "layers"), form, strict=True)) for form in FORMS]


def make_grid(**options) -> GridLSTM:
    torch.manual_seed(1)
    grid = GridLSTM(4, 3, **options).double()
    for parameter in grid.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return grid


def block_by_block(grid: GridLSTM, rows: np.ndarray, suffix: str) -> np.ndarray:
    """One sequence through one grid: the loop over words and layers that the equations say."""
    weights = {name: parameter.detach().numpy() for name, parameter in grid.named_parameters()}
    names = [f"_l{0 if grid.tied else layer}{suffix}" for layer in range(grid.layers)]
    axes = ("depth", "time")[: grid.dimensions]
    blocks = [tuple(Axis(weights[f"weight_{a}{name}"], weights[f"bias_{a}{name}"]) for a in axes) for name in names]
    zero = np.zeros((1, grid.hidden_size))
    times = [(zero, zero) if grid.dimensions == 2 else None for _ in blocks]
    tops = np.empty((len(rows), grid.hidden_size))
    for t in reversed(range(len(rows))) if suffix else range(len(rows)):
        h, m = np.split(rows[[t]] @ weights[f"weight_in{suffix}"].T + weights[f"bias_in{suffix}"], 2, axis=1)
        for layer, block in enumerate(blocks):
            (h, m), times[layer] = pass_block((h, m), times[layer], block)
        tops[t] = h[0]
    return tops


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_equals_the_blocks_one_by_one(options):
    grid, x = make_grid(**options), torch.randn(9, 4, dtype=torch.double)
    hidden, final = grid(x, OFFSETS)
    for row, (begin, end) in enumerate(itertools.pairwise(OFFSETS.tolist())):
        tops = [block_by_block(grid, x[begin:end].numpy(), suffix) for suffix in grid.suffixes]
        np.testing.assert_allclose(hidden[begin:end].detach(), np.concatenate(tops, axis=1), **CLOSE)
        ends = [top[0 if k else -1] if end > begin else np.zeros(3) for k, top in enumerate(tops)]
        np.testing.assert_allclose(final[row].detach(), np.concatenate(ends), **CLOSE)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_gradients_equal_finite_differences(options):
    grid = make_grid(**options)
    names = [name for name, _ in grid.named_parameters()]
    x = torch.randn(9, 4, dtype=torch.double, requires_grad=True)

    def run(x, *values):
        return torch.func.functional_call(grid, dict(zip(names, values, strict=True)), (x, OFFSETS))

    # fast_mode compares a random projection of the Jacobians, which keeps all forms within seconds.
    assert torch.autograd.gradcheck(run, (x, *grid.parameters()), atol=1e-6, rtol=1e-6, fast_mode=True)


@pytest.mark.parametrize("active", [[3, 2, 2, 1], [2, 2], [4], []])
def test_walk_backwards_equals_finite_differences(active):
    torch.manual_seed(2)
    rows = torch.randn(sum(active), 8, dtype=torch.double, requires_grad=True)
    weight = torch.randn(8, 2, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(lambda r, w: walk_time(r, w, active), (rows, weight), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("offsets", [[0], [0, 0, 0]])
@pytest.mark.parametrize("dimensions", [1, 2])
def test_nothing_to_read(offsets, dimensions):
    grid = make_grid(dimensions=dimensions, layers=2)
    hidden, final = grid(torch.zeros(0, 4, dtype=torch.double, requires_grad=True), torch.tensor(offsets))
    assert hidden.shape == (0, 3)
    assert final.shape == (len(offsets) - 1, 3)
    (hidden.sum() + final.sum()).backward()
    assert all(not parameter.grad.any() for parameter in grid.parameters() if parameter.grad is not None)


@pytest.mark.parametrize("dimensions", [1, 2])
def test_neighbours_do_not_change_an_answer(dimensions):
    grid, x = make_grid(dimensions=dimensions, layers=2, bidirectional=True), torch.randn(40, 4, dtype=torch.double)
    alone, _ = grid(x[5:17], torch.tensor([0, 12]))
    together, _ = grid(x, torch.tensor([0, 5, 17, 40]))
    torch.testing.assert_close(together[5:17], alone, **CLOSE)


def test_one_dimension_reads_each_row_by_itself():
    grid, x = make_grid(dimensions=1, layers=3), torch.randn(6, 4, dtype=torch.double)
    order = torch.tensor([4, 0, 3, 5, 1, 2])
    offsets = torch.tensor([0, 2, 6])
    torch.testing.assert_close(grid(x[order], offsets)[0], grid(x, offsets)[0][order], **CLOSE)


def test_tied_layers_are_those_of_an_untied_grid_with_equal_weights():
    tied, untied = make_grid(tied=True, layers=3), make_grid(layers=3)
    names = {name: name.replace("_l1", "_l0").replace("_l2", "_l0") for name in untied.state_dict()}
    untied.load_state_dict({name: tied.state_dict()[source] for name, source in names.items()})
    x = torch.randn(9, 4, dtype=torch.double)
    torch.testing.assert_close(tied(x, OFFSETS), untied(x, OFFSETS), rtol=0, atol=0)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_parameters_are_those_of_the_model_folder(options):
    known = {f"grid_{name}" if name in ("dimensions", "tied") else name: value for name, value in options.items()}
    config = NetworkConfig(vocabulary_size=5, classes=2, embedding_size=4, hidden_size=3, network="grid_lstm", **known)
    wanted = {n.removeprefix("encoder."): s for n, s in config.tensor_shapes().items() if n.startswith("encoder.")}
    assert {name: tuple(p.shape) for name, p in GridLSTM(4, 3, **options).named_parameters()} == wanted


def test_begins_with_open_forget_gates_and_is_drawn_by_the_generator():
    grid = GridLSTM(6, 5, layers=2)
    first = {}
    for seed in (0, 0, 1):
        grid.reset_parameters(torch.Generator().manual_seed(seed))
        first.setdefault(seed, []).append(grid.weight_time_l1.clone())
    assert torch.equal(*first[0])
    assert not torch.equal(first[0][0], first[1][0])
    expected = torch.zeros(20)
    expected[5:10] = 1
    assert torch.equal(grid.bias_depth_l0, expected)
    assert not grid.bias_in.any()
    own = grid.weight_time_l1[:, 5:]
    torch.testing.assert_close(own.T @ own, torch.eye(5), rtol=0, atol=1e-5)
    own = grid.weight_depth_l0[:, :5]
    torch.testing.assert_close(own.T @ own, torch.eye(5), rtol=0, atol=1e-5)


def test_dropout_between_layers_is_in_training_only_and_comes_from_the_generator():
    noise, x = torch.Generator(), torch.randn(9, 4)
    grid = GridLSTM(4, 3, layers=2, hidden_dropout=0.5, noise=noise)
    grid.eval()
    torch.testing.assert_close(grid(x, OFFSETS)[0], grid(x, OFFSETS)[0], rtol=0, atol=0)
    grid.train()
    noise.manual_seed(0)
    once = grid(x, OFFSETS)[0]
    noise.manual_seed(0)
    assert torch.equal(once, grid(x, OFFSETS)[0])
    assert not torch.equal(once, grid(x, OFFSETS)[0])


def test_other_dimensions_are_refused():
    with pytest.raises(ParameterError, match="dimensions=3 of a grid must be 1"):
        GridLSTM(4, 3, dimensions=3)
