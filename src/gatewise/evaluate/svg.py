"""Small plots as inline SVG text. Colours come from CSS classes of the page, so that they follow light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

Points = Sequence[tuple[float, float]]

_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 22, 14, 42
_ROW = 24
_CAPTION = 12
_WANTED_TICKS = 5


@dataclass(frozen=True)
class Series:
    """A line of a plot.

    Attributes:
        name: What the legend calls it.
        points: Pairs x, y, all finite.
        style: CSS class that colours it: ``model``, ``rival``, ``quiet`` or ``ideal``.
        dots: Whether each point gets a dot.
    """

    name: str
    points: Points
    style: str = "model"
    dots: bool = True


@dataclass(frozen=True)
class Axis:
    """One axis of a plot: what it shows, its range, and how its numbers are written."""

    label: str
    low: float
    high: float
    write: Callable[[float], str] = field(default=lambda value: f"{value:g}")

    def share(self, value: float) -> float:
        """Where `value` lies between the ends, 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Bar:
    """A row of an interval plot: a score with its interval and, if known, the rival's score."""

    name: str
    count: int
    value: float
    low: float
    high: float
    rival: float | None = None


def ticks(low: float, high: float) -> list[float]:
    """Round numbers in ``[low, high]``, about five of them, 1, 2 or 5 times a power of ten apart.

    Example:
        >>> ticks(0, 1), ticks(3, 17)
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [5.0, 10.0, 15.0])
    """
    raw = (high - low) / _WANTED_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.75)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def fitted_axis(label: str, values: Sequence[float], write: Callable[[float], str], *, margin: float = 0.08) -> Axis:
    """An axis a little wider than `values`; a single value gets room around it."""
    low, high = min(values), max(values)
    room = (high - low) * margin or abs(high) * margin or 1.0
    return Axis(label, low - room, high + room, write)


def line_plot(title: str, series: Sequence[Series], x: Axis, y: Axis, *, width: int = 460, height: int = 260) -> str:
    """Lines over two axes, with a legend above them when there is more than one.

    Args:
        title: Read aloud by screen readers, and shown under the pointer.
        series: Lines; points outside the axes are drawn where they fall.
        x: Horizontal axis.
        y: Vertical axis.
        width: Of the picture, in CSS pixels before scaling.
        height: Likewise.

    Returns:
        An ``<svg>`` element.

    Example:
        >>> plot = line_plot("a < b", [Series("s", [(0, 0), (1, 1)])], Axis("x", 0, 1), Axis("y", 0, 1))
        >>> plot.startswith("<svg") and "a &lt; b" in plot
        True
    """
    frame = _Frame(width, height, x, y)
    parts = [frame.grid(), *(_line(frame, entry) for entry in series)]
    return _svg(title, width, height, "".join(parts)) + legend([(entry.name, entry.style) for entry in series])


def histogram(title: str, counts: Sequence[tuple[str, str, Sequence[int]]], x_label: str) -> str:
    """Counts of equal bins over 0 to 1, one panel above the other for each (name, style, counts).

    Returns:
        An ``<svg>`` element.
    """
    width, panel = 460, 150
    parts = []
    for row, (name, style, values) in enumerate(counts):
        x = Axis(x_label if row == len(counts) - 1 else "", 0, 1)
        y = Axis("texts", 0, max([*values, 1]) * 1.08, lambda value: f"{value:,.0f}")
        frame = _Frame(width, panel - _CAPTION, x, y, most_ticks=3)
        bars = [
            _column(frame, index / len(values), 1 / len(values), value, style) for index, value in enumerate(values)
        ]
        label = f'<text class="strong" x="{_LEFT}" y="4">{escape(name)}</text>'
        parts.append(f'<g transform="translate(0 {row * panel + _CAPTION})">{frame.grid()}{"".join(bars)}{label}</g>')
    return _svg(title, width, panel * len(counts), "".join(parts))


def interval_plot(title: str, bars: Sequence[Bar], x: Axis, *, width: int = 720) -> str:
    """A dot with its interval for each row, the number of texts, and a ring where the rival stands.

    Returns:
        An ``<svg>`` element.
    """
    left, right = 150, 130
    height = _TOP + _ROW * len(bars) + _BOTTOM
    inner = width - left - right

    def place(value: float) -> float:
        return left + inner * x.share(value)

    parts = [_vertical(place(value), _TOP, height - _BOTTOM, x.write(value)) for value in ticks(x.low, x.high)]
    parts += [_interval_row(bar, _TOP + _ROW * (index + 0.5), place, width) for index, bar in enumerate(bars)]
    parts.append(f'<text class="axis" x="{left + inner / 2:.1f}" y="{height - 6}">{escape(x.label)}</text>')
    return _svg(title, width, height, "".join(parts))


