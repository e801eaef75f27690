"""Backpropagation through time by hand: the course documents' equations step by step, made precise, and checked.

`network` is the way forwards, `by_hand` the way back and its misreadings, `checks` what it is compared with, `descent`
the gradient step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.activations import ACTIVATIONS
from gatewise.studies.bptt import checks, descent
from gatewise.studies.bptt.by_hand import READINGS, Reading, StepGradients, backward, total
from gatewise.studies.bptt.drawing import plots
from gatewise.studies.bptt.network import NAMES, Example, example, forward, loss
from gatewise.studies.bptt.sizes import EXAMPLES, LEARNERS, LEARNT, LENGTHS, LONGEST, RATE, WHEN, WIDEST, WORK
from gatewise.studies.bptt.telling import ADVICE, METHOD, findings, tables
from gatewise.studies.report import Report


def bptt(*, seed: int = 0, steps: int = 4, inputs: int = 2, units: int = 3) -> Report:
    """Backpropagate through a small LSTM by hand, compare, and measure what misreadings of the formulas cost.

    Args:
        seed: Seeds weights, sequence and targets.
        steps: T, up to 50.
        inputs: I, up to 16.
        units: H, up to 16.

    Raises:
        ParameterError: A size is out of range.

    Example:
        >>> report = bptt(steps=2)
        >>> report.numbers["largest_difference"]["autograd"] < 1e-10
        True
    """
    for name, size, most in (("steps", steps, LONGEST), ("inputs", inputs, WIDEST), ("units", units, WIDEST)):
        if not 1 <= size <= most:
            raise ParameterError(f"{name}={size} is outside 1 to {most}")
    one = example(steps=steps, inputs=inputs, units=units, seed=seed)
    found = backward(one)
    numbers = {
        **_compared(one, found),
        **_walk(one, found),
        **_misread(one, inputs=inputs, units=units),
        "gradient_step": _descent(seed),
        "multiplications_per_weight_and_step": {
            f"T = {T}, I = {width}, H = {H}": checks.work_per_weight(example(steps=T, inputs=width, units=H, seed=seed))
            for T, width, H in WORK
        },
    }
    return Report(
        name="bptt",
        title="Backpropagation through time, by hand",
        question="Are the gradient equations of the course documents right, what do they leave open, and what does a "
        "wrong reading of them cost?",
        method=METHOD,
        settings={"seed": seed, "steps": steps, "inputs": inputs, "units": units, "examples_per_length": EXAMPLES},
        numbers=numbers,
        findings=findings(numbers),
        tables=tables(numbers),
        plots=plots(numbers),
        advice=ADVICE,
    )


def _compared(one: Example, found: list[StepGradients]) -> dict[str, Any]:
    sums, auto, differences = total(found), checks.by_autograd(one), checks.by_differences(one)
    values = {f"d{letter}": checks.nudged(one, letter) for letter in "figoch"}
    return {
        "loss": loss(one),
        "largest_difference": {
            "autograd": checks.largest_difference(sums, auto),
            "central differences": checks.largest_difference(sums, differences),
        },
        "largest_difference_of_values_to_differences": {
            name: float(np.abs(np.array([getattr(step, name) for step in found]) - moved).max())
            for name, moved in values.items()
        },
        "gradients": {
            name: {
                "by_hand": sums[name].tolist(),
                "autograd": auto[name].tolist(),
                "central_differences": differences[name].tolist(),
            }
            for name in NAMES
        },
    }


def _walk(one: Example, found: list[StepGradients]) -> dict[str, Any]:
    names = ("dh", "dc", "do", "di", "df", "dg", "from_loss", "from_cell", "from_gates")
    return {
        "forward": [{name: getattr(step, name).tolist() for name in "xfigoch"} for step in forward(one)],
        "backward": [{name: getattr(step, name).tolist() for name in names} for step in found],
        "share_of_steps": checks.projections(found),
    }


def _misread(one: Example, *, inputs: int, units: int) -> dict[str, Any]:
    right = total(backward(one))
    wrong: dict[Reading, Any] = {reading: total(backward(one, reading=reading)) for reading in READINGS[1:]}
    spread = {}
    for only_last in (False, True):
        drawn = [
            [
                checks.error_of(example(steps=T, inputs=inputs, units=units, seed=s, only_last=only_last), READINGS[1])
                for s in range(EXAMPLES)
            ]
            for T in LENGTHS
        ]
        spread["loss at the last step" if only_last else "loss at every step"] = {
            "steps": list(LENGTHS),
            "median": [float(np.median(errors)) for errors in drawn],
            "least": [min(errors) for errors in drawn],
            "most": [max(errors) for errors in drawn],
        }
    return {
        "relative_error": {
            reading: {
                "all": checks.distance(gradients, right),
                **{name: checks.distance(gradients, right, (name,)) for name in NAMES},
            }
            for reading, gradients in wrong.items()
        },
        "printed_chain_by_length": spread,
        "descent_by_readings": {
            reading: checks.descended(
                [example(steps=len(one.x), inputs=inputs, units=units, seed=s) for s in range(LEARNERS)],
                reading,
                rate=RATE,
                when=LEARNT,
            )
            for reading in READINGS
        },
    }


def _descent(seed: int) -> dict[str, Any]:
    linear, logistic, edge = ACTIVATIONS["linear"], ACTIVATIONS["sigmoid"], 2 / descent.steepest(seed)
    return {
        "slides": descent.WEIGHT - descent.STEP,
        "after_steps": list(WHEN),
        "logistic unit, α = 1": descent.descend(logistic, 1.0, seed, WHEN),
        "linear unit, α half of what overshoots": descent.descend(linear, edge / 2, seed, WHEN),
        "linear unit, α a tenth above": descent.descend(linear, 1.1 * edge, seed, WHEN),
        "gradient_against_differences": {name: descent.gradient_error(name, seed) for name in ("sigmoid", "linear")},
    }
