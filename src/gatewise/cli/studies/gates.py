"""``gatewise study gates``: what gates and cell of an LSTM do, word by word."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson, ModelName, Threads
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def gates(
    sentence: Annotated[
        str | None, typer.Argument(help="A sentence of your own.  [default: the examples of the courses]")
    ] = None,
    model: ModelName = "imdb",
    layer: Annotated[int, typer.Option(help="Layer of the model to look at.", min=1)] = 1,
    out: Out = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Show gates, candidate and cell of an LSTM on a sentence, and what each word wrote and erased.

    Without a sentence, the examples by which the courses explain gates are put to the test.
    """
    begin(threads)
    from gatewise.studies.gates import gates as study

    finish(study(sentence, model=model, layer=layer, seed=seed), out, as_json=json_)
