"""``gatewise study memory``: success rate against lag on the tasks of Hochreiter and Schmidhuber and others."""

from __future__ import annotations

from typing import Annotated

import typer

from gatewise.cli.options import AsJson
from gatewise.cli.studies.finish import Out, Seed, begin, finish


def memory(
    thorough: Annotated[bool, typer.Option("--thorough", help="More networks, lags and seeds; takes hours.")] = False,
    grid: Annotated[bool, typer.Option(help="Also parity and addition by Grid LSTMs.")] = True,
    out: Out = None,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; another number changes last digits.", min=1)] = 1,
    json_: AsJson = False,
) -> None:
    """Adding, multiplication, order, copy, parity, noise, Reber: who remembers how far. A quarter of an hour."""
    begin(threads)
    from gatewise.studies.memory import memory as run

    finish(run(seed=seed, thorough=thorough, grid=grid), out, as_json=json_)