def legend(names: Sequence[tuple[str, str]]) -> str:
    """A list of (name, CSS classes), each with its mark; empty when there is nothing to tell apart."""
    if len(names) < 2:
        return ""
    entries = "".join(f'<li><i class="{style}"></i>{escape(name)}</li>' for name, style in names)
    return f'<ul class="legend">{entries}</ul>'


class _Frame:
    """The rectangle of a plot and its grid."""

    def __init__(self, width: int, height: int, x: Axis, y: Axis, *, most_ticks: int = 8) -> None:
        self.width, self.height, self.x_axis, self.y_axis = width, height, x, y
        self.most_ticks = most_ticks

    def x(self, value: float) -> float:
        return _LEFT + (self.width - _LEFT - _RIGHT) * self.x_axis.share(value)

    def y(self, value: float) -> float:
        return self.height - _BOTTOM - (self.height - _TOP - _BOTTOM) * self.y_axis.share(value)

    def grid(self) -> str:
        bottom, right = self.height - _BOTTOM, self.width - _RIGHT
        parts = [f'<path class="frame" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>']
        for value in _thinned(ticks(self.y_axis.low, self.y_axis.high), self.most_ticks):
            at = self.y(value)
            parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{right}"/>')
            parts.append(f'<text class="tick end" x="{_LEFT - 7}" y="{at + 4:.1f}">{self.y_axis.write(value)}</text>')
        for value in ticks(self.x_axis.low, self.x_axis.high):
            parts.append(
                f'<text class="tick" x="{self.x(value):.1f}" y="{bottom + 16}">{self.x_axis.write(value)}</text>'
            )
        middle = (_LEFT + right) / 2
        parts.append(f'<text class="axis" x="{middle:.1f}" y="{self.height - 6}">{escape(self.x_axis.label)}</text>')
        centre = (_TOP + bottom) / 2
        turned = f'x="11" y="{centre:.1f}" transform="rotate(-90 11 {centre:.1f})"'
        parts.append(f'<text class="axis" {turned}>{escape(self.y_axis.label)}</text>')
        return "".join(parts)


def _thinned(values: list[float], most: int) -> list[float]:
    return values[:: max(1, math.ceil(len(values) / most))]


def _line(frame: _Frame, series: Series) -> str:
    places = [(frame.x(x), frame.y(y)) for x, y in series.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places) if places else ""
    parts = [f'<path class="line {series.style}" d="{path}"/>']
    if series.dots:
        parts += [f'<circle class="dot {series.style}" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>' for x, y in places]
    return "".join(parts)


def _column(frame: _Frame, start: float, span: float, value: int, style: str) -> str:
    left, right, top = frame.x(start) + 0.75, frame.x(start + span) - 0.75, frame.y(value)
    height = max(0.0, frame.y(0) - top)
    return f'<rect class="fill {style}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{height:.1f}"/>'


def _vertical(at: float, top: float, bottom: float, label: str) -> str:
    line = f'<path class="grid" d="M{at:.1f} {top}V{bottom}"/>'
    return line + f'<text class="tick" x="{at:.1f}" y="{bottom + 16}">{label}</text>'


def _interval_row(bar: Bar, at: float, place: Callable[[float], float], width: int) -> str:
    low, high, value = place(bar.low), place(bar.high), place(bar.value)
    whisker = f"M{low:.1f} {at:.1f}H{high:.1f}M{low:.1f} {at - 4:.1f}v8M{high:.1f} {at - 4:.1f}v8"
    parts = [
        f'<text class="name end" x="138" y="{at + 4:.1f}">{escape(bar.name)}</text>',
        f'<path class="whisker model" d="{whisker}"/>',
        f'<circle class="dot model" cx="{value:.1f}" cy="{at:.1f}" r="4"/>',
    ]
    if bar.rival is not None:
        parts.append(f'<circle class="ring rival" cx="{place(bar.rival):.1f}" cy="{at:.1f}" r="5.5"/>')
    note = f"{100 * bar.value:.1f} % of {bar.count:,}"
    parts.append(f'<text class="name end" x="{width - 6}" y="{at + 4:.1f}">{note}</text>')
    return "".join(parts)


def _svg(title: str, width: int, height: int, body: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" '
        f'style="max-width:{width}px"><title>{escape(title)}</title>{body}</svg>'
    )
