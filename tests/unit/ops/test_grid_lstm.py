"""The Grid LSTM in NumPy: its letters one by one, and a layer at once against its blocks one at a time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gatewise.ops.grid_lstm import Axis, Block, pass_block, scan_layer, transform

LENGTHS = (3, 0, 5, 1)
OFFSETS = np.cumsum([0, *LENGTHS])


def make_block(width: int, axes: int, random: np.random.Generator) -> Block:
    return tuple(
        Axis(random.normal(size=(4 * width, axes * width)) * 0.5, random.normal(size=4 * width)) for _ in range(axes)
    )


def test_output_gate_is_inside_the_tanh():
    h, m = transform(np.array([[2.0, -1.0, 0.5, 0.3]]), np.array([[1.5]]))
    g_u, g_f, g_o = (1 / (1 + np.exp(-z)) for z in (2.0, -1.0, 0.5))
    memory = g_f * 1.5 + g_u * np.tanh(0.3)
    # One rounding or two: sigmoid is written with tanh.
    np.testing.assert_allclose(m, [[memory]], rtol=1e-14)
    np.testing.assert_allclose(h, [[np.tanh(g_o * memory)]], rtol=1e-14)


def test_depth_axis_reads_the_new_hidden_vector_of_time():
    random = np.random.default_rng(0)
    block = make_block(2, 2, random)
    depth, time = ((random.normal(size=(1, 2)), random.normal(size=(1, 2))) for _ in range(2))
    (h, m), new_time = pass_block(depth, time, block)
    assert new_time is not None
    expected = transform(np.concatenate([depth[0], new_time[0]], axis=1) @ block[0].weight.T + block[0].bias, depth[1])
    np.testing.assert_array_equal([h, m], expected)
    old = transform(np.concatenate([depth[0], time[0]], axis=1) @ block[0].weight.T + block[0].bias, depth[1])
    assert np.abs(h - old[0]).max() > 1e-3


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("reverse", [False, True])
def test_layer_equals_its_blocks_one_by_one(axes, reverse):
    random = np.random.default_rng(1)
    block = make_block(3, axes, random)
    depth = (random.normal(size=(9, 3)), random.normal(size=(9, 3)))
    h, m = scan_layer(depth, OFFSETS, block, reverse=reverse)
    for begin, end in itertools.pairwise(OFFSETS):
        time = (np.zeros((1, 3)), np.zeros((1, 3))) if axes == 2 else None
        for row in reversed(range(begin, end)) if reverse else range(begin, end):
            above, time = pass_block((depth[0][[row]], depth[1][[row]]), time, block)
            # Products of one row and of several may sum in another order.
            np.testing.assert_allclose([h[[row]], m[[row]]], above, rtol=0, atol=1e-13)


@pytest.mark.parametrize("axes", [1, 2])
def test_no_sequences_and_no_rows(axes):
    block, none = make_block(3, axes, np.random.default_rng(2)), np.zeros((0, 3))
    for offsets in (np.array([0]), np.array([0, 0, 0])):
        h, m = scan_layer((none, none), offsets, block)
        assert h.shape == m.shape == (0, 3)


def test_memory_passes_unchanged_where_forget_gates_are_open_and_update_gates_shut():
    bias = np.repeat([-50.0, 50.0, 0.0, 0.0], 2)
    axis, zero, m = Axis(np.zeros((8, 4)), bias), np.zeros((1, 2)), np.array([[0.7, -3.0]])
    depth, time = (zero, m), (zero, zero)
    for _ in range(100):
        depth, new = pass_block(depth, time, (axis, axis))
        assert new is not None
        time = new
    # What leaks is exp(-50) a step.
    np.testing.assert_allclose(depth[1], m, rtol=1e-12)


def test_float32_stays_float32():
    block = tuple(
        Axis(a.weight.astype(np.float32), a.bias.astype(np.float32)) for a in make_block(2, 2, np.random.default_rng(3))
    )
    rows = np.ones((9, 2), np.float32)
    h, m = scan_layer((rows, rows), OFFSETS, block)
    assert h.dtype == m.dtype == np.float32
