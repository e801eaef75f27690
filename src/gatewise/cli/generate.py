"""``gatewise generate``: a text that an encoder writes, shown word by word."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.cli.options import AsJson, EncoderName
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.runtime.language_model import WrittenWord


def generate(
    prompt: Annotated[str, typer.Argument(help='How the text begins, e.g. "This film is".')],
    encoder: EncoderName = None,
    words: Annotated[int, typer.Option("--words", help="How many words to write.")] = 60,
    temperature: Annotated[
        float, typer.Option("--temperature", help="Below 1 likely words become likelier; 0 takes the likeliest.")
    ] = 0.8,
    top_k: Annotated[int, typer.Option("--top-k", help="Draw from so many likeliest words; 0 for all.")] = 0,
    top_p: Annotated[
        float, typer.Option("--top-p", help="Draw from the likeliest words that make up this probability.")
    ] = 0.95,
    seed: Annotated[int, typer.Option("--seed", help="The same seed writes the same text.")] = 0,
    json_: AsJson = False,
) -> None:
    """Go on with a text in the words of a pre-trained encoder: fluent, and true of nothing."""
    use_one_blas_thread()
    from gatewise.explain.wording import visible
    from gatewise.runtime.language_model import LanguageModel
    from gatewise.runtime.sampling import Sampling

    sampling = Sampling(temperature, top_k, top_p)
    written = LanguageModel.load(encoder).generate(prompt, words=words, sampling=sampling, seed=seed)
    beginning = prompt.rstrip()
    if json_:
        values = {"seed": seed, "temperature": temperature, "top_k": top_k, "top_p": top_p}
        typer.echo(json.dumps(_content(beginning, list(written)) | values, ensure_ascii=False))
        return
    # A text may not command the terminal.
    pieces = map(visible, chain(re.findall(r"\s*\S+", beginning), (word.text for word in written)))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    try:
        for piece in wrapped(pieces, width):
            typer.echo(piece, nl=False)
    finally:
        typer.echo()


def _content(beginning: str, written: list[WrittenWord]) -> dict[str, object]:
    return {
        "prompt": beginning,
        "text": beginning + "".join(word.text for word in written),
        "words": [
            {"word": word.word, "probability": word.probability, "unk_probability": word.unknown} for word in written
        ],
    }


def wrapped(pieces: Iterable[str], width: int) -> Iterator[str]:
    """The pieces, with a new line in the place of a blank where the next would not fit; of width 0 as they are.

    Example:
        >>> "".join(wrapped(["a", " fine", " film", "."], 8))
        'a fine\\nfilm.'
    """
    column = 0
    for piece in pieces:
        if width and column + len(piece) > width and piece.startswith(" "):
            yield f"\n{piece[1:]}"
            column = len(piece) - 1
        else:
            yield piece
            column = column + len(piece) if "\n" not in piece else len(piece) - piece.rindex("\n") - 1
