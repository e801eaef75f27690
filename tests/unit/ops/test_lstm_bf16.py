"""Products in bfloat16: the factors are rounded, sums and states are not."""

from __future__ import annotations

import numpy as np
import pytest
from lstm_cases import arrays_of, case_of, distance, kernels, twin_of

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.lstm import pack_lstm

needs_bf16 = pytest.mark.skipif(not native.has_bf16(), reason=f"no bfloat16 here: {native.reason()}")


def rounded(array: np.ndarray) -> np.ndarray:
    """To bfloat16, the upper half of a float32, to nearest, ties to even; in the dtype given."""
    bits = array.astype(np.float32).view(np.uint32)
    upper = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return upper.view(np.float32).astype(array.dtype)


def test_rounding_is_to_nearest_and_even() -> None:
    # 8 bits of fraction: steps of 2^-7 above 1.
    given = np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, -3.0], np.float32)
    assert rounded(given).tolist() == [1.0, 1.0, 1 + 2**-6, 1 + 2**-7, -3.0]


@needs_bf16
@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (5, 7), (16, 16), (33, 65), (100, 130)])
def test_a_step_there_and_back_is_the_twins_with_rounded_factors(inputs: int, hidden: int) -> None:
    # One step: every rounded factor is given and not computed, so that both sides round the same numbers.
    case = case_of(inputs, hidden, [1] * 9)
    lstm, twin = case.pack(precision="bf16"), twin_of(case.exact(), factor=rounded)
    output, wanted = case.forward(lstm), case.exact().forward(twin)
    for name, want in arrays_of(wanted).items():
        assert distance(arrays_of(output)[name], want) <= 2e-6, name
    gradients, wanted_gradients = case.backward(lstm, output), case.exact().backward(twin, wanted)
    for name, want in arrays_of(wanted_gradients).items():
        # dz is computed, and where the last bit of float32 decides it is rounded to its other neighbour, 2^-8 away:
        # one term in a hundred thousand.
        assert distance(arrays_of(gradients)[name], want) <= 1e-3, name


@needs_bf16
@pytest.mark.parametrize("lengths", [[50, 3, 0, 20], [200]])
def test_long_sequences_stay_near_the_twin_with_rounded_factors(lengths: list[int]) -> None:
    case = case_of(24, 48, lengths)
    lstm, twin = case.pack(precision="bf16"), twin_of(case.exact(), factor=rounded)
    output, wanted = case.forward(lstm), case.exact().forward(twin)
    gradients, wanted_gradients = case.backward(lstm, output), case.exact().backward(twin, wanted)
    # h is now and then rounded to its other neighbour, 2^-8 of itself away, times a weight of at most 0.14.
    assert distance(output.hidden, wanted.hidden) <= 1e-3
    assert distance(output.c_n, wanted.c_n) <= 1e-3
    for name, want in arrays_of(wanted_gradients).items():
        assert distance(arrays_of(gradients)[name], want) <= 5e-3, name


@needs_bf16
def test_it_is_not_float32_and_not_far_from_it() -> None:
    case = case_of(24, 48, [50, 3, 0, 20])
    rough, fine = case.forward(case.pack(precision="bf16")).hidden, case.forward(case.pack()).hidden
    # Each factor is within 2^-9 of itself.
    assert 1e-5 < distance(rough, fine) < 2e-2


@needs_bf16
def test_kernels_without_it_say_so() -> None:
    with kernels("avx2"), pytest.raises(ParameterError, match=r"bf16.*needs the avx512bf16 kernels; in use avx2"):
        case_of(3, 4, [2]).pack(precision="bf16")


def test_float64_and_numpy_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = [np.ones((8, 3)), np.ones((8, 2))]
    with pytest.raises(ParameterError, match=r"bf16.*float64"):
        pack_lstm(*weights, precision="bf16")
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    with pytest.raises(ParameterError, match=r"bf16.*GATEWISE_NATIVE=0"):
        pack_lstm(*(array.astype(np.float32) for array in weights), precision="bf16")
