"""The measured norms are right, the remedies do what they say, and a seed always gives the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.studies.gradients import gradients, measured
from gatewise.studies.gradients.exploding import crossing
from gatewise.studies.gradients.models import (
    HIDDEN,
    INPUTS,
    SYMBOLS,
    Setup,
    answer,
    cuts_of,
    losses,
    radius_of,
    sequences,
    start,
)
from gatewise.studies.gradients.norms import decay, decays, norms, state_gradients
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.training import Course, clipped, omega, train
from gatewise.studies.gradients.verdicts import NONE, against_exploding, against_vanishing
from gatewise.studies.page import page
from gatewise.studies.torch_cells import CELLS, project

SEEDS = (0, 1)


def inputs(lag: int, setups: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    x, first = sequences(lag, setups, len(SEEDS), 3, torch.Generator().manual_seed(7))
    return x.double(), first


def measurable(*setups: Setup):
    models = start(setups, SEEDS)
    for tensor in models.tensors():
        tensor.requires_grad_()
    return models


@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_h_equal_central_differences(name):
    models, (x, first) = measurable(Setup("", name)), inputs(4)
    found, states = state_gradients(models, x, first)[0], answer(models, x)[1]
    projected = project(models.cell, x, models.weights)

    def loss_from(place: int, change: torch.Tensor) -> torch.Tensor:
        h, *others = states[place]
        state = (h + change, *others)
        for block in projected[place + 1 :]:
            state = models.cell.step(block, state, models.weights)
        return losses(torch.baddbmm(models.readout_bias, state[0], models.readout), first)

    for place in (0, 2, 4):
        for unit in (0, HIDDEN - 1):
            change = torch.zeros(HIDDEN, dtype=torch.float64)
            change[unit] = 1e-5
            with torch.no_grad():
                slope = (loss_from(place, change) - loss_from(place, -change)) / 2e-5
            # Central differences err by their step squared, 1e-10, and by the rounding of a loss over the step, 1e-11.
            torch.testing.assert_close(found[place, :, :, unit], slope, rtol=0, atol=1e-9)


def at_the_end(models, states, first):
    """∂L/∂h_T by hand: softmax less the truth, through the readout."""
    shares = (states[-1][0] @ models.readout + models.readout_bias).softmax(-1)
    return (shares - torch.nn.functional.one_hot(first, SYMBOLS)) @ models.readout.mT


def test_gradients_of_an_lstm_equal_a_loop_written_by_hand():
    models, (x, first) = measurable(Setup("", "lstm", scale=2.0)), inputs(9)
    found_h, found_c = state_gradients(models, x, first)
    with torch.no_grad():
        states = answer(models, x)[1]
        projected, recurrent = project(models.cell, x, models.weights), models.weights.recurrent
        dh = at_the_end(models, states, first)
        dc = torch.zeros_like(dh)
        for t in reversed(range(len(x))):
            h_before, c_before = states[t - 1] if t else (torch.zeros_like(dh), torch.zeros_like(dh))
            z = projected[t] + h_before @ recurrent
            i, f, o = (z[..., k * HIDDEN : (k + 1) * HIDDEN].sigmoid() for k in (0, 1, 3))
            g, shown = z[..., 2 * HIDDEN : 3 * HIDDEN].tanh(), states[t][1].tanh()
            dc = dc + dh * o * (1 - shown**2)
            # Sums of some hundred float64 products below 1.
            torch.testing.assert_close(found_h[t], dh, rtol=1e-10, atol=1e-15)
            torch.testing.assert_close(found_c[t], dc, rtol=1e-10, atol=1e-15)
            dz = torch.cat(
                [dc * g * i * (1 - i), dc * c_before * f * (1 - f), dc * i * (1 - g**2), dh * shown * o * (1 - o)], -1
            )
            dh, dc = dz @ recurrent.mT, dc * f


def test_the_gradient_of_a_qrnn_goes_through_its_cell_alone():
    models, (x, first) = measurable(Setup("", "qrnn")), inputs(6)
    found_h, found_c = state_gradients(models, x, first)
    assert (found_h[:-1] == 0).all()
    with torch.no_grad():
        f, o = (part.sigmoid() for part in project(models.cell, x, models.weights).chunk(3, -1)[1:])
        expected = at_the_end(models, answer(models, x)[1], first) * o[-1]
        for t in reversed(range(len(x))):
            torch.testing.assert_close(found_c[t], expected, rtol=1e-10, atol=1e-15)
            expected = expected * f[t]


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.3])
def test_a_linear_rnn_of_scaled_rotations_keeps_its_factor_at_every_step(factor):
    setup, (x, first) = Setup("", "rnn_linear", start="orthogonal", radius=factor), inputs(30)
    norm = norms(start([setup], SEEDS), x.float(), first)["h"]
    expected = factor ** np.arange(31.0)[::-1, None, None]
    # The rotation is orthogonal to 1e-15, thirty times over.
    np.testing.assert_allclose(norm / norm[-1], np.broadcast_to(expected, norm.shape), rtol=1e-12)
    found = decay(norm)
    assert found.slope == pytest.approx(np.log10(factor), abs=1e-12)
    assert found.distance == (10 if factor == 0.5 else None)  # 2^-10 is the first power below a thousandth.


def test_decay_tells_spread_zeros_and_what_float32_cannot_hold():
    back = np.stack([10.0 ** -np.arange(60), 10.0 ** (-2.0 * np.arange(60)), np.zeros(60)], 1)
    found = decay(back[::-1, None])
    assert found.used == pytest.approx(2 / 3)
    # Nearest of two values to the middle: one of them, and the 10th and 90th percentiles are both.
    assert (found.slope_low, found.slope_high) == (pytest.approx(-2), pytest.approx(-1))
    single = decay(back[::-1, None, :1])
    assert (single.distance, single.below_float32) == (4, 45)  # 1e-3 itself is not below; 1e-45 is below 1.4e-45.
    assert decay(np.zeros((5, 1, 2))) is None
    dead = np.ones((5, 1, 1))
    dead[0] = 0
    assert decay(dead).slope is None


def test_truncation_cuts_the_gradient_where_it_says_and_leaves_the_answer():
    setups = [Setup("whole", "lstm"), Setup("cut", "lstm", truncate=4)]
    models, (x, first) = measurable(*setups), inputs(9, setups=2)
    cuts = cuts_of(setups, len(SEEDS))
    whole, cut = state_gradients(models, x, first), state_gradients(models, x, first, truncate=cuts)
    assert torch.equal(answer(models, x)[0], answer(models, x, truncate=cuts)[0])
    for full, short in zip(whole, cut, strict=True):
        assert torch.equal(full[:, :2], short[:, :2])
        # Ten steps, the last four of which are open: what enters them from before is cut.
        assert torch.equal(full[-4:, 2:], short[-4:, 2:])
        assert (short[:-4, 2:] == 0).all()
        assert (full[:-4, 2:] != 0).any()


def test_clipping_keeps_each_models_norm_at_its_limit_and_its_direction():
    generator = torch.Generator().manual_seed(0)
    grads = [torch.randn(3, 4, 5, generator=generator), torch.randn(3, 1, 6, generator=generator)]
    norm = torch.stack([grad.square().sum((1, 2)) for grad in grads]).sum(0).sqrt()
    short = clipped(grads, norm, torch.tensor([0.5, 100.0, torch.inf]))
    after = torch.stack([grad.square().sum((1, 2)) for grad in short]).sum(0).sqrt()
    # float32 sums of 26 squares.
    torch.testing.assert_close(after, torch.stack([torch.tensor(0.5), norm[1], norm[2]]), rtol=1e-6, atol=0)
    torch.testing.assert_close(short[0][0] / grads[0][0], (0.5 / norm[0]).expand(4, 5), rtol=1e-5, atol=0)
    assert torch.equal(short[0][1:], grads[0][1:])


def test_clipping_of_no_gradient_gives_no_gradient():
    assert (clipped([torch.zeros(1, 2, 2)], torch.zeros(1), torch.ones(1))[0] == 0).all()


def test_omega_is_zero_for_a_rotation_without_bending_and_counts_every_step_else():
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(0)))[0]
    deltas, unbent = torch.randn(4, 1, 2, 6), torch.zeros(4, 1, 2, 6)
    # A rotation in float32 keeps a norm to 1e-6.
    assert omega(rotation[None], deltas, unbent).item() == pytest.approx(0, abs=1e-10)
    # Halved three times, (0.5 - 1)² each.
    assert omega(rotation[None] / 2, deltas, unbent).item() == pytest.approx(0.75, rel=1e-5)
    assert omega(rotation[None] / 2, deltas * 0, unbent).item() == 0


def test_omega_equals_what_backpropagation_makes_of_a_step():
    models, (x, first) = measurable(Setup("", "rnn_tanh")), inputs(5)
    deltas, states = state_gradients(models, x, first)[0], answer(models, x)[1]
    shown = torch.stack([state[0].detach() for state in states])
    # δ_t is δ_{t+1} through one step here, for nothing but the last step reads the states: the ratios are the norms'.
    size = deltas.norm(dim=-1)
    expected = (size[:-1] / size[1:] - 1).square().sum(0).mean(-1)
    torch.testing.assert_close(omega(models.weights.recurrent, deltas, shown), expected, rtol=1e-10, atol=0)


@pytest.mark.parametrize("name", ["orthogonal", "identity"])
def test_starts_are_what_they_are_called(name):
    models = start([Setup("", "rnn_relu", start=name)], SEEDS)
    for matrix in models.weights.recurrent:
        torch.testing.assert_close(matrix @ matrix.T, torch.eye(HIDDEN, dtype=torch.float64), rtol=0, atol=1e-13)
    if name == "identity":
        assert torch.equal(models.weights.recurrent[0], torch.eye(HIDDEN, dtype=torch.float64))
        assert (models.weights.bias == 0).all()


def test_radius_forget_bias_and_scale_change_what_they_name():
    plain, wide, open_, large = (
        start([Setup("", "lstm", **options)], SEEDS).weights
        for options in ({}, {"radius": 3.0}, {"forget_bias": 2.0}, {"scale": 4.0})
    )
    for block in wide.recurrent[0].split(HIDDEN, 1):
        assert radius_of(block) == pytest.approx(3, rel=1e-12)
    added = torch.zeros(4 * HIDDEN, dtype=torch.float64)
    added[HIDDEN : 2 * HIDDEN] = 2
    assert torch.equal(open_.bias, plain.bias + added)
    assert torch.equal(large.recurrent, 4 * plain.recurrent)
    assert torch.equal(large.input, 4 * plain.input)


def test_a_seed_gives_all_setups_the_same_sequences_and_the_answer_stands_in_the_first():
    x, first = sequences(5, 2, len(SEEDS), 8, torch.Generator().manual_seed(0))
    assert x.shape == (6, 4, 8, INPUTS)
    assert torch.equal(x[:, :2], x[:, 2:])
    assert torch.equal(x[0].argmax(-1), first)
    assert (x[1:].argmax(-1) >= SYMBOLS).all()


def test_models_side_by_side_train_as_each_alone():
    setups = [Setup("a", "gru", learning_rate=1e-2, clip=1.0), Setup("b", "gru", learning_rate=1e-3)]
    course = Course(6, 12)
    both = train(setups, SEEDS, course)
    for place, setup in enumerate(setups):
        alone = train([setup], SEEDS, course)
        # float32 products of another shape may add in another order.
        np.testing.assert_allclose(both.loss[:, 2 * place : 2 * place + 2], alone.loss, rtol=1e-4)


def test_a_diverged_model_is_counted_and_leaves_the_others_alone():
    setups = [Setup("tame", "rnn_relu", learning_rate=1e-2, clip=1.0), Setup("wild", "rnn_relu", learning_rate=1e12)]
    course = Course(8, 15, optimizer="sgd")
    both = train(setups, SEEDS, course)
    assert both.diverged == [False, False, True, True]
    assert np.isnan(both.loss[-1, 2:]).all()
    alone = train(setups[:1], SEEDS, course)
    np.testing.assert_allclose(both.loss[:, :2], alone.loss, rtol=1e-4)  # As above.


def test_a_gated_network_learns_a_short_lag_and_its_models_are_measured():
    trained = train([Setup("", "gru", clip=1.0)], SEEDS, Course(4, 200))
    assert trained.solved() == [True, True]
    assert len(trained.loss) < 200  # It ends once all is learnt.
    found = decays(trained.models, [Setup("", "gru")], SEEDS, 4)[""]["h"]
    assert len(found["median"]) == 5


def test_impossible_settings_are_refused():
    for options in ({"lag": 11}, {"lag": 251}, {"seeds": 0}, {"steps": 1}, {"seed": -1}):
        name, value = next(iter(options.items()))
        with pytest.raises(ParameterError, match=f"{name}={value}"):
            gradients(**options)
    with pytest.raises(ParameterError, match="2 cells"):
        start([Setup("", "gru"), Setup("", "lstm")], SEEDS)
    with pytest.raises(ParameterError, match="start='zero'"):
        start([Setup("", "lstm", start="zero")], SEEDS)
    with pytest.raises(ParameterError, match="optimizer='lbfgs'"):
        train([Setup("", "gru")], SEEDS, Course(3, 2, optimizer="lbfgs"))
    with pytest.raises(ParameterError, match="omega"):
        train([Setup("", "gru", omega=1.0)], SEEDS, Course(3, 2))


def test_verdicts_follow_their_rules():
    plan = Plan.of(0, 3, 60, 600)
    solved = {NONE: (3, 2, 0), "all": (0, 0, 3), "some": (3, 3, 1), "same": (3, 1, 0), "fewer": (3, 0, 0)}
    remedies = {name: {"solved": dict(zip(("10", "20", "60"), one, strict=True))} for name, one in solved.items()}
    said = [against_vanishing(remedies, name, plan) for name in ("all", "some", "same", "fewer")]
    assert said == ["works", "partly", "no", "worse"]
    rows = {"none": (6, 2), "works": (0, 3), "calms": (0, 2), "helps": (5, 9), "not": (6, 9)}
    row = {name: {"runs": 12, "diverged": a, "solved": b} for name, (a, b) in rows.items()}
    descents = {name: {"remedies": row} for name in ("RNN, tanh", "RNN, ReLU")}
    assert [against_exploding(descents, (name,)) for name in list(rows)[1:]] == ["works", "partly", "partly", "no"]
    assert against_exploding(descents, ("not", "calms")) == "partly"


def test_the_radius_of_kept_gradients_lies_where_the_slope_changes_sign():
    slopes = {radius: {"h": {"slope": slope}} for radius, slope in (("1", -0.1), ("2", -0.1), ("4", 0.1))}
    assert crossing(slopes) == pytest.approx(8**0.5)
    assert crossing({"1": {"h": {"slope": 0.2}}}) is None


@pytest.fixture(scope="module")
def small():
    return gradients(seeds=1, lag=12, steps=3)


def test_a_seed_gives_the_same_numbers_and_another_seed_others(small):
    # Numbers that JSON has no word for are refused.
    told = json.dumps(small.numbers, allow_nan=False)
    assert json.dumps(measured(Plan.of(0, 1, 12, 3))) == told
    other = measured(Plan.of(1, 1, 12, 3))
    assert all(other[part] != small.numbers[part] for part in ("networks", "radius", "remedies", "starts", "depth"))


def test_the_page_holds_every_remedy_network_and_claim(small):
    shown = page(small)
    for name in (*small.numbers["networks"], *small.numbers["remedies"], *small.numbers["depth"]):
        assert name in shown
    assert len(small.findings) == 12
    assert shown.count("<svg") == len(small.plots) == 7
