"""What the numbers of the study of memory say about claims of the course documents and of the papers."""

from __future__ import annotations

import math
import statistics
from typing import Any

from gatewise.studies.memory.grids import grid_finding
from gatewise.studies.memory.measuring import Cell, cells_of, guessed, mean
from gatewise.studies.memory.plan import MAIN
from gatewise.studies.report import Finding, Verdict

ENOUGH = 0.95
_NOTHING = 0.05
_CLAIMED, _FAR = 10, 50  # Steps at which simple networks are said to fail; from the second on the claim is false.
_FORGETTING = 1 / (1 + math.exp(-1))  # What a forget gate with a bias of 1 keeps at a step, its inputs aside.


def findings(numbers: dict[str, Any]) -> tuple[Finding, ...]:
    """One for each claim that the plan measured something about."""
    cells = numbers["cells"]
    made = (
        _bridges(cells),
        _fails_beyond(cells),
        _fails_at_ten(cells),
        _vanishing(cells),
        _forget_gate(cells),
        _like_simple(cells),
        _adjustment(cells, numbers["rates"]),
        _numbers_kept(cells),
        grid_finding(numbers["grids"]),
        _resources(cells),
    )
    return tuple(one for one in made if one is not None)


def _is_reached(cell: Cell) -> bool:
    """Whether the worst seed is right often enough."""
    return bool(min(cell["right"]) >= ENOUGH)


def _told(found: dict[int, Cell]) -> str:
    """The mean shares by lag, in words."""
    return ", ".join(f"lag {lag}: {mean(cell):.1%}" for lag, cell in sorted(found.items()))


def _bridges(cells: list[Cell]) -> Finding | None:
    found = cells_of(cells, "lstm, chrono", MAIN)
    if not found:
        return None
    longest = max(found)
    cell = found[longest]
    each = ", ".join(f"{share:.1%}" for share in cell["right"])
    read = statistics.fmean(cell["steps"]) * cell["budget"]["batch"]
    old = [one for one in cells if one["network"] == "lstm_1997" and one["task"] == MAIN and _is_reached(one)]
    without = f" The LSTM of 1997, without a forget gate, reaches lag {max(o['lag'] for o in old)}." if old else ""
    return Finding(
        "An LSTM learns to bridge 1,000 steps of noise",
        "Hochreiter & Schmidhuber 1997, 5.2",
        "true" if longest >= 1000 and _is_reached(cell) else "unclear",
        f"Begun by the chrono rule, lag {longest}: {each} of fresh sequences right, a seed each, after "
        f"{read:,.0f} sequences on average (the paper: 49,000 to 203,000, with other sizes and plain gradient "
        f"descent).{without}",
    )


def _fails_beyond(cells: list[Cell]) -> Finding | None:
    found = cells_of(cells, "rnn", MAIN)
    if not found:
        return None
    reached = [lag for lag, cell in found.items() if _is_reached(cell)]
    further = [
        f"{cell['task']} at {cell['lag']}: {mean(cell):.1%}"
        for cell in cells
        if cell["network"] == "rnn" and cell["task"] != MAIN and cell["lag"] > _CLAIMED and _is_reached(cell)
    ]
    farthest = max(reached, default=0)
    verdict: Verdict = "false" if farthest > _FAR else "partly" if farthest > _CLAIMED or further else "true"
    less = f" Where nothing is noise it reaches further: {'; '.join(further)}." if further else ""
    coin = ", ".join(f"{guessed(cell):.1%}" for lag, cell in sorted(found.items()) if lag >= 100)
    classes = f" At lags of 100 and more its likelier class is right in {coin}: no better than a coin." if coin else ""
    return Finding(
        "Learning of simple recurrent networks fails beyond lags of 5 to 10 steps",
        "A",
        verdict,
        f"Through noise, at the best of its learning rates: {_told(found)}; largest lag learnt in all seeds "
        f"{farthest}.{classes}{less}",
    )


def _fails_at_ten(cells: list[Cell]) -> Finding | None:
    cell = cells_of(cells, "rnn", MAIN).get(10)
    if cell is None:
        return None
    return Finding(
        "Backpropagation through time fails on task 2c already at a minimal lag of 10 steps",
        "Hochreiter & Schmidhuber 1997, 5",
        "false" if _is_reached(cell) else "true",
        f"A tanh network with orthogonal recurrent weights and Adam: {mean(cell):.1%} right, worst seed "
        f"{min(cell['right']):.1%}, after {statistics.fmean(cell['steps']):.0f} steps. The paper had neither.",
    )


def _vanishing(cells: list[Cell]) -> Finding | None:
    found = cells_of(cells, "lstm, bias 1", MAIN)
    failed = {lag: cell for lag, cell in found.items() if not _is_reached(cell)}
    if not failed:
        return None
    return Finding(
        "An LSTM does not remove vanishing gradients completely",
        "K",
        "true",
        f"Begun with a forget bias of 1, as is usual, it learns nothing from some lag on: {_told(found)}. A gate at "
        f"σ(1) = {_FORGETTING:.3f} leaves {_FORGETTING**100:.1e} of a cell after 100 steps, and as much of its "
        "gradient.",
    )


