"""The parts of an explanation's page: the text in colour, the plot, the tables."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from gatewise.explain.explanation import Explanation, Floats
from gatewise.explain.pieces import Piece, pieces
from gatewise.explain.ranking import Entry, moved_most, word_at
from gatewise.explain.sums import account
from gatewise.explain.wording import label, sigmoid, signed, visible

_MARKED = 3
# Smaller changes of the probability are not worth a name.
_LEAST_STEP = 0.04
_APART = 0.17
_NEAR_AXIS = 0.1
_MOST_TICKS = 6


def text_block(explanation: Explanation) -> str:
    """The original text, a ``mark`` a word with its numbers for pointer, keyboard and screen reader."""
    strongest = float(abs(explanation.contributions).max(initial=0.0)) or 1.0
    drawn = "".join(_piece(explanation, piece, strongest) for piece in pieces(explanation.words))
    return f'<div class="text" dir="auto">{drawn}</div>'


def _piece(explanation: Explanation, piece: Piece, strongest: float) -> str:
    shown = characters(piece.text)
    if not piece.places:
        return shown
    places = list(piece.places)
    moved = float(explanation.contributions[places].sum())
    side = _side(moved) + ("" if explanation.words.is_read[places].all() else " cut")
    title = escape("\n".join(_numbers(explanation, places, moved)))
    return (
        f'<mark class="{side}" style="--share:{abs(moved) / strongest:.3f}" tabindex="0" title="{title}">{shown}'
        f'<span class="unseen"> ({signed(moved)}) </span></mark>'
    )


def _numbers(explanation: Explanation, places: list[int], moved: float) -> list[str]:
    """What is told of a word: its share, the rival's, the score after it, what the network does not know of it."""
    said = [f"{signed(moved)} for {label(explanation.label)}"]
    if explanation.rival is not None:
        said.append(f"bag of words {signed(float(explanation.rival[places].sum()))}")
    if explanation.running is not None:
        said.append(f"score after it {signed(float(explanation.running[places[-1]]))}")
    if not explanation.words.is_read[places].all():
        said.append("cut away, not read by the network")
    elif not explanation.words.is_known[places].all():
        said.append("not in the vocabulary")
    return said


def characters(text: str) -> str:
    """Escaped, and so that a browser changes none of them; control characters as pictures."""
    return escape(visible(text))


def _side(value: float) -> str:
    return "for" if value > 0 else "against"


def running_plot(explanation: Explanation) -> str:
    """The probability of the class after each word; empty for a model that does not read forwards.

    The lines stretch with the page, the letters do not: they are placed in percent.
    """
    if explanation.running is None or not len(explanation.words):
        return ""
    shares = _probabilities(explanation.running)
    name = label(explanation.label)
    title = f"Probability of {name} after each word: {shares[0]:.2f} after the first, {shares[-1]:.2f} after the last"
    line = "M" + "L".join(f"{x:.2f} {100 * (1 - share):.2f}" for x, share in _points(shares))
    grid = "".join(_level(share) for share in (0.0, 0.25, 0.5, 0.75, 1.0))
    inner = f'<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path d="{line}"/></svg>'
    marks = "".join(_mark(explanation, shares, place) for place in _moments(explanation))
    numbers = "".join(_tick(place, len(shares)) for place in _tick_places(len(shares)))
    axis = '<text class="middle" x="50%" y="100%" dy="34">words read</text>'
    return (
        f'<div class="plot"><svg role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"{grid}{inner}{marks}{numbers}{axis}</svg></div>"
    )


def _probabilities(scores: Floats) -> list[float]:
    return [sigmoid(float(score)) for score in scores]


def _points(shares: list[float]) -> Iterable[tuple[float, float]]:
    return ((_across(place, len(shares)), share) for place, share in enumerate(shares))


def _across(place: int, count: int) -> float:
    """Where the word stands between left and right, in percent; a text of one word has it in the middle."""
    return 100 * place / (count - 1) if count > 1 else 50.0


def _level(share: float) -> str:
    at = f"{100 * (1 - share):g}%"
    kind = "even" if share == 0.5 else "grid"
    return (
        f'<line class="{kind}" x1="0" x2="100%" y1="{at}" y2="{at}"/>'
        f'<text class="end" x="-8" y="{at}" dy="4">{share:g}</text>'
    )


def _tick_places(count: int) -> list[int]:
    """Words whose number stands at the axis: the first, the last and some between."""
    between = min(_MOST_TICKS, count)
    return sorted({round(step * (count - 1) / max(1, between - 1)) for step in range(between)})


