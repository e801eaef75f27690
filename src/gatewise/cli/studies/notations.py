"""``gatewise study notations``: three ways to write one LSTM, and what happens when they are mixed up."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def notations(
    steps: Annotated[int, typer.Option(help="Steps of the sequence.", min=1, max=10_000)] = 20,
    inputs: Annotated[int, typer.Option(help="Features in a step.", min=1, max=1000)] = 3,
    units: Annotated[int, typer.Option(help="Units of the network.", min=1, max=1000)] = 5,
    out: Out = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """The course documents' three notations of an LSTM beside each other, torch and Keras layouts. Seconds."""
    begin(threads)
    from gatewise.studies.notations import notations as run

    finish(run(seed=seed, steps=steps, inputs=inputs, units=units), out, as_json=json_)
