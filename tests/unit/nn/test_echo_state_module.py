"""The echo state module against its NumPy twin, its spectral radius, and that nothing of it is trained."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn import EchoState
from gatewise.ops.echo_state import echo_state
from gatewise.ops.scan import scan

LENGTHS = [3, 0, 11, 1, 4, 0, 11]
OFFSETS = torch.tensor([0, *LENGTHS]).cumsum(0)


def by_twin(module: EchoState, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden and final states of the last layer by `scan`."""
    offsets, final = OFFSETS.numpy(), []
    for layer in range(module.layers):
        hidden, final = [], []
        for suffix in module.suffixes:
            w_ih, w_hh, b_ih, b_hh = (one.numpy() for one in module.weights(f"_l{layer}{suffix}"))
            states, (last,) = scan(
                echo_state(module.leak), x @ w_ih.T + b_ih, offsets, w_hh, b_hh, reverse=bool(suffix)
            )
            hidden.append(states)
            final.append(last)
        x = np.concatenate(hidden, 1)
    return x, np.concatenate(final, 1)


@pytest.mark.parametrize(
    ("layers", "bidirectional", "recurrent_bias", "leak"),
    list(product([1, 2], [False, True], [False, True], [1.0, 0.3])),
)
def test_it_equals_its_twin_in_float64(layers: int, bidirectional: bool, recurrent_bias: bool, leak: float) -> None:
    torch.manual_seed(0)
    module = EchoState(
        5, 4, layers=layers, bidirectional=bidirectional, recurrent_bias=recurrent_bias, leak=leak
    ).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(sum(LENGTHS), 5, dtype=torch.double)
    hidden, final = module(x, OFFSETS)
    twin_hidden, twin_final = by_twin(module, x.numpy())
    # float64 sums in another order, some thirty steps long.
    np.testing.assert_allclose(hidden.numpy(), twin_hidden, atol=1e-10)
    np.testing.assert_allclose(final.numpy(), twin_final, atol=1e-10)


def test_a_sequence_alone_has_the_states_it_has_in_company() -> None:
    torch.manual_seed(1)
    module, x = EchoState(3, 8, bidirectional=True, leak=0.5).double(), torch.randn(40, 3, dtype=torch.double)
    together, _ = module(x, torch.tensor([0, 5, 17, 40]))
    alone, _ = module(x[5:17], torch.tensor([0, 12]))
    torch.testing.assert_close(together[5:17], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("radius", [0.0, 0.5, 0.9, 1.3])
@pytest.mark.parametrize("hidden_size", [1, 7, 60])
def test_every_recurrent_matrix_has_the_spectral_radius_asked_for(radius: float, hidden_size: int) -> None:
    module = EchoState(4, hidden_size, layers=2, bidirectional=True, spectral_radius=radius)
    for name, parameter in module.named_parameters():
        if name.startswith("weight_hh"):
            largest = np.abs(np.linalg.eigvals(parameter.double().numpy())).max()
            # Scaled in float64 and rounded to float32, whose steps are 6e-8 of a number.
            assert largest == pytest.approx(radius, abs=2e-6)


def test_no_parameter_and_no_state_wants_a_gradient() -> None:
    module = EchoState(3, 4, layers=2)
    hidden, final = module(torch.randn(5, 3, requires_grad=True), torch.tensor([0, 2, 5]))
    assert not any(parameter.requires_grad for parameter in module.parameters())
    assert not hidden.requires_grad
    assert not final.requires_grad


def test_below_a_radius_of_one_the_past_fades_and_far_above_it_it_does_not() -> None:
    distances = {}
    for radius in (0.5, 3.0):
        module = EchoState(3, 50, spectral_radius=radius)
        module.reset_parameters(torch.Generator().manual_seed(0))
        same = 0.1 * torch.randn(60, 3, generator=torch.Generator().manual_seed(1))
        ends = []
        for begin in (-3.0, 3.0):
            text = torch.cat([torch.full((5, 3), begin), same])
            ends.append(module(text, torch.tensor([0, len(text)]))[1])
        distances[radius] = float((ends[0] - ends[1]).norm())
    assert distances[0.5] < 1e-6 < 0.1 < distances[3.0]


def test_the_same_generator_draws_the_same_weights_and_biases_differ_between_units() -> None:
    one, same = EchoState(3, 6), EchoState(3, 6)
    for module in (one, same):
        module.reset_parameters(torch.Generator().manual_seed(5))
    for name, parameter in one.named_parameters():
        assert torch.equal(parameter, getattr(same, name)), name
    assert len(set(one.bias_ih_l0.tolist())) == 6
    assert not one.bias_hh_l0.any()


@pytest.mark.parametrize("wrong", [{"leak": 0.0}, {"leak": 1.1}, {"spectral_radius": -0.1}])
def test_impossible_options_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        EchoState(3, 4, **wrong)