def _tick(place: int, count: int) -> str:
    return f'<text class="middle" x="{_across(place, count):.2f}%" y="100%" dy="17">{place + 1:,}</text>'


def _moments(explanation: Explanation) -> list[int]:
    """The words after which the probability changed most, not so near to each other that their names overlap."""
    assert explanation.running is not None
    shares = _probabilities(explanation.running)
    steps = [abs(shares[place] - shares[place - 1]) for place in range(1, len(shares))]
    chosen: list[int] = []
    for place in sorted(range(1, len(shares)), key=lambda at: -steps[at - 1]):
        if len(chosen) == _MARKED or steps[place - 1] < _LEAST_STEP:
            break
        if all(abs(place - other) > _APART * (len(shares) - 1) for other in chosen):
            chosen.append(place)
    return chosen


def _mark(explanation: Explanation, shares: list[float], place: int) -> str:
    x, share = _across(place, len(shares)), shares[place]
    is_up = share >= shares[place - 1]
    # Where the line neither comes from nor goes to; at the left border there is no room for that.
    side, dx, is_above = ("end", -8, is_up) if x > 9 else ("", 8, not is_up)
    # Nor on the numbers of the axis.
    dy = -6 if is_above or share < _NEAR_AXIS else 17
    left, top = f"{x:.2f}%", f"{100 * (1 - share):.2f}%"
    return (
        f'<circle class="{"up" if is_up else "down"}" cx="{left}" cy="{top}" r="4"/>'
        f'<text class="strong {side}" x="{left}" y="{top}" dx="{dx}" dy="{dy}">'
        f"{escape(word_at(explanation.words, place))}</text>"
    )


def ranking(explanation: Explanation) -> str:
    """The words that moved most, in both directions, with a bar and beside it what the rival gives them."""
    rows = moved_most(explanation)
    if not rows:
        return ""
    strongest = max((abs(row.contribution) for row in rows if row.number is not None), default=0.0) or 1.0
    columns = [("number", ""), ("word", "word"), ("", label(explanation.label)), ("", "")]
    columns += [] if explanation.rival is None else [("", "bag of words")]
    drawn = "".join(_ranked(row, strongest) for row in rows)
    return _table("ranking", columns, drawn)


def _ranked(row: Entry, strongest: float) -> str:
    share = abs(row.contribution) / strongest
    number = "" if row.number is None else f"{row.number:,}"
    rival = "" if row.rival is None else f"<td>{signed(row.rival)}</td>"
    drawn = f'<i class="{_side(row.contribution)}" style="--share:{share:.3f}"></i>'
    bar = f"<div>{'' if row.number is None else drawn}</div>"
    kind = ' class="rest"' if row.number is None else ""
    return (
        f'<tr{kind}><td class="number">{number}</td><th scope="row" class="word"><bdi>{escape(row.word)}</bdi></th>'
        f'<td>{signed(row.contribution)}</td><td class="bar">{bar}</td>{rival}</tr>'
    )


def all_words(explanation: Explanation) -> str:
    """Every word in its order with all its numbers, folded away."""
    columns = [("number", ""), ("word", "word"), ("", label(explanation.label))]
    columns += [] if explanation.running is None else [("", "score after it")]
    columns += [] if explanation.rival is None else [("", "bag of words")]
    rows = []
    for place, share in enumerate(explanation.contributions.tolist()):
        numbers = [share]
        numbers += [] if explanation.running is None else [float(explanation.running[place])]
        numbers += [] if explanation.rival is None else [float(explanation.rival[place])]
        cells = "".join(f"<td>{signed(number)}</td>" for number in numbers)
        word = f'<th scope="row" class="word"><bdi>{escape(word_at(explanation.words, place))}</bdi></th>'
        rows.append(f'<tr><td class="number">{place + 1:,}</td>{word}{cells}</tr>')
    return f"<details><summary>All words in their order</summary>{_table('', columns, ''.join(rows))}</details>"


def _table(kind: str, columns: Iterable[tuple[str, str]], rows: str) -> str:
    head = "".join(f'<th scope="col" class="{style}">{escape(name)}</th>' for style, name in columns)
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def account_table(explanation: Explanation) -> str:
    """The sum, in numbers that add up as they stand there."""
    found = account(explanation)
    rows = "".join(f"<tr><td>{number}</td><td>{escape(name)}</td></tr>" for number, name in found.lines)
    total = f'<tr class="total"><td>{found.score}</td><td>score;  {found.equation}</td></tr>'
    return f'<table class="account"><tbody>{rows}{total}</tbody></table>'
