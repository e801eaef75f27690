"""What is wrong with an argument is said before anything is computed, with the name of the array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lstm_cases import case_of, needs_native, twin_of

from gatewise.errors import ParameterError
from gatewise.ops.lstm import PackedLSTM, pack_lstm

E, H, B, N = 3, 4, 2, 5
OFFSETS = np.array([0, 2, 5])


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.fixture(params=["native", "twin"])
def lstm(request: pytest.FixtureRequest) -> PackedLSTM:
    case = case_of(E, H, [2, 3])
    if request.param == "twin":
        return twin_of(case)
    made = case.pack()
    if type(made) is type(twin_of(case)):
        pytest.skip("no compiled library")
    return made


WEIGHTS: dict[str, Any] = {
    "weight_ih": zeros(4 * H, E),
    "weight_hh": zeros(4 * H, H),
    "bias_ih": zeros(4 * H),
    "bias_hh": zeros(4 * H),
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weight_hh", zeros(4 * H, H + 1), r"weight_hh is float32 \[16, 5\], wanted float32 or float64 \[20, 5\]"),
        ("weight_hh", zeros(4 * H), r"weight_hh is float32 \[16\]"),
        ("weight_hh", zeros(0, 0), r"weight_ih is float32 \[16, 3\], wanted float32 \[0, any\]"),
        ("weight_hh", [[1.0]], "weight_hh is a list"),
        ("weight_ih", zeros(4 * H, E).astype(float), r"weight_ih is float64 \[16, 3\], wanted float32 \[16, any\]"),
        ("weight_ih", zeros(4 * H, 0), "weight_ih has no columns"),
        ("weight_ih", zeros(4 * H + 1, E), "weight_ih is"),
        ("bias_ih", zeros(H), r"bias_ih is float32 \[4\], wanted float32 \[16\]"),
        ("bias_hh", zeros(4 * H).astype(int), "bias_hh is int64"),
        ("precision", "fp16", "precision='fp16' is neither"),
    ],
)
def test_weights_that_do_not_fit_are_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        pack_lstm(**{**WEIGHTS, name: value})


GOOD: dict[str, Any] = {"x": zeros(N, E), "offsets": OFFSETS}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", zeros(N, E + 1), r"x is float32 \[5, 4\], wanted float32 \[any, 3\]"),
        ("x", zeros(N, E).astype(float), "x is float64"),
        ("x", zeros(N), r"x is float32 \[5\]"),
        ("offsets", np.array([0, 2, 6]), "offsets end at 6, wanted the number of rows, 5"),
        ("offsets", np.array([0, 3, 2]), "offsets must start at 0 and never fall"),
        ("offsets", np.array([0, 5], np.int32), "offsets must be an int64 array"),
        ("h0", zeros(B + 1, H), r"h0 is float32 \[3, 4\], wanted float32 \[2, 4\]"),
        ("c0", zeros(B, H).astype(float), "c0 is float64"),
        ("out", zeros(N, H + 1), r"out is float32 \[5, 5\], wanted float32 \[5, 4\]"),
        ("out", zeros(N, 2 * H)[:, ::2], "out must have whole rows"),
        ("out", np.broadcast_to(zeros(1, H), (N, H)), "out is read-only"),
        ("out", np.lib.stride_tricks.as_strided(zeros(N + H), (N, H), (4, 4)), "out must have whole rows"),
    ],
)
def test_a_batch_that_does_not_fit_is_named(lstm: PackedLSTM, name: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        lstm.forward(**{**GOOD, name: value})


def test_the_output_may_not_be_the_input(lstm: PackedLSTM) -> None:
    wide = zeros(N, 8)
    with pytest.raises(ParameterError, match="out shares memory with x"):
        lstm.forward(wide[:, :E], OFFSETS, out=wide[:, 1 : 1 + H])
    lstm.forward(wide[:, :E], OFFSETS, out=wide[:, E : E + H])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("d_hidden", zeros(N, H + 1), "d_hidden is"),
        ("d_h_n", zeros(B + 1, H), "d_h_n is"),
        ("d_c_n", zeros(B, H).astype(float), "d_c_n is float64"),
        ("x", zeros(N, E + 1), "x is"),
        ("offsets", np.array([0, 2, 4]), "offsets end at 4"),
        ("h0", zeros(B), "h0 is"),
    ],
)
def test_gradients_that_do_not_fit_are_named(lstm: PackedLSTM, name: str, value: Any, message: str) -> None:
    output = lstm.forward(**GOOD, record=True)
    with pytest.raises(ParameterError, match=message):
        lstm.backward(**{**GOOD, "output": output, name: value})


def test_the_way_back_needs_a_record_and_weights_packed_for_it(lstm: PackedLSTM) -> None:
    with pytest.raises(ParameterError, match=r"not recorded(.|\n)*record=True"):
        lstm.backward(**GOOD, output=lstm.forward(**GOOD))
    other = lstm.forward(zeros(N + 1, E), np.array([0, 6]), record=True)
    with pytest.raises(ParameterError, match=r"output.hidden is float32 \[6, 4\], wanted float32 \[5, 4\]"):
        lstm.backward(**GOOD, output=other)
    forward_only = pack_lstm(**WEIGHTS)
    with pytest.raises(ParameterError, match=r"without a way back(.|\n)*backward=True"):
        forward_only.backward(**GOOD, output=forward_only.forward(**GOOD, record=True))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x", zeros(B, E + 1), "x is"),
        ("h", zeros(B + 1, H), r"h is float32 \[3, 4\]"),
        ("c", zeros(B, H).astype(float), "c is float64"),
        ("h", zeros(B, 2 * H)[:, :H], "h is not contiguous"),
        ("c", np.broadcast_to(zeros(1, H), (B, H)), "c is read-only"),
    ],
)
def test_a_step_that_does_not_fit_is_named(lstm: PackedLSTM, name: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        lstm.step(**{"x": zeros(B, E), "h": zeros(B, H), "c": zeros(B, H), name: value})


def test_one_array_cannot_be_both_states(lstm: PackedLSTM) -> None:
    both = zeros(B, H)
    with pytest.raises(ParameterError, match="h shares memory with c"):
        lstm.step(zeros(B, E), both, both)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (np.array([0, 1, 7, 2, 3], np.int32), r"ids\[2\] is 7, not from 0 to 6"),
        (np.array([0, 1, 2, 2, -1], np.int32), r"ids\[4\] is -1, not from 0 to 6"),
        (np.array([0, 1, 2, 2, 3]), "ids must be an int32 array"),
        (np.zeros((5, 1), np.int32), "ids must be an int32 array"),
        (np.zeros(4, np.int32), "offsets end at 5, wanted the number of rows, 4"),
    ],
)
def test_ids_that_do_not_fit_are_named(lstm: PackedLSTM, ids: np.ndarray, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        lstm.forward_ids(ids, lstm.table(zeros(7, E)), OFFSETS)


def test_a_bad_id_leaves_the_states_as_they_were(lstm: PackedLSTM) -> None:
    h, c = zeros(B, H) + 0.25, zeros(B, H) + 0.5
    with pytest.raises(ParameterError, match=r"ids\[1\] is 7"):
        lstm.step_ids(np.array([0, 7], np.int32), lstm.table(zeros(7, E)), h, c)
    assert (h == 0.25).all()
    assert (c == 0.5).all()


def test_a_table_belongs_to_its_weights_and_fits_them(lstm: PackedLSTM) -> None:
    other = pack_lstm(zeros(4 * H, E + 1), zeros(4 * H, H))
    with pytest.raises(ParameterError, match="the table was made by other weights"):
        lstm.forward_ids(np.zeros(5, np.int32), other.table(zeros(7, E + 1)), OFFSETS)
    with pytest.raises(ParameterError, match="embedding is"):
        lstm.table(zeros(7, E + 1))
    with pytest.raises(ParameterError, match="embedding has no rows"):
        lstm.table(zeros(0, E))


@needs_native
def test_a_table_keeps_what_it_needs_alive() -> None:
    case = case_of(E, H, [5])
    embedding = np.random.default_rng(0).normal(size=(7, E)).astype(np.float32)
    ids = np.array([1, 2, 3, 6, 1], np.int32)
    want = case.pack().forward(embedding[ids], case.offsets).hidden
    lstm = case.pack()
    table = lstm.table(embedding.copy())
    cycle: list[Any] = [lstm, table]
    cycle.append(cycle)
    np.testing.assert_array_equal(lstm.forward_ids(ids, table, case.offsets).hidden, want)
    del lstm, table, cycle  # freed as one cycle of garbage, weights and table in whatever order


def test_row_n_is_read_through_any_spacing_of_ids(lstm: PackedLSTM) -> None:
    table = lstm.table(np.eye(7, E, dtype=np.float32))
    ids = np.arange(10, dtype=np.int32)[::2] % 7
    got = lstm.forward_ids(np.repeat(ids, 2)[::2], table, OFFSETS).hidden
    np.testing.assert_array_equal(got, lstm.forward_ids(ids, table, OFFSETS).hidden)
