"""Networks learn a short lag, the same seed gives the same numbers, and the findings follow from the numbers."""

from __future__ import annotations

import json
import math

import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.nn.encoder import make_encoder
from gatewise.studies.memory import grids, memory
from gatewise.studies.memory.findings import findings
from gatewise.studies.memory.grids import grid_table
from gatewise.studies.memory.measuring import measure
from gatewise.studies.memory.plan import MAIN, Line, plan, rate_lines
from gatewise.studies.memory.tasks import TASKS
from gatewise.studies.memory.training import RECENT, Budget, open_for, train

# Half a second each: 40 to 120 steps are enough at a lag of 5, see the study.
QUICK = Budget(300)


@pytest.mark.parametrize(("network", "start"), [("lstm", "chrono"), ("lstm", "uniform"), ("gru", "default")])
def test_a_lag_of_five_is_learnt(network, start):
    outcome = train(TASKS[MAIN], network, 5, QUICK, start=start)
    assert outcome.solved
    assert RECENT / QUICK.batch <= outcome.steps < QUICK.steps
    assert outcome.right >= 0.95


def test_an_untrained_network_guesses():
    outcome = train(TASKS[MAIN], "lstm", 5, Budget(1))
    assert not outcome.solved
    assert outcome.right < 0.05
    # Four standard deviations of the share right of 1,000 coins.
    assert outcome.likeliest == pytest.approx(0.5, abs=0.064)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_trained_and_the_same_seed_gives_the_same(task):
    first, again = (train(TASKS[task], "lstm", 10, Budget(3, hidden=4), seed=7) for _ in range(2))
    assert first == again
    assert 0 <= first.right <= 1
    assert first.parameters == 4 * 4 * (TASKS[task].inputs + 4 + 1)
    assert first.multiplications == 4 * 4 * (TASKS[task].inputs + 4)


@pytest.mark.parametrize(
    ("network", "bias", "kept", "let_in"),
    [
        ("lstm", "bias_ih_l0", slice(6, 12), slice(0, 6)),
        ("peephole_lstm", "bias_ih_l0", slice(6, 12), slice(0, 6)),
        ("gru", "bias_ih_l0", slice(6, 12), None),
        ("qrnn", "bias_l0", slice(6, 12), None),
        ("lstm_1997", "bias_ih_l0", None, slice(0, 6)),
        ("grid_lstm", "bias_time_l0", slice(6, 12), slice(0, 6)),
    ],
)
def test_chrono_sets_the_gates_that_keep_and_let_in(network, bias, kept, let_in):
    encoder = make_encoder(network, 3, 6)
    before = encoder.get_parameter(bias).detach().clone()
    open_for(encoder, network, 100, torch.Generator().manual_seed(0))
    after = encoder.get_parameter(bias).detach()
    drawn = after[kept] if kept else -after[let_in]
    assert (drawn >= 0).all()
    assert (drawn <= math.log(99)).all()
    assert len(set(drawn.tolist())) == 6
    if kept and let_in:
        torch.testing.assert_close(after[let_in], -drawn)
    changed = [one for one in (kept, let_in) if one]
    for one in changed:
        before[one] = after[one]
    torch.testing.assert_close(after, before)


def test_a_network_without_such_gates_is_refused():
    with pytest.raises(ParameterError, match="'rnn' has no chrono start"):
        train(TASKS[MAIN], "rnn", 5, Budget(1), start="chrono")


def test_the_best_learning_rate_is_reported():
    (cell,) = measure(Line(MAIN, "lstm", (5,), budget=QUICK, seeds=1, rates=(1e-6, 0.01)))
    assert cell["budget"]["rate"] == 0.01
    assert cell["rates_tried"] == [1e-6, 0.01]
    assert cell["right"][0] >= 0.95


def test_a_report_is_json_and_the_same_from_the_same_seed():
    lines = [
        Line(MAIN, "lstm", (5, 6), "chrono", Budget(2), seeds=2),
        Line(MAIN, "rnn", (5,), budget=Budget(2), seeds=1),
        Line("adding", "lstm", (10,), budget=Budget(2), seeds=1),
    ]
    first, again = (memory(seed=3, lines=lines) for _ in range(2))
    assert json.dumps(first.to_json()) == json.dumps(again.to_json())
    assert [plot.svg for plot in first.plots] == [plot.svg for plot in again.plots]
    assert [plot.name for plot in first.plots] == ["long-lag", "tasks"]
    assert len(first.tables[0].rows) == 3
    assert len(first.numbers["cells"][0]["right"]) == 2