def _forget_gate(cells: list[Cell]) -> Finding | None:
    old = {c["lag"]: c for c in cells if c["network"] == "lstm_1997" and c["task"] == MAIN and c["start"] == "default"}
    new = cells_of(cells, "lstm, bias 1", MAIN)
    shared = [lag for lag in old if lag in new and _is_reached(old[lag]) and not _is_reached(new[lag])]
    if not shared:
        return None
    lag = max(shared)
    return Finding(
        "The forget gate removes vanishing and exploding gradients",
        "G",
        "false",
        f"It brings vanishing back: at lag {lag} the LSTM of 1997, which has none, gets {mean(old[lag]):.1%} right, "
        f"the one with forget gates at a bias of 1 {mean(new[lag]):.1%}. It is the cell's sum that keeps a gradient; a "
        "forget gate keeps it as far as it is open. Of exploding gradients see the study `gradients`.",
    )


def _like_simple(cells: list[Cell]) -> Finding | None:
    lstm, rnn = cells_of(cells, "lstm, uniform", MAIN), cells_of(cells, "rnn", MAIN)
    chrono = cells_of(cells, "lstm, chrono", MAIN)
    shared = sorted(set(lstm) & set(rnn) & set(chrono))
    if not shared:
        return None
    alike = [lag for lag in shared if mean(lstm[lag]) < _NOTHING and mean(rnn[lag]) < _NOTHING]
    told = "; ".join(
        f"lag {lag}: {mean(lstm[lag]):.1%}, simple network {mean(rnn[lag]):.1%}, LSTM begun by the chrono rule "
        f"{mean(chrono[lag]):.1%}"
        for lag in shared
    )
    return Finding(
        "Random initialisation can make an LSTM behave like a simple recurrent network",
        "K",
        "true" if alike else "false",
        f"In what it learns. LSTM with all weights and biases drawn within ±1/√H, as torch does: {told}.",
    )


def _adjustment(cells: list[Cell], rates: list[Cell]) -> Finding | None:
    if not rates:
        return None
    good = [cell["budget"]["rate"] for cell in rates if _is_reached(cell)]
    bad = [f"{cell['budget']['rate']:g} ({mean(cell):.1%})" for cell in rates if not _is_reached(cell)]
    found = cells_of(cells, "lstm, bias 1", MAIN).get(rates[0]["lag"])
    biases = f" Biases matter: with forget gates at 1 it gets {mean(found):.1%}." if found else ""
    span = f"from {min(good):g} to {max(good):g}" if good else "at none"
    return Finding(
        "An LSTM needs no fine adjustment of learning rate and biases",
        "A",
        "partly",
        f"Of the learning rate, begun by the chrono rule at lag {rates[0]['lag']}: all seeds succeed {span}"
        f"{'; not at ' + ', '.join(bad) if bad else ''}.{biases}",
    )


def _numbers_kept(cells: list[Cell]) -> Finding | None:
    wanted = {"adding": 50, "multiplication": 50, "temporal order": 40}
    found = [cells_of(cells, "lstm, chrono", task).get(lag) for task, lag in wanted.items()]
    simple = [cells_of(cells, "rnn", task).get(lag) for task, lag in wanted.items()]
    if not all(found) or not all(simple):
        return None
    pairs = [(one, other) for one, other in zip(found, simple, strict=True) if one and other]
    told = "; ".join(f"{one['task']} {mean(one):.1%} (simple network {mean(other):.1%})" for one, other in pairs)
    return Finding(
        "An LSTM learns to add, to multiply and to tell orders over sequences of 100 steps",
        "Hochreiter & Schmidhuber 1997, 5.4 to 5.6",
        "true" if all(_is_reached(one) for one, _ in pairs) else "partly",
        f"Lags as in the paper, mean of the seeds: {told}.",
    )


def _resources(cells: list[Cell]) -> Finding | None:
    first = {cell["network"]: cell for cell in reversed(cells) if cell["task"] == MAIN}
    if not {"rnn", "lstm", "gru"} <= set(first):
        return None
    base = first["rnn"]
    times = {name: first[name]["parameters"] / base["parameters"] for name in ("lstm", "gru")}
    rnn, lstm = cells_of(cells, "rnn", MAIN).get(10), cells_of(cells, "lstm, chrono", MAIN).get(10)
    spent = ""
    if rnn and lstm:
        work = [statistics.fmean(c["steps"]) * c["multiplications"] for c in (rnn, lstm)]
        spent = (
            f" To learn lag 10 it took {statistics.fmean(rnn['steps']):.0f} steps and the LSTM "
            f"{statistics.fmean(lstm['steps']):.0f}, {work[1] / work[0]:.1f} times the multiplications."
        )
    return Finding(
        "Simple recurrent networks use far fewer resources than LSTM and GRU",
        "W",
        "partly",
        f"At the same width an LSTM has {times['lstm']:.0f} times the parameters and multiplications a step, a GRU "
        f"{times['gru']:.0f} times: as many as it has blocks.{spent} Where the simple network does not learn at all, "
        "it is not cheaper.",
    )
