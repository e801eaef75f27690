"""Phrases and units of an LSTM on an explanation's page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gatewise.explain.decomposition import PhraseDecomposition
from gatewise.explain.explanation import Floats
from gatewise.explain.gates import Mover, Trace
from gatewise.explain.ranking import named
from gatewise.explain.sums import phrase_sums
from gatewise.explain.wording import OF_THE_NETWORK, label, signed


def phrase_table(found: PhraseDecomposition) -> str:
    """What a phrase brings by itself, that of its words alone, and what is left for all else."""
    rows = ""
    for lines, total in phrase_sums(found):
        rows += "".join(f"<tr><td>{number}</td><td>{escape(name)}</td></tr>" for number, name in lines)
        rows += f'<tr class="total"><td>{total[0]}</td><td>{escape(total[1])}</td></tr>'
    said = f"In the margin for {label(found.label)}: that {OF_THE_NETWORK}."
    return f'<p class="soft">{escape(said)}</p><table class="account"><tbody>{rows}</tbody></table>'


def unit_table(trace: Trace, movers: Sequence[Mover]) -> str:
    """A row a unit: its cell along the text, how far its share of the margin moved, and at which word most."""
    head = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in _COLUMNS)
    rows = "".join(_unit(trace, mover) for mover in movers)
    said = f"Shares of the margin for {label(trace.label)}: that {OF_THE_NETWORK}."
    return (
        f'<p class="soft">{escape(said)}</p><div class="wide"><table class="units"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


_COLUMNS = (
    ("unit", ""),
    ("its cell along the text", ' class="word"'),
    ("moved by", ""),
    ("ends at", ' class="spare"'),
    ("most at", ' class="word"'),
)


def _unit(trace: Trace, mover: Mover) -> str:
    drawn = _cell_line(trace.c[:, mover.unit], trace.places.tolist().index(mover.place))
    return (
        f'<tr><th scope="row">{mover.unit}</th><td class="cell">{drawn}</td><td>{mover.change:.3f}</td>'
        f'<td class="spare">{signed(mover.end)}</td>'
        f'<th class="word"><bdi>{escape(named(trace.words, mover.place))}</bdi> {signed(mover.step)}</th></tr>'
    )


def _cell_line(cell: Floats, row: int) -> str:
    """The cell over the words read, zero dotted where it is passed, a dot at one row."""
    low, high = min(0.0, float(cell.min())), max(0.0, float(cell.max()))
    height = (high - low) or 1.0
    across = [100 * place / max(1, len(cell) - 1) for place in range(len(cell))]
    down = [100 * (high - float(value)) / height for value in cell]
    line = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in zip(across, down, strict=True))
    zero = f"{100 * high / height:.2f}%"
    title = f"from {signed(float(cell[0]))} to {signed(float(cell[-1]))}, lowest {signed(float(cell.min()))}, "
    title += f"highest {signed(float(cell.max()))}"
    return (
        f'<svg role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<line class="even" x1="0" x2="100%" y1="{zero}" y2="{zero}"/>'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path d="{line}"/></svg>'
        f'<circle cx="{across[row]:.2f}%" cy="{down[row]:.2f}%" r="3"/></svg>'
    )
