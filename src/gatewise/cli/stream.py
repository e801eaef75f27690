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
    from gatewise.explain.wording import visible
    from gatewise.metrics.ordered import expected_values
    from gatewise.runtime.predictor import Predictor

    predictor = Predictor.load(model, parts=())
    classes, values = [str(label) for label in predictor.classes_], predictor.values
    for word, probabilities in predictor.stream(text):
        shares = probabilities.tolist()
        expected = [float(expected_values([shares], values)[0])] if values else []
        if json_:
            named = dict(zip(classes, shares, strict=True))
            more = {"expected": expected[0]} if expected else {}
            typer.echo(json.dumps({"word": word, "probabilities": named, **more}, ensure_ascii=False))
            continue
        # A text may not command the terminal.
        shown = visible(word)
        if expected:
            share = (expected[0] - values[0]) / (values[-1] - values[0])
            typer.echo(_scale(shown, classes[0], classes[-1], share, f"{expected[0]:.2f}"))
        else:
            typer.echo(_bar(shown, classes, shares))


def _bar(word: str, classes: list[str], shares: list[float]) -> str:
    """One word: for two classes a scale from the first to the second, else the likeliest class."""
    if len(classes) == 2:
        return _scale(word, classes[0], classes[1], shares[1], f"{shares[1]:.3f}")
    best = max(range(len(classes)), key=shares.__getitem__)
    return f"{word:<20.20} {classes[best]}  {shares[best]:.3f}"


def _scale(word: str, low: str, high: str, share: float, said: str) -> str:
    """One word on a scale, with the mark where `share` of it lies to the left."""
    place = round(20 * share)
    return f"{word:<20.20} {low} {'─' * place}●{'─' * (20 - place)} {high}  {said}"
