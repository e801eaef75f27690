"""The twin reads like the paper; here it is compared with torch's autograd and with differences of the forward pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from lstm_cases import Case, arrays_of, case_of, distance, twin_of

# Both sides compute in float64; what is left is the order of sums.
EXACT = 1e-11


def by_torch(case: Case) -> dict[str, np.ndarray]:
    """Outputs and gradients of the scalar sum(d_hidden * hidden) + sum(d_h_n * h_n) + sum(d_c_n * c_n)."""
    inputs, hidden = case.x.shape[1], case.weights["weight_hh"].shape[1]
    module = torch.nn.LSTM(inputs, hidden, dtype=torch.float64)
    module.load_state_dict({f"{name}_l0": torch.from_numpy(array) for name, array in case.weights.items()})
    x, h0, c0 = (torch.tensor(array, requires_grad=True) for array in (case.x, *case.start.values()))
    outputs, finals, cells = [], [], []
    for b in range(len(case.offsets) - 1):
        rows = x[case.offsets[b] : case.offsets[b + 1]]
        state = h0[b][None], c0[b][None]
        if len(rows):
            out, state = module(rows.flip(0) if case.reverse else rows, state)
            outputs.append(out.flip(0) if case.reverse else out)
        finals.append(state[0])
        cells.append(state[1])
    results = [torch.cat(outputs), torch.cat(finals), torch.cat(cells)]
    loss = sum(
        (torch.from_numpy(given) * got).sum() for given, got in zip(case.incoming.values(), results, strict=True)
    )
    loss.backward()  # type: ignore[union-attr]
    found = {"hidden": results[0], "h_n": results[1], "c_n": results[2], "d_x": x.grad, "d_h0": h0.grad}
    found |= {"d_c0": c0.grad, "d_weight_ih": module.weight_ih_l0.grad, "d_weight_hh": module.weight_hh_l0.grad}
    found |= {"d_bias": module.bias_hh_l0.grad}
    return {name: tensor.detach().numpy() for name, tensor in found.items()}


def by_twin(case: Case) -> dict[str, np.ndarray]:
    twin = twin_of(case)
    output = case.forward(twin)
    return {**arrays_of(output), **arrays_of(case.backward(twin, output))}


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("inputs", "hidden"), [(1, 1), (3, 5), (16, 33)])
@pytest.mark.parametrize("lengths", [[1], [7, 2, 0, 7, 1, 40], [3, 3, 3]])
def test_outputs_and_gradients_equal_torchs(reverse: bool, inputs: int, hidden: int, lengths: list[int]) -> None:
    case = case_of(inputs, hidden, lengths, reverse=reverse).exact()
    got = by_twin(case)
    for name, want in by_torch(case).items():
        assert distance(got[name], want) <= EXACT, name


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", ["x", "h0", "c0", "weight_ih", "weight_hh", "bias_ih", "bias_hh"])
def test_gradients_equal_finite_differences(name: str, reverse: bool) -> None:
    case = case_of(3, 4, [5, 0, 2], reverse=reverse).exact()
    found = by_twin(case)["d_bias" if name.startswith("bias") else f"d_{name}"]
    array, step = _array(case, name), 1e-5
    for place in np.random.default_rng(0).choice(array.size, min(array.size, 12), replace=False):
        ends = [_loss(_changed(case, name, int(place), change)) for change in (step, -step)]
        # Central differences: off by step^2, and by 1e-16 / step from rounding.
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(found.flat[place], abs=1e-8)


def _array(case: Case, name: str) -> Any:
    return case.x if name == "x" else {**case.start, **case.weights}[name]


def _changed(case: Case, name: str, place: int, change: float) -> Case:
    array = _array(case, name).copy()
    array.flat[place] += change
    if name == "x":
        return replace(case, x=array)
    group = "start" if name in case.start else "weights"
    return replace(case, **{group: {**getattr(case, group), name: array}})


def _loss(case: Case) -> float:
    output = case.forward(twin_of(case))
    given = case.incoming
    parts = (given["d_hidden"] * output.hidden, given["d_h_n"] * output.h_n, given["d_c_n"] * output.c_n)
    return float(sum(part.sum() for part in parts))


def test_steps_and_tables_give_the_same() -> None:
    case = case_of(5, 7, [6, 6, 6]).exact()
    twin, random = twin_of(case), np.random.default_rng(0)
    embedding, ids = random.normal(size=(11, 5)), random.integers(0, 11, 18).astype(np.int32)
    case.x = embedding[ids]
    want, table = case.forward(twin), twin.table(embedding)
    got = twin.forward_ids(ids, table, case.offsets, **case.start, record=True)
    for name, array in arrays_of(want).items():
        assert distance(arrays_of(got)[name], array) <= EXACT
    h, c = case.start["h0"].copy(), case.start["c0"].copy()
    for t in range(6):
        if t % 2:
            twin.step(case.x[t::6], h, c)
        else:
            twin.step_ids(ids[t::6], table, h, c)
    assert distance(h, want.h_n) <= EXACT
    assert distance(c, want.c_n) <= EXACT


def test_what_is_no_number_goes_its_way_without_a_warning() -> None:
    case = case_of(3, 4, [3, 3]).exact()
    case.x[0, 0], case.x[4, 1] = np.nan, np.inf
    output = case.forward(twin_of(case))
    assert np.isnan(output.hidden[:3]).all()
    assert np.isfinite(output.hidden[3]).all()
