"""Where the command ``gatewise`` begins: before anything is imported, the garbage collector is told to be rare.

Importing and loading a model make a hundred thousand objects that all stay; looking through them every 700 allocations,
as Python does by default, took a tenth of a cold prediction.
"""

from __future__ import annotations

import gc

_ALLOCATIONS_BETWEEN_COLLECTIONS = 100_000


def run() -> None:
    """Entry point of the command."""
    gc.set_threshold(_ALLOCATIONS_BETWEEN_COLLECTIONS)
    from gatewise.cli.main import run as run_command

    run_command()
