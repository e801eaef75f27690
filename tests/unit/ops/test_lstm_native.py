"""The native LSTM gives what its twin gives in float64, for any shape, with all kernels."""

from __future__ import annotations

import numpy as np
import pytest
from lstm_cases import ISAS, Case, arrays_of, case_of, distance, kernels, needs_native, random_case, twin_of

from gatewise.ops.lstm import LSTMOutput

pytestmark = needs_native

# Of scale, the largest number of an array: a few roundings of 6e-8 in every step, which the cell does not let grow.
FORWARD, BACKWARD = 1e-6, 1e-5
# Gates are the sums themselves: with 1,000 products in each, NumPy's own float32 is 2e-6 off.
GATES = 3e-6
BLOCK = 20


def assert_native_equals_twin(case: Case, note: str = "") -> None:
    lstm, exact = case.pack(), case.exact()
    twin = twin_of(exact)
    output, wanted = case.forward(lstm), exact.forward(twin)
    for name, want in arrays_of(wanted).items():
        apart = distance(arrays_of(output)[name], want, scale_of(wanted, name))
        assert apart <= (GATES if name == "gates" else FORWARD), f"{name} is {apart:.1e} off; {note} {case.sizes}"
    gradients, wanted_gradients = case.backward(lstm, output), exact.backward(twin, wanted)
    # A gate within 6e-8 of 1 is 1 in float32 and its derivative nothing; an input of 1e4 makes that 6e-4 of a gradient.
    least = 1e3 if case.extreme else 1e-30
    for name, want in arrays_of(wanted_gradients).items():
        apart = distance(arrays_of(gradients)[name], want, least)
        assert apart <= BACKWARD, f"{name} is {apart:.1e} off; {note} {case.sizes}"


def scale_of(wanted: LSTMOutput, name: str) -> float:
    """The largest state of the batch, final or not; not less than a tenth, as a few numbers may all be near zero."""
    group = ("c_n", "cells") if name in ("c_n", "cells") else ("h_n", "hidden")
    return max(0.1, *(float(np.abs(arrays_of(wanted)[other]).max(initial=0)) for other in group))


def check_block(block: int) -> None:
    for number in range(block * BLOCK, (block + 1) * BLOCK):
        isa = ISAS[number % len(ISAS)]
        with kernels(isa):
            assert_native_equals_twin(random_case(number), f"case {number}, {isa}")


@pytest.mark.parametrize("block", range(15))
def test_random_shapes(block: int) -> None:
    check_block(block)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(15, 105))
def test_many_random_shapes(block: int) -> None:
    check_block(block)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("hidden", [1, 3, 4, 7, 8, 15, 16, 17, 33, 64])
def test_widths_around_those_of_vectors(isa: str, hidden: int) -> None:
    with kernels(isa):
        assert_native_equals_twin(case_of(hidden % 5 + 1, hidden, [5, 0, 9, 1], seed=hidden), isa)
        assert_native_equals_twin(case_of(1, hidden, [1], seed=hidden, reverse=True), isa)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("lengths", [[], [0], [0, 0, 0], [1], [3] * 60, [0, 40, 0, 1]])
@pytest.mark.parametrize("reverse", [False, True])
def test_awkward_batches(isa: str, lengths: list[int], reverse: bool) -> None:
    with kernels(isa):
        assert_native_equals_twin(case_of(5, 9, lengths, reverse=reverse), isa)


@pytest.mark.slow
@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize(
    ("inputs", "hidden", "lengths"), [(3, 17, [2000, 1, 1500]), (300, 512, [30, 7]), (9, 511, [9])]
)
def test_the_largest_shapes(isa: str, inputs: int, hidden: int, lengths: list[int]) -> None:
    with kernels(isa):
        assert_native_equals_twin(case_of(inputs, hidden, lengths), isa)


@pytest.mark.parametrize("isa", ISAS)
def test_an_empty_sequence_hands_on_states_and_gradients(isa: str) -> None:
    case = case_of(3, 5, [2, 0, 4])
    with kernels(isa):
        lstm = case.pack()
    output = case.forward(lstm)
    np.testing.assert_array_equal(output.h_n[1], case.start["h0"][1])
    np.testing.assert_array_equal(output.c_n[1], case.start["c0"][1])
    gradients = case.backward(lstm, output)
    np.testing.assert_array_equal(gradients.d_h0[1], case.incoming["d_h_n"][1])
    np.testing.assert_array_equal(gradients.d_c0[1], case.incoming["d_c_n"][1])


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("extreme", [1e4, -1e4, 1e30, 3e38])
def test_extreme_inputs_give_finite_states_and_gradients(isa: str, extreme: float) -> None:
    case = case_of(6, 11, [9, 4])
    case.x[...] = np.where(case.x > 0, np.float32(extreme), -np.float32(extreme))
    # No sum beyond the range of float32: infinity less infinity is no number, here as in NumPy.
    case.weights["weight_ih"] *= np.float32(1e-2)
    with kernels(isa):
        lstm = case.pack()
    output = case.forward(lstm)
    assert np.abs(output.hidden).max() <= 1
    assert all(np.isfinite(array).all() for array in arrays_of(output).values())
    gradients = case.backward(lstm, output)
    assert np.isfinite(gradients.d_x).all()
    assert np.isfinite(gradients.d_h0).all()


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_stays_in_its_sequence(isa: str, value: float) -> None:
    case = case_of(6, 11, [9, 4, 7] * 20)
    with kernels(isa):
        lstm = case.pack()
    clean = case.forward(lstm).hidden.copy()
    case.x[case.offsets[1] + 2, 3] = value
    output = case.forward(lstm)
    rows = np.arange(len(case.x))
    after = (rows >= case.offsets[1] + 2) & (rows < case.offsets[2])
    np.testing.assert_array_equal(output.hidden[~after], clean[~after])
    assert not np.array_equal(output.hidden[after], clean[after])
    if np.isnan(value):
        assert np.isnan(output.hidden[after]).all()
    gradients = case.backward(lstm, output)
    assert np.isfinite(gradients.d_x[: case.offsets[1]]).all()


