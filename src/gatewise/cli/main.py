"""The command ``gatewise``: one verb a file; this one only puts them together and turns errors into sentences.

Only the verb that was asked for is loaded; all of them for ``--help``, or when what was typed is no verb.
"""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Annotated

import typer

from gatewise.errors import GatewiseError
from gatewise.version import __version__

# In the order of the help. Each is the function of that name in the file of that name; a group has verbs of its own.
VERBS = (
    "train",
    "pretrain",
    "evaluate",
    "predict",
    "stream",
    "serve",
    "explain",
    "next",
    "generate",
    "export",
    "inspect",
    "reproduce",
    "study",
    "data",
    "doctor",
)
GROUPS = ("study", "data")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gatewise {__version__}")
        raise typer.Exit


def _top(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    pass


def build(asked: str | None = None) -> typer.Typer:
    """The command with the verb that was asked for, or with all of them."""
    app = typer.Typer(
        name="gatewise",
        help="Train, judge and run gated recurrent networks for text, on an ordinary CPU.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_top)
    for verb in [asked] if asked in VERBS else VERBS:
        module = import_module(f"gatewise.cli.{verb}")
        if verb in GROUPS:
            app.add_typer(module.app, name=verb)
        else:
            app.command()(getattr(module, verb))
    return app


def run() -> None:
    """Entry point: every `GatewiseError` becomes what / where / hint on stderr and an exit code."""
    for channel in (sys.stdout, sys.stderr):
        if isinstance(channel, io.TextIOWrapper):
            # A terminal that cannot write an emoji of a review gets a question mark, not an error.
            channel.reconfigure(errors="replace")
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
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
