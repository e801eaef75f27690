"""The echo state cell: the paper's equations, its leak, and the past that fades."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gatewise.errors import ParameterError
from gatewise.ops.echo_state import echo_state
from gatewise.ops.registry import make_cell
from gatewise.ops.rnn import RNN
from gatewise.ops.scan import scan

OFFSETS = np.array([0, 3, 3, 4, 9])


def weights(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=(9, 5)), random.normal(size=(5, 5)) * 0.4, random.normal(size=5) * 0.1


@pytest.mark.parametrize("leak", [1.0, 0.3])
def test_the_states_are_those_of_the_equations_written_out_unit_by_unit(leak: float) -> None:
    projected, weight_hh, bias_hh = weights()
    hidden, (final,) = scan(echo_state(leak), projected, OFFSETS, weight_hh, bias_hh)
    for b, (begin, end) in enumerate(pairwise(OFFSETS)):
        x = np.zeros(5)
        for row in range(begin, end):
            new = [np.tanh(projected[row, k] + bias_hh[k] + sum(weight_hh[k] * x)) for k in range(5)]
            x = np.array([(1 - leak) * x[k] + leak * new[k] for k in range(5)])
            np.testing.assert_allclose(hidden[row], x, atol=1e-13)  # a few roundings of numbers below 1
        np.testing.assert_allclose(final[b], x, atol=1e-13)


def test_without_a_leak_it_is_a_simple_recurrent_network() -> None:
    projected, weight_hh, bias_hh = weights()
    one, _ = scan(echo_state(1.0), projected, OFFSETS, weight_hh, bias_hh)
    other, _ = scan(RNN, projected, OFFSETS, weight_hh, bias_hh)
    np.testing.assert_allclose(one, other, atol=1e-15)


def test_a_small_leak_makes_states_change_slowly() -> None:
    projected, weight_hh, _ = weights()
    slow, _ = scan(echo_state(0.01), projected, OFFSETS, weight_hh)
    # A step takes 1/100 of something between -1 and 1, and leaves 99/100 of a state that began at 0.
    assert np.abs(np.diff(slow[4:], axis=0)).max() < 0.02


def test_float32_stays_float32_and_no_argument_is_changed() -> None:
    projected, weight_hh, bias_hh = (array.astype(np.float32) for array in weights())
    copies = projected.copy(), weight_hh.copy(), bias_hh.copy()
    state = (np.full((9, 5), 0.5, np.float32),)
    (new,) = echo_state(0.5).step(projected, state, weight_hh, bias_hh)
    assert new.dtype == np.float32
    assert (state[0] == 0.5).all()
    for array, copy in zip((projected, weight_hh, bias_hh), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("leak", [0.0, -0.5, 1.5, float("nan")])
def test_an_impossible_leak_is_refused(leak: float) -> None:
    with pytest.raises(ParameterError, match=r"leak=.* is not a number above 0 and up to 1"):
        echo_state(leak)


def test_the_registry_gives_it_its_leak() -> None:
    step = make_cell("echo_state", leak=0.25).step
    assert step(np.array([[50.0]]), (np.array([[0.0]]),), np.array([[0.0]]), None)[0].tolist() == [[0.25]]
