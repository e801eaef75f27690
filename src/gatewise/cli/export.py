"""``gatewise export``: a model as a file for elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gatewise.cli.options import AsJson
from gatewise.errors import ModelError, ParameterError
from gatewise.settings import use_one_blas_thread

FORMATS = ("html",)


def export(
    model: Annotated[str, typer.Argument(help="Model folder, or imdb, which comes with the package.")] = "imdb",
    to: Annotated[str, typer.Option("--to", help="html: a page that reads with the model, in one file.")] = "html",
    out: Annotated[Path | None, typer.Option("--out", help="File to write.  [default: MODEL.html]")] = None,
    json_: AsJson = False,
) -> None:
    """Write a model as one file that works offline: the page that shows how it reads, with the network inside."""
    if to not in FORMATS:
        raise ParameterError(f"--to {to!r} is not one of {', '.join(FORMATS)}")
    name = Path(model).name or "model"
    target = Path(f"{name}.{to}") if out is None else out
    if target.exists() and not target.is_file():
        raise ParameterError(f"--out {str(target)!r} is not a file", hint=f"name a file, e.g. --out {name}.{to}")
    if not target.parent.is_dir():
        raise ParameterError(
            f"--out {str(target)!r} lies in a folder that does not exist", hint=f"mkdir -p {target.parent}"
        )
    use_one_blas_thread()
    from gatewise.export.html import html_page
    from gatewise.runtime.predictor import Predictor

    page = html_page(Predictor.load(model, parts=("baseline", "metrics")), name)
    _write(target, page)
    if json_:
        typer.echo(json.dumps({"file": str(target), "format": to, "bytes": len(page)}, ensure_ascii=False))
    else:
        typer.echo(f"{target}  {len(page) / 1e6:.1f} MB; open it in a browser")


def _write(target: Path, page: bytes) -> None:
    from gatewise.store.atomic import write_bytes

    try:
        write_bytes(target.resolve(), page)
    except OSError as problem:
        raise ModelError(f"the file cannot be written: {problem.strerror}", where=str(target)) from problem