@pytest.mark.parametrize("thorough", [False, True])
def test_the_plan_names_tasks_and_has_the_lag_of_a_thousand(thorough):
    lines = plan(thorough=thorough)
    assert {line.task for line in lines} == set(TASKS)
    assert any((line.label, line.lags[-1], line.seeds) == ("lstm, chrono", 1000, 3) for line in lines)
    assert all(min(line.lags) >= 5 for line in (*lines, *rate_lines()))


def cell(label, lag, right, task=MAIN, **more):
    network, _, start = label.partition(", ")
    size = {"rnn": 1, "gru": 3}.get(network, 4)
    return {
        "task": task,
        "network": network,
        "start": start if start in ("chrono", "uniform") else "default",
        "label": label,
        "lag": lag,
        "budget": {"steps": 600, "batch": 32, "rate": 0.01, "hidden": 16, **more},
        "right": right,
        "likeliest": [max(0.5, share) for share in right],
        "steps": [100] * len(right),
        "solved": [share > 0.9 for share in right],
        "parameters": size * 464,
        "multiplications": size * 448,
    }


def verdicts(cells, rates=(), grids=()):
    numbers = {"cells": cells, "rates": list(rates), "grids": list(grids)}
    return {one.claim: one.verdict for one in findings(numbers)}


def grid(task, solved, network="grid_lstm"):
    numbers = {"accuracy": float(solved), "steps": 10, "samples": 640, "parameters": 5, "solved": solved}
    return {"task": task, "network": network, "seed": 0, **numbers}


@pytest.mark.parametrize(
    ("solved", "verdict"), [((True, True), "true"), ((True, False), "partly"), ((False, False), "false")]
)
def test_the_grid_verdict_is_that_of_both_tasks_and_not_of_the_rival(solved, verdict):
    results = [grid("parity", solved[0]), grid("addition", solved[1]), grid("parity", False, "tanh")]
    assert verdicts([], grids=results) == {"A Grid LSTM learns parity and addition": verdict}
    table = grid_table(results)
    assert [row[3] for row in table.rows] == ["yes" if one else "no" for one in (*solved, False)]
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_results_of_grids_are_named_and_seeded(monkeypatch):
    monkeypatch.setattr(grids, "grid_parity", lambda *, seed, network="grid": {"of": (seed, network)})
    monkeypatch.setattr(grids, "grid_addition", lambda *, seed: {"of": seed})
    found = grids.measure_grids(seed=4, seeds=2)
    assert [one["of"] for one in found] == [(4, "grid"), (4, "tanh"), 4, (5, "grid"), (5, "tanh"), 5]
    assert {one["task"] for one in found} == {"20-bit parity at once", "5-digit addition"}


def test_findings_follow_from_the_numbers():
    good, bad = [1.0, 0.97], [0.0, 0.01]
    cells = [
        cell("lstm, chrono", 1000, good),
        cell("lstm, bias 1", 1000, bad),
        cell("lstm_1997", 1000, good),
        cell("rnn", 10, good),
        cell("rnn", 1000, bad),
        cell("lstm, uniform", 1000, bad),
        cell("gru, chrono", 10, good),
        *(cell("lstm, chrono", lag, good, task) for task, lag in LAGS.items()),
        *(cell("rnn", lag, bad, task) for task, lag in LAGS.items()),
    ]
    told = verdicts(cells, [cell("lstm, chrono", 1000, good), cell("lstm, chrono", 1000, bad, rate=0.1)])
    assert list(told.values()) == ["true", "true", "false", "true", "false", "true", "partly", "true", "partly"]
    assert verdicts([*cells[1:], cell("lstm, chrono", 1000, [1.0, 0.9])])[BRIDGE] == "unclear"
    assert verdicts([*cells, cell("rnn", 20, good, "parity, bit by bit")])[BEYOND] == "partly"
    assert verdicts([*cells, cell("rnn", 20, good)])[BEYOND] == "partly"
    assert verdicts([*cells, cell("rnn", 100, good)])[BEYOND] == "false"
    assert verdicts([cell("rnn", 10, bad)]) == {BEYOND: "true", TEN: "true"}


LAGS = {"adding": 50, "multiplication": 50, "temporal order": 40}
BRIDGE = "An LSTM learns to bridge 1,000 steps of noise"
BEYOND = "Learning of simple recurrent networks fails beyond lags of 5 to 10 steps"
TEN = "Backpropagation through time fails on task 2c already at a minimal lag of 10 steps"


def test_evidence_gives_the_measured_shares():
    (found,) = [
        one
        for one in findings({"cells": [cell("lstm, chrono", 1000, [0.987, 1.0])], "rates": [], "grids": []})
        if one.claim == BRIDGE
    ]
    assert "lag 1000: 98.7%, 100.0%" in found.evidence
    assert f"{100 * 32:,} sequences" in found.evidence
