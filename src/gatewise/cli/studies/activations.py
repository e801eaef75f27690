"""``gatewise study activations``: the seven activations, their slopes, and two misprints."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def activations(
    points: Annotated[int, typer.Option(help="Places at which derivatives are checked.", min=1, max=10**6)] = 1000,
    out: Out = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Table, plot and check of linear, sigmoid, tanh, ReLU, leaky ReLU, softplus and threshold. A second."""
    begin(threads)
    from gatewise.studies.activations import activations as run

    finish(run(seed=seed, points=points), out, as_json=json_)
