"""An explanation on the terminal: the answer, the text in colour, the words that moved most, the sum that adds up."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatewise.explain.colours import FOR_AND_AGAINST, sign, style
from gatewise.explain.explanation import Explanation, Floats
from gatewise.explain.pieces import pieces
from gatewise.explain.ranking import moved_most, named
from gatewise.explain.sums import account
from gatewise.explain.wording import METHODS, label, notes, signed, verdict, visible

_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN_WIDTH = 100


def show(explanation: Explanation, console: Console | None = None) -> None:
    """Print an explanation.

    Args:
        explanation: What `gatewise.explain.explain.explain` gives.
        console: Where to; standard output when left out. Where it has no colours, signs behind the words tell the same.

    Notes:
        Control characters of the text are shown as pictures: no text can command the terminal.
    """
    out = console or Console(highlight=False, markup=False, emoji=False)
    predicted, other = verdict(explanation)
    out.print(Text.assemble((predicted, "bold"), f"    {other}" if other else ""))
    out.print(Text(METHODS.get(explanation.method, explanation.method), style="dim"))
    out.print()
    with_colour = out.color_system is not None and not out.no_color
    if len(explanation.words):
        out.print(_highlighted(explanation, with_colour=with_colour), overflow="fold", soft_wrap=False)
        out.print()
        out.print(_legend(explanation, with_colour=with_colour))
    for note in notes(explanation):
        out.print(Text(note, style="dim"))
    if len(explanation.words):
        heading(out, "The words that moved most")
        out.print(_ranking(explanation, out.width))
    if explanation.running is not None and len(explanation.words):
        heading(out, f"Log odds of {label(explanation.label)} after each word")
        _print_running(out, explanation)
    heading(out, f"The sum, in log odds of {label(explanation.label)}")
    _print_account(out, explanation)


def as_text(explanation: Explanation) -> str:
    """What `show` prints, without colours."""
    file = io.StringIO()
    show(explanation, Console(file=file, width=_PLAIN_WIDTH, color_system=None, highlight=False, emoji=False))
    return file.getvalue()


def heading(out: Console, title: str) -> None:
    """A line above a part of the output."""
    out.print()
    out.print(Text(title, style="bold"))


def _highlighted(explanation: Explanation, *, with_colour: bool) -> Text:
    """The text, each word coloured by its share of the strongest one's contribution."""
    strongest = _strongest(explanation.contributions)
    shown = Text()
    for piece in pieces(explanation.words):
        places = list(piece.places)
        share = float(explanation.contributions[places].sum()) / strongest if places else 0.0
        is_read = bool(explanation.words.is_read[places].all())
        shown.append(visible(piece.text), style=style(share) if is_read else "dim")
        if not with_colour:
            shown.append(sign(share))
    return shown


def _strongest(contributions: Floats) -> float:
    """The greatest of them without sign; 1 where nothing moved."""
    return float(abs(contributions).max(initial=0.0)) or 1.0


def _legend(explanation: Explanation, *, with_colour: bool) -> Text:
    name = label(explanation.label)
    parts: list[str | tuple[str, str]] = []
    for share, said in zip(FOR_AND_AGAINST, ("strongly against ", "against ", "for ", "strongly for "), strict=True):
        parts += [(f"{said}{name}" if with_colour else f"{said}{name}{sign(share)}", style(share)), "  "]
    return Text.assemble(*parts[:-1], style="" if with_colour else "dim")


def _ranking(explanation: Explanation, width: int) -> Table:
    rows = moved_most(explanation)
    table = _table(("", "right"), ("", "left"), (label(explanation.label, 12), "right"), ("", "left"))
    if explanation.rival is not None:
        table.add_column("bag of words", justify="right", no_wrap=True)
    half = max(4, min(14, (width - 52) // 2))
    strongest = max((abs(row.contribution) for row in rows if row.number is not None), default=0.0) or 1.0
    for row in rows:
        # Many words together would look stronger than the strongest: they get no bar.
        share = 0.0 if row.number is None else row.contribution / strongest
        cells = [
            Text("" if row.number is None else f"{row.number:,}", style="dim"),
            Text(row.word, style="dim" if row.number is None else ""),
            Text(signed(row.contribution)),
            _two_sided(share, half),
        ]
        table.add_row(*cells, *([] if row.rival is None else [Text(signed(row.rival), style="dim")]))
    return table


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name, side in columns:
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
    return table


def _two_sided(share: float, half: int) -> Text:
    """A bar from the middle to the right, or to the left; `share` from -1 to 1, to half a character."""
    steps = round(abs(share) * half * 2)
    whole, rest = divmod(steps, 2)
    if share < 0:
        left, right = ("▐" * rest + "█" * whole).rjust(half), " " * half
    else:
        left, right = " " * half, ("█" * whole + "▌" * rest).ljust(half)
    colour = style(0.5 if share > 0 else -0.5)
    return Text.assemble((left, colour), ("│", "dim"), (right, colour))


def _print_running(out: Console, explanation: Explanation) -> None:
    assert explanation.running is not None
    running = explanation.running
    low, high = int(running.argmin()), int(running.argmax())
    line = f"{signed(float(running[0]))} {sparkline(running, out.width - 18)} {signed(float(running[-1]))}"
    out.print(Text(line))
    ends = [
        f"{name} {signed(float(running[at]))} after {named(explanation.words, at)}"
        for name, at in (("lowest", low), ("highest", high))
    ]
    out.print(Text("   ".join(ends), style="dim"))


def sparkline(values: Floats | Sequence[float], width: int) -> str:
    """Values as blocks of eight heights, from the lowest to the highest; of more than `width` each n-th.

    Example:
        >>> sparkline([0.0, 1.0, 2.0, 7.0], 10), sparkline([0.0, 1.0, 2.0, 7.0], 2), sparkline([3.0, 3.0], 10)
        ('▁▂▃█', '▁█', '▄▄')
    """
    listed = [float(value) for value in values]
    if not listed:
        return ""
    if len(listed) > width:
        # The last value of each stretch, so that the line ends where the text does.
        listed = [listed[(column + 1) * len(listed) // width - 1] for column in range(width)]
    low, high = min(listed), max(listed)
    if high == low:
        return _BLOCKS[3] * len(listed)
    return "".join(_BLOCKS[round(7 * (value - low) / (high - low))] for value in listed)


def _print_account(out: Console, explanation: Explanation) -> None:
    found = account(explanation)
    width = max(len(number) for number, _ in (*found.lines, (found.score, "")))
    for number, name in found.lines:
        out.print(Text(f"  {number:>{width}}  {name}"))
    out.print(Text(f"  {'─' * width}", style="dim"))
    out.print(Text.assemble(f"  {found.score:>{width}}  score;  ", (found.equation, "bold")))
