"""``gatewise next``: the likeliest next words of a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.cli.options import AsJson, EncoderName
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.runtime.language_model import NextWords

_WIDTH = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_WORD = 24


def next(
    text: Annotated[str, typer.Argument(help='How the text begins, e.g. "The clouds are in the".')],
    encoder: EncoderName = None,
    count: Annotated[int, typer.Option("--count", help="How many words to show.", min=1)] = 5,
    json_: AsJson = False,
) -> None:
    """Show the likeliest next words of a text, with the probability that a pre-trained encoder gives them."""
    use_one_blas_thread()
    from gatewise.explain.wording import visible
    from gatewise.runtime.language_model import LanguageModel

    model = LanguageModel.load(encoder)
    found = model.next_words(text, count=count)
    if json_:
        words = [{"word": word, "probability": probability} for word, probability in found.words]
        content = {"text": text, "words": words, "unk_probability": found.unknown, "not_known": found.not_known}
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    if found.not_known:
        # A text may not command the terminal.
        typer.echo(f"not in the vocabulary, read as <unk>: {visible(', '.join(found.not_known))}", err=True)
    for line in _lines(found):
        typer.echo(line)
    known = model.config.vocabulary_size - 1
    typer.echo(f"a word that is none of the {known:,} known ones (<unk>): {percent(found.unknown).strip()}")


def _lines(found: NextWords) -> list[str]:
    """A line a word: the likeliest has the longest bar."""
    width = min(_LONGEST_WORD, max((len(word) for word, _ in found.words), default=0))
    highest = max((probability for _, probability in found.words), default=0.0)
    return [
        f"{word:<{width}.{width}}  {bar(probability / highest if highest else 0.0)}  {percent(probability)}"
        for word, probability in found.words
    ]


def percent(share: float) -> str:
    """A probability in six characters; what would be shown as nothing is shown as little.

    Example:
        >>> percent(0.25), percent(0.0002)
        (' 25.0%', ' <0.1%')
    """
    return f"{share:6.1%}" if share >= 0.0005 else " <0.1%"


def bar(share: float) -> str:
    """A bar for a share from 0 to 1, in steps of an eighth of a character.

    Example:
        >>> bar(0.5).rstrip(), len(bar(0.01))
        ('████████████', 24)
    """
    whole, rest = divmod(round(share * 8 * _WIDTH), 8)
    return f"{'█' * whole}{_EIGHTHS[rest] if rest else ''}".ljust(_WIDTH)
