"""``gatewise reproduce``: train a published experiment again and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gatewise.cli.options import AsJson, Threads
from gatewise.errors import require_extra


def reproduce(
    name: Annotated[str, typer.Argument(help="a (LSTM 10, length 300) or b (LSTM 100, length 600).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for models and result.  [default: runs/reproduce-NAME]")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds.", min=1, max=100)] = 3,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Train a published IMDB experiment from its stated settings and give a verdict.

    Needs the reviews once: gatewise data imdb. An interrupted run goes on with the same command.
    """
    require_extra("train", "torch", "reproducing an experiment")
    from gatewise.train.process import prepare

    prepare(threads)
    from gatewise.studies.reproduce import reproduce as run
    from gatewise.train.progress import default_reporter

    result = run(name, out or Path("runs") / f"reproduce-{name}", default_reporter(), seeds=tuple(range(seeds)))
    typer.echo(json.dumps(result) if json_ else _table(result))


def _table(result: dict[str, Any]) -> str:
    published, measured = result["published"], result["measured"]
    spread = f" ± {measured['accuracy_sd']:.2%}" if measured["accuracy_sd"] is not None else ""
    low, high = result["interval_of_one_seed"]
    loss = f"{published['loss']:.4f}" if published["loss"] is not None else "not stated"
    return "\n".join(
        [
            f"{result['experiment']}: {result['setting']}",
            f"{'':12}{'published':>14}{'measured':>20}",
            f"{'parameters':12}{published['parameters']:>14,}{measured['parameters']:>20,}",
            f"{'accuracy':12}{published['accuracy']:>14.2%}{measured['accuracy_mean']:>14.2%}{spread}",
            f"{'loss':12}{loss:>14}{measured['loss_mean']:>20.4f}",
            f"sampling alone moves the accuracy of one seed by ± {(high - low) / 2:.2%} (95 %)",
            f"bag-of-words rival, fitted on IMDB with the packaged model: {result['rival_accuracy']:.2%}",
            f"verdict: {result['verdict']} (mean of {len(result['runs'])} seeds, last epoch)",
        ]
    )
