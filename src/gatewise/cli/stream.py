"""``gatewise stream``: the probability after every word."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gatewise.cli.options import AsJson, ModelName
from gatewise.settings import use_one_blas_thread


def stream(
    text: Annotated[str, typer.Argument(help="The text to read word by word.")],
    model: ModelName = "imdb",
    json_: AsJson = False,
) -> None:
    """Read a text word by word and show the probabilities after each; the last line is what predict says."""
    use_one_blas_thread()
    from gatewise.runtime.predictor import Predictor

    predictor = Predictor.load(model, parts=())
    classes = [str(label) for label in predictor.classes_]
    for word, probabilities in predictor.stream(text):
        shares = probabilities.tolist()
        if json_:
            named = dict(zip(classes, shares, strict=True))
            typer.echo(json.dumps({"word": word, "probabilities": named}, ensure_ascii=False))
        else:
            typer.echo(_bar(word, classes, shares))


def _bar(word: str, classes: list[str], shares: list[float]) -> str:
    """One word: for two classes a scale from the first to the second, else the likeliest class."""
    if len(classes) == 2:
        place = round(20 * shares[1])
        return f"{word:<20.20} {classes[0]} {'─' * place}●{'─' * (20 - place)} {classes[1]}  {shares[1]:.3f}"
    best = max(range(len(classes)), key=shares.__getitem__)
    return f"{word:<20.20} {classes[best]}  {shares[best]:.3f}"
