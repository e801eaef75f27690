"""``gatewise study``: experiments of the literature and of the course documents, each one command."""

from __future__ import annotations

from importlib import import_module

import typer

# Each is the function of that name in the file of that name under `gatewise.cli.studies`.
STUDIES: tuple[str, ...] = ("activations", "notations", "bptt", "courses", "memory", "gradients", "gates", "order")

app = typer.Typer(
    no_args_is_help=True,
    help="Experiments that show how these networks work: each writes a page, its plots and its numbers.",
    rich_markup_mode=None,
)
for _name in STUDIES:
    app.command()(getattr(import_module(f"gatewise.cli.studies.{_name}"), _name))
