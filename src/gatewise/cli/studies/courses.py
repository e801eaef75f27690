"""``gatewise study courses``: errata of the course documents, each with a check."""

from __future__ import annotations

from gatewise.cli.options import AsJson, Threads
from gatewise.cli.studies.finish import Out, begin, finish


def courses(out: Out = None, threads: Threads = None, json_: AsJson = False) -> None:
    """What the course documents get wrong, leave open or have right, each shown by a computation. Seconds."""
    begin(threads)
    from gatewise.studies.courses import courses as run

    finish(run(), out, as_json=json_)
