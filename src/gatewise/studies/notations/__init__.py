"""The three ways in which the course documents write an LSTM: converters, forwards as written, and what goes wrong.

`forms` has the notations as data and the ways between them, `layouts` the arrays of torch and Keras, `literal` each
forward pass as its document has it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.errors import ParameterError
from gatewise.studies.notations.forms import random_joined
from gatewise.studies.notations.measures import answers, by_step, combining, counts, slips, surest
from gatewise.studies.notations.telling import ADVICE, METHOD, findings, plot, tables
from gatewise.studies.report import Report

VOCABULARIES = (10, 100, 5_000, 20_000)


def notations(*, seed: int = 0, steps: int = 20, inputs: int = 3, units: int = 5) -> Report:
    """Compare the notations on one random network and sequence, count parameters, and make the mistakes on purpose.

    Args:
        seed: Seeds weights and sequence.
        steps: Of the sequence, T.
        inputs: Features in a step, I.
        units: Of the network, H.

    Raises:
        ParameterError: A size is below 1.

    Example:
        >>> report = notations(steps=3)
        >>> report.numbers["parameters"]["(1) 4 (m² + mn + m)"]
        53200
    """
    if steps < 1:
        raise ParameterError(f"steps={steps} is below 1")
    form = random_joined(inputs=inputs, units=units, seed=seed)
    x = np.random.default_rng([seed, 1]).normal(size=(steps, inputs))
    numbers = _measured(form, x)
    return Report(
        name="notations",
        title="Three ways to write one LSTM",
        question="Do the three notations of the course documents mean the same network, what is lost between them, "
        "and what happens if they are mixed up?",
        method=METHOD,
        settings={"seed": seed, "steps": steps, "inputs": inputs, "units": units},
        numbers=numbers,
        findings=findings(numbers),
        tables=tables(numbers),
        plots=(plot(numbers),),
        advice=ADVICE,
    )


def _measured(form: Any, x: Any) -> dict[str, Any]:
    found = answers(form, x)
    first, *_ = found.values()
    return {
        "equal_by_step": {name: by_step(hidden, first) for name, hidden in found.items()},
        "slips_by_step": {name: by_step(hidden, first) for name, hidden in slips(form, x).items()},
        "typical_h": float(np.sqrt((first**2).mean())),
        "parameters": counts(),
        "combining": combining(form.units),
        "surest_softmax": {str(size): share for size, share in surest(VOCABULARIES).items()},
    }
