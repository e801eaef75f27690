"""Phrases and units of an LSTM on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatewise.explain.decomposition import PhraseDecomposition
from gatewise.explain.gates import Mover, Trace
from gatewise.explain.ranking import named
from gatewise.explain.sums import phrase_sums
from gatewise.explain.terminal import heading, sparkline
from gatewise.explain.wording import OF_THE_NETWORK, label, signed

_WIDEST = 40
_BESIDE = 46


def show_phrase(found: PhraseDecomposition, console: Console) -> None:
    """Print what a phrase brings by itself, that of its words alone, and what is left for all else."""
    heading(console, f"The phrase, in the network's margin for {label(found.label)}")
    console.print(Text(OF_THE_NETWORK, style="dim"))
    sums = phrase_sums(found)
    width = max(len(number) for lines, total in sums for number, _ in (*lines, total))
    for lines, total in sums:
        for number, name in lines:
            console.print(Text(f"  {number:>{width}}  {name}"))
        console.print(Text(f"  {'─' * width}", style="dim"))
        console.print(Text(f"  {total[0]:>{width}}  {total[1]}", style="bold"))


def show_units(trace: Trace, movers: Sequence[Mover], console: Console) -> None:
    """Print a line a unit: its cell along the text, how far its share of the margin moved, and at which word most."""
    heading(console, f"The units that moved the network's margin for {label(trace.label)} most")
    if not movers:
        console.print(Text("The text has no words: no unit has moved.", style="dim"))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("unit", justify="right", no_wrap=True)
    table.add_column("its cell along the text", no_wrap=True)
    for name in ("moved by", "ends at"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("most at")
    width = max(8, min(_WIDEST, console.width - _BESIDE))
    for mover in movers:
        line = sparkline(trace.c[:, mover.unit], width)
        where = f"{named(trace.words, mover.place)} {signed(mover.step)}"
        table.add_row(f"{mover.unit}", Text(line), f"{mover.change:.3f}", signed(mover.end), Text(where))
    console.print(table)
