"""``gatewise explain``: why a text gets its answer, word by word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.html_file import check_target, write_page
from gatewise.cli.options import AsJson, ModelName
from gatewise.errors import DataError
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.explain.decomposition import PhraseDecomposition
    from gatewise.explain.explanation import Explanation
    from gatewise.explain.gates import Mover, Trace
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
    phrase: Annotated[
        str | None, typer.Option(help='Also take apart what some words of the text say together, e.g. "not good".')
    ] = None,
    units: Annotated[
        int, typer.Option(help="Also show this many units of the network, those that moved most.", min=0)
    ] = 0,
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
    given = _given(text)
    explanation = take_apart(predictor, given, label=label, method=method)
    inner = _Inner(predictor, given, explanation.label, phrase, units)
    if html is not None:
        _write(html, explanation, inner, predictor, model)
    if json_:
        content = explanation.as_json() | inner.as_json()
        typer.echo(json.dumps(content, ensure_ascii=False, allow_nan=False))
        return
    _show(explanation, inner)
    if html is not None:
        typer.echo(f"\npage: {html}")


class _Inner:
    """What is asked of the inside of the network beside the explanation."""

    def __init__(self, predictor: Predictor, text: str, label: str | int, phrase: str | None, units: int) -> None:
        self.phrase: PhraseDecomposition | None = None
        self.units: tuple[Trace, list[Mover]] | None = None
        if phrase is not None:
            from gatewise.explain.decomposition import decompose

            self.phrase = decompose(predictor, text, phrase, label=label)
        if units:
            from gatewise.explain.gates import moved_most, trace

            traced = trace(predictor, text, label=label)
            self.units = traced, moved_most(traced, units)

    def as_json(self) -> dict[str, Any]:
        """What was asked for, by its name."""
        content: dict[str, Any] = {}
        if self.phrase is not None:
            content["phrase"] = self.phrase.as_json()
        if self.units is not None:
            traced, movers = self.units
            content["units"] = [mover.as_json() | {"cell": traced.c[:, mover.unit].tolist()} for mover in movers]
        return content


def _show(explanation: Explanation, inner: _Inner) -> None:
    from rich.console import Console

    from gatewise.explain.terminal import show
    from gatewise.explain.terminal_network import show_phrase, show_units

    out = Console(highlight=False, markup=False, emoji=False)
    show(explanation, out)
    if inner.phrase is not None:
        show_phrase(inner.phrase, out)
    if inner.units is not None:
        show_units(*inner.units, out)


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


def _write(html: Path, explanation: Explanation, inner: _Inner, predictor: Predictor, model: str) -> None:
    from gatewise.explain.html import explanation_page

    # The name of a folder only: where it lies is nobody's business.
    name = Path(model).resolve().name if Path(model).is_dir() else model
    page = explanation_page(explanation, model=name, metrics=predictor.metrics, phrase=inner.phrase, units=inner.units)
    write_page(html, page)
