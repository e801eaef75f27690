"""``gatewise study gradients``: how gradients vanish and explode, and what helps."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def gradients(
    seeds: Annotated[int, typer.Option(help="Models of each setting.", min=1, max=100)] = 3,
    lag: Annotated[int, typer.Option(help="Longest lag, in steps.", min=12, max=250)] = 60,
    steps: Annotated[int, typer.Option(help="Batches of a training at most.", min=2, max=10**6)] = 600,
    out: Out = None,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; another number may change last digits.", min=1)] = 1,
    json_: AsJson = False,
) -> None:
    """Norms of gradients against distance, vanishing and exploding, and the remedies put to the test. Three minutes."""
    begin(threads)
    from gatewise.studies.gradients import gradients as run

    finish(run(seed=seed, seeds=seeds, lag=lag, steps=steps), out, as_json=json_)