def test_it_agrees_with_the_twin_about_infinity() -> None:
    case = case_of(3, 8, [6, 6])
    case.x[1, 0], case.x[8, 2] = np.inf, -np.inf
    want = twin_of(case.exact()).forward(case.exact().x, case.offsets, **case.exact().start).hidden
    got = case.forward(case.pack()).hidden
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    np.testing.assert_allclose(got, want, atol=1e-6)


@pytest.mark.parametrize("wanted", [(True, True), (True, False), (False, True), (False, False)])
def test_only_the_wanted_gradients_are_made_and_do_not_differ(wanted: tuple[bool, bool]) -> None:
    case, (want_x, want_weights) = case_of(7, 20, [5, 9, 2]), wanted
    lstm = case.pack()
    output = case.forward(lstm)
    given = {**case.start, **case.incoming, "want_x": want_x, "want_weights": want_weights}
    whole, part = case.backward(lstm, output), lstm.backward(case.x, case.offsets, output, **given)
    assert (part.d_x is not None, part.d_weight_ih is not None) == wanted
    for name, array in arrays_of(part).items():
        np.testing.assert_array_equal(array, arrays_of(whole)[name], err_msg=name)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("reverse", [False, True])
def test_rows_may_be_columns_of_wider_arrays(isa: str, reverse: bool) -> None:
    case = case_of(6, 10, [5, 0, 8], reverse=reverse)
    with kernels(isa):
        lstm = case.pack()
    want = case.forward(lstm)
    wide = np.full((len(case.x), 25), 7.0, np.float32)
    out = wide[:, 3:13]
    case.x = _wider(case.x)
    output = case.forward(lstm, out=out)
    assert output.hidden is out
    np.testing.assert_array_equal(out, want.hidden)
    assert (wide[:, :3] == 7).all()
    assert (wide[:, 13:] == 7).all()
    case.incoming["d_hidden"] = _wider(case.incoming["d_hidden"])
    plain = case_of(6, 10, [5, 0, 8], reverse=reverse)
    for name, array in arrays_of(plain.backward(lstm, want)).items():
        np.testing.assert_array_equal(arrays_of(case.backward(lstm, output))[name], array, err_msg=name)


def _wider(matrix: np.ndarray) -> np.ndarray:
    wide = np.full((len(matrix), matrix.shape[1] + 3), np.nan, np.float32)
    wide[:, 2:-1] = matrix
    return wide[:, 2:-1]


@pytest.mark.parametrize(
    "turned",
    [
        lambda x: np.asfortranarray(x),
        lambda x: x[::-1].copy()[::-1],
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(np.float32).reshape(x.shape),
    ],
    ids=["columns first", "rows backwards", "gaps", "unaligned"],
)
def test_any_other_layout_is_read_as_well(turned: object) -> None:
    case = case_of(6, 10, [5, 0, 8])
    lstm = case.pack()
    want = case.forward(lstm)
    case.x = turned(case.x)  # type: ignore[operator]
    np.testing.assert_array_equal(case.forward(lstm).hidden, want.hidden)


def test_one_row_for_all_is_read_as_well() -> None:
    case = case_of(6, 10, [13])
    case.x = np.broadcast_to(case.x[0], case.x.shape)
    lstm = case.pack()
    want = lstm.forward(case.x.copy(), case.offsets, **case.start).hidden
    np.testing.assert_array_equal(case.forward(lstm).hidden, want)


def test_later_changes_of_the_callers_weights_change_nothing() -> None:
    case = case_of(4, 6, [5])
    lstm, twin = case.pack(), twin_of(case)
    before, twin_before = case.forward(lstm).hidden, case.forward(twin).hidden
    for array in case.weights.values():
        array[...] = np.nan
    np.testing.assert_array_equal(case.forward(lstm).hidden, before)
    np.testing.assert_array_equal(case.forward(twin).hidden, twin_before)
