"""``gatewise explain``: why a text gets its answer, word by word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.cli.html_file import check_target, write_page
from gatewise.cli.options import AsJson, ModelName
from gatewise.errors import DataError
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.explain.explanation import Explanation
    from gatewise.runtime.predictor import Predictor


def explain(
    text: Annotated[str, typer.Argument(help="The text to explain, or - for standard input, all of it one text.")],
    model: ModelName = "imdb",
    label: Annotated[str | None, typer.Option(help="Class to explain.  [default: the predicted one]")] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="running, integrated or occlusion.  [default: running, or integrated for a model that also reads "
            "backwards]"
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write the explanation as a page to this file.")] = None,
    json_: AsJson = False,
) -> None:
    """Show why a text gets its answer: what each word contributes, in log odds that add up to the score."""
    use_one_blas_thread()
    # What would fail at the end fails now.
    check_target(html)
    from gatewise.explain.explain import explain as take_apart
    from gatewise.runtime.predictor import Predictor

    predictor = Predictor.load(model, parts=("baseline", "metrics"))
    explanation = take_apart(predictor, _given(text), label=label, method=method)
    if html is not None:
        _write(html, explanation, predictor, model)
    if json_:
        typer.echo(json.dumps(explanation.as_json(), ensure_ascii=False, allow_nan=False))
        return
    from gatewise.explain.terminal import show

    show(explanation)
    if html is not None:
        typer.echo(f"\npage: {html}")


def _given(text: str) -> str:
    """The argument, or all of standard input without its last line end."""
    if text != "-":
        return text
    try:
        given = typer.get_binary_stream("stdin").read().decode("utf-8")
    except UnicodeDecodeError as problem:
        raise DataError(
            f"it is not UTF-8 (byte {problem.start:,})", where="standard input", hint="iconv -t utf-8 converts it"
        ) from problem
    return given.removesuffix("\n").removesuffix("\r")


def _write(html: Path, explanation: Explanation, predictor: Predictor, model: str) -> None:
    from gatewise.explain.html import explanation_page

    # The name of a folder only: where it lies is nobody's business.
    name = Path(model).resolve().name if Path(model).is_dir() else model
    write_page(html, explanation_page(explanation, model=name, metrics=predictor.metrics))
