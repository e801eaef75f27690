"""Each cell under `scan` gives what torch.nn gives, and what a loop over one sequence at a time gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.ops.registry import cell_of
from gatewise.ops.scan import scan

TORCH = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
# Both sides compute in float64; what is left is the order of sums over at most 33 units and 40 steps.
EXACT = 1e-12


def weights(name: str, inputs: int, hidden: int, seed: int = 0) -> dict[str, np.ndarray]:
    random, rows = np.random.default_rng(seed), cell_of(name).gates * hidden
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden), "bias_ih": (rows,), "bias_hh": (rows,)}
    return {key: random.normal(size=shape) for key, shape in shapes.items()}


def offsets_of(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def by_torch(
    name: str, known: dict[str, np.ndarray], rows: np.ndarray, states: list[np.ndarray]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """One sequence [T, I] forwards through torch.nn; states [H] each."""
    hidden, inputs = known["weight_hh"].shape[1], known["weight_ih"].shape[1]
    module = TORCH[name](inputs, hidden, dtype=torch.float64)
    with torch.no_grad():
        for key, value in known.items():
            getattr(module, f"{key}_l0").copy_(torch.from_numpy(value))
        start: Any = tuple(torch.from_numpy(state)[None] for state in states)
        out, final = module(torch.from_numpy(rows), start if len(start) > 1 else start[0])
    final = final if isinstance(final, tuple) else (final,)
    return out.numpy(), [state[0].numpy() for state in final]


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("has_bias_hh", [False, True])
@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (3, 5), (16, 33)])
@pytest.mark.parametrize("lengths", [[1], [7, 2, 7, 1, 40], [3, 3, 3]])
def test_scan_equals_torch(
    name: str, reverse: bool, has_bias_hh: bool, inputs: int, hidden: int, lengths: list[int]
) -> None:
    known = weights(name, inputs, hidden)
    if not has_bias_hh:
        known["bias_hh"] = np.zeros_like(known["bias_hh"])
    random, offsets, cell = np.random.default_rng(1), offsets_of(lengths), cell_of(name)
    rows = random.normal(size=(offsets[-1], inputs))
    state0 = tuple(random.normal(size=(len(lengths), hidden)) for _ in cell.states)
    projected = rows @ known["weight_ih"].T + known["bias_ih"]
    bias_hh = known["bias_hh"] if has_bias_hh else None
    out, final = scan(cell, projected, offsets, known["weight_hh"], bias_hh, state0, reverse)
    for b in range(len(lengths)):
        own = slice(offsets[b], offsets[b + 1])
        turned = rows[own][::-1].copy() if reverse else rows[own]
        want, want_final = by_torch(name, known, turned, [state[b] for state in state0])
        np.testing.assert_allclose(out[own], want[::-1] if reverse else want, atol=EXACT)
        for got, expected in zip(final, want_final, strict=True):
            np.testing.assert_allclose(got[b], expected, atol=EXACT)


@pytest.mark.parametrize("name", TORCH)
@given(lengths=st.lists(st.integers(0, 9), max_size=9), reverse=st.booleans())
@settings(max_examples=40, deadline=None)
def test_scan_equals_a_loop_over_single_steps(name: str, lengths: list[int], reverse: bool) -> None:
    cell, offsets, hidden = cell_of(name), offsets_of(lengths), 4
    random = np.random.default_rng(len(lengths))
    projected = random.normal(size=(offsets[-1], cell.gates * hidden))
    weight_hh, bias_hh = random.normal(size=(cell.gates * hidden, hidden)), random.normal(size=cell.gates * hidden)
    state0 = tuple(random.normal(size=(len(lengths), hidden)) for _ in cell.states)
    out, final = scan(cell, projected, offsets, weight_hh, bias_hh, state0, reverse)
    want = np.empty_like(out)
    for b in range(len(lengths)):
        state = tuple(array[b : b + 1] for array in state0)
        places = range(offsets[b], offsets[b + 1])
        for place in reversed(places) if reverse else places:
            state = cell.step(projected[place : place + 1], state, weight_hh, bias_hh)
            want[place] = state[0][0]
        for got, expected in zip(final, state, strict=True):
            np.testing.assert_allclose(got[b], expected[0], atol=EXACT)
    np.testing.assert_allclose(out, want, atol=EXACT)


@pytest.mark.parametrize("name", TORCH)
def test_no_sequences_and_only_empty_ones_are_legal(name: str) -> None:
    cell = cell_of(name)
    weight_hh, nothing = np.ones((cell.gates * 2, 2), np.float32), np.zeros((0, cell.gates * 2), np.float32)
    hidden, final = scan(cell, nothing, np.zeros(1, np.int64), weight_hh)
    assert hidden.shape == (0, 2)
    assert [state.shape for state in final] == [(0, 2)] * len(cell.states)
    start = tuple(np.full((2, 2), 7.0, np.float32) for _ in cell.states)
    hidden, final = scan(cell, nothing, np.zeros(3, np.int64), weight_hh, None, start)
    assert hidden.shape == (0, 2)
    assert all((state == 7.0).all() for state in final)


@pytest.mark.parametrize("name", TORCH)
def test_float32_stays_float32_and_near_float64(name: str) -> None:
    cell, random, offsets = cell_of(name), np.random.default_rng(3), offsets_of([30, 4])
    wide = [random.normal(size=shape) for shape in ((34, cell.gates * 8), (cell.gates * 8, 8), (cell.gates * 8,))]
    exact, _ = scan(cell, wide[0], offsets, wide[1] / 4, wide[2])
    single = [array.astype(np.float32) for array in (wide[0], wide[1] / 4, wide[2])]
    rough, final = scan(cell, single[0], offsets, single[1], single[2])
    assert rough.dtype == final[0].dtype == np.float32
    # 30 steps, each adding a few roundings of 6e-8 that a contracting cell does not let grow.
    np.testing.assert_allclose(rough, exact, atol=2e-5)


def test_the_callers_arrays_are_not_touched() -> None:
    cell, offsets = cell_of("lstm"), offsets_of([3, 1])
    arrays = [np.ones((4, 8)), np.ones((8, 2)), np.ones(8), np.ones((2, 2)), np.ones((2, 2))]
    for array in arrays:
        array.flags.writeable = False
    projected, weight_hh, bias_hh, h, c = arrays
    _, final = scan(cell, projected, offsets, weight_hh, bias_hh, (h, c))
    assert not np.shares_memory(final[0], h)


@pytest.mark.parametrize("extreme", [1e4, -1e4, 1e30])
@pytest.mark.parametrize("name", TORCH)
def test_extreme_inputs_give_finite_states_without_a_warning(name: str, extreme: float) -> None:
    cell = cell_of(name)
    projected = np.full((5, cell.gates * 3), extreme, np.float32)
    hidden, _ = scan(cell, projected, offsets_of([5]), np.ones((cell.gates * 3, 3), np.float32))
    assert np.isfinite(hidden).all()


GOOD: dict[str, Any] = {
    "projected": np.zeros((3, 8)),
    "offsets": np.array([0, 1, 3]),
    "weight_hh": np.zeros((8, 2)),
    "bias_hh": np.zeros(8),
    "state0": (np.zeros((2, 2)), np.zeros((2, 2))),
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("projected", np.zeros((3, 7)), r"projected is float64 \[3, 7\], wanted float64 \[any, 8\]"),
        ("projected", np.zeros((3, 8), np.float32), r"projected is float32 \[3, 8\], wanted float64"),
        ("projected", np.zeros((3, 8), np.int64), "projected is int64"),
        ("projected", [[0.0]], "projected is a list"),
        ("weight_hh", np.zeros((8, 3)), r"weight_hh is float64 \[8, 3\], wanted float32 or float64 \[12, 3\]"),
        ("weight_hh", np.zeros(8), "weight_hh is"),
        ("bias_hh", np.zeros(7), r"bias_hh is float64 \[7\], wanted float64 \[8\]"),
        ("offsets", np.array([0, 1, 4]), "offsets end at 4, wanted the number of rows, 3"),
        ("offsets", np.array([0, 2, 1, 3]), "never fall"),
        ("offsets", np.array([1, 3]), "start at 0"),
        ("offsets", np.array([0, 1, 3], np.int32), "int64"),
        ("offsets", np.zeros(0, np.int64), "int64 array"),
        ("state0", (np.zeros((2, 2)),), "state0 has 1 arrays, wanted 2"),
        ("state0", (np.zeros((2, 2)), np.zeros((3, 2))), "state0 c is"),
    ],
)
def test_a_wrong_array_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        scan(cell_of("lstm"), **{**GOOD, name: value})


def test_an_unknown_cell_is_named() -> None:
    with pytest.raises(ParameterError, match="network='tanh' is not one of lstm, gru, rnn"):
        cell_of("tanh")
