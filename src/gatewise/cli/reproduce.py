"""``gatewise reproduce``: run a published experiment again and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.running import begin_process
from gatewise.errors import ParameterError, require_extra


def reproduce(
    name: Annotated[str | None, typer.Argument(help="A name of --list.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for models, page and result.  [default: runs/reproduce-NAME]")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds.", min=1, max=100)] = 3,
    list_: Annotated[bool, typer.Option("--list", help="Show all experiments, their figures and cost.")] = False,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Run a published IMDB experiment again from its stated settings and give a verdict.

    Needs the reviews once: gatewise data imdb. An interrupted run goes on with the same command.
    """
    require_extra("train", "torch", "reproducing an experiment")
    require_extra("train", "matplotlib", "reproducing an experiment")
    if list_:
        typer.echo(_listed(as_json=json_))
        return
    if name is None:
        raise ParameterError("no experiment is named", hint="gatewise reproduce --list shows them")
    begin_process(threads)
    _run(name, out or Path("runs") / f"reproduce-{name}", seeds, as_json=json_)


def _run(name: str, out: Path, seeds: int, *, as_json: bool) -> None:
    from gatewise.cli.studies.finish import finish
    from gatewise.studies.reproduce import reproduce as run
    from gatewise.train.progress import default_reporter

    finish(run(name, out, default_reporter(), seeds=tuple(range(seeds))), out, as_json=as_json)


def _listed(*, as_json: bool) -> str:
    from gatewise.studies.reproduce import CATALOGUE

    rows = [
        {"name": name, "source": one.source, "title": one.title, "published": one.figure, "minutes": one.minutes}
        for name, one in CATALOGUE.items()
    ]
    if as_json:
        return json.dumps(rows)
    lines = ["About so many minutes on one core for three seeds:"]
    for row in rows:
        lines.append(f"{row['name']:12}{row['minutes']:>4} min  {row['title']}")
        lines.append(f"{'':22}{row['source']}: {row['published']}")
    return "\n".join(lines)
