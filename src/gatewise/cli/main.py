"""The command ``gatewise``: one verb a file; this one only puts them together and turns errors into sentences."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from gatewise.cli import data, evaluate, inspect, predict, reproduce, stream, train
from gatewise.errors import GatewiseError
from gatewise.version import __version__

app = typer.Typer(
    name="gatewise",
    help="Train, judge and run gated recurrent networks for text, on an ordinary CPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(predict.predict)
app.command()(stream.stream)
app.command()(inspect.inspect)
app.command()(reproduce.reproduce)
app.add_typer(data.app, name="data")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gatewise {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    pass


def run() -> None:
    """Entry point: every `GatewiseError` becomes what / where / hint on stderr and an exit code."""
    for channel in (sys.stdout, sys.stderr):
        if isinstance(channel, io.TextIOWrapper):
            # A terminal that cannot write an emoji of a review gets a question mark, not an error.
            channel.reconfigure(errors="replace")
    try:
        app()
    except GatewiseError as problem:
        place = f"{problem.where}: " if problem.where else ""
        print(f"gatewise: {place}{problem.what}", file=sys.stderr)
        if problem.hint:
            print(f"  {problem.hint}", file=sys.stderr)
        sys.exit(problem.exit_code)
    except BrokenPipeError:
        # Whoever read our output (head, less) has gone; that is no fault.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        print("gatewise: interrupted", file=sys.stderr)
        sys.exit(130)
