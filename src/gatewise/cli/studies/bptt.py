"""``gatewise study bptt``: backpropagation through time by hand, beside autograd."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def bptt(
    steps: Annotated[int, typer.Option(help="Steps of the sequence.", min=1, max=50)] = 4,
    inputs: Annotated[int, typer.Option(help="Features in a step.", min=1, max=16)] = 2,
    units: Annotated[int, typer.Option(help="Units of the network.", min=1, max=16)] = 3,
    out: Out = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Backpropagation through time by hand: every equation, every step, beside autograd and differences. Seconds."""
    begin(threads)
    from gatewise.studies.bptt import bptt as run

    finish(run(seed=seed, steps=steps, inputs=inputs, units=units), out, as_json=json_)
