"""The nonlinearities: right values and slopes, their dtype kept, nothing overflows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gatewise.ops.activations import ACTIVATIONS, LEAK

NAMES = sorted(ACTIVATIONS)
# threshold has no twin in torch; its derivative is nought and that is tested by itself.
IN_TORCH = {
    "linear": lambda z: z * 1,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, LEAK),
    "softplus": torch.nn.functional.softplus,
}
HAS_KINK = {"relu", "leaky_relu", "threshold"}


def test_the_table_has_the_seven_of_the_courses_under_their_own_names():
    assert NAMES == ["leaky_relu", "linear", "relu", "sigmoid", "softplus", "tanh", "threshold"]
    assert all(ACTIVATIONS[name].name == name for name in NAMES)


@pytest.mark.parametrize("name", sorted(IN_TORCH))
def test_values_and_slopes_are_those_of_torch(name):
    z = np.linspace(-12, 12, 1201)  # 0 is one of them: both must take the same side of a kink
    there = torch.tensor(z, requires_grad=True)
    values = IN_TORCH[name](there)
    (slopes,) = torch.autograd.grad(values.sum(), there)
    # A few units in the last place of float64; values reach 12.
    np.testing.assert_allclose(ACTIVATIONS[name].function(z), values.detach().numpy(), rtol=0, atol=1e-14)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(z), slopes.numpy(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
@given(z=st.floats(-30, 30))
def test_slopes_are_those_of_central_differences(name, z):
    step = 1e-5
    if name in HAS_KINK and abs(z) <= step:
        return
    one = ACTIVATIONS[name]
    left, right, at = np.array([z - step]), np.array([z + step]), np.array([z])
    difference = (one.function(right) - one.function(left)) / (right - left)
    # Error of the method: step²/6 times the third derivative (at most 2) plus rounding, 30 x 2e-16 / 2e-5.
    assert abs(float(difference[0] - one.derivative(at)[0])) < 1e-9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_dtype_and_shape_are_kept_and_extremes_do_not_warn(name, dtype):
    z = np.array([[-np.inf, -1e30, -1.0], [1.0, 1e30, np.inf]], dtype)
    given_values = z.copy()
    for compute in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        result = compute(z)
        assert result.dtype == dtype
        assert result.shape == z.shape
        assert not np.isnan(result).any()
        assert not np.shares_memory(result, z)
    np.testing.assert_array_equal(z, given_values)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"threshold"}))
def test_not_a_number_stays_one(name):
    assert np.isnan(ACTIVATIONS[name].function(np.array([np.nan])))


def test_the_threshold_fires_above_zero_and_has_no_slope():
    one = ACTIVATIONS["threshold"]
    assert one.function(np.array([-1e-300, 0.0, 1e-300])).tolist() == [0, 0, 1]
    assert not one.derivative(np.linspace(-3, 3, 7)).any()
