"""``gatewise study order``: who sees the order of words, and what it is worth."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def order(
    pairs: Annotated[int, typer.Option(help="Pairs of invented sentences to train on.", min=10)] = 1000,
    reviews: Annotated[
        int, typer.Option(help="IMDB reviews to train on, where they are in the cache; 0 leaves them out.", min=0)
    ] = 2000,
    seeds: Annotated[int, typer.Option(help="Draws of data and weights.", min=1, max=100)] = 3,
    out: Out = None,
    seed: Seed = 0,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Show which classifiers tell texts of the same words apart, and how much shuffling the words costs each."""
    begin(threads)
    from gatewise.studies.order import order as study

    finish(study(pairs=pairs, reviews=reviews, seeds=seeds, seed=seed), out, as_json=json_)
