"""Plots of slopes and successes against a setting, and of gradients against depth."""

from __future__ import annotations

from math import log10
from typing import Any

from gatewise.studies.gradients.plan import Plan
from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot

_SLOPE = "decades a step (0: kept)"
_MARKS = "os^Dvx*"


def radius_plot(radius: dict[str, Any]) -> Plot:
    """Slope of the gradient against the spectral radius."""
    with look() as pyplot:
        figure, panel = pyplot.subplots(figsize=(11, 4.6), layout="constrained")
        for mark, colour, (name, by_radius) in zip(_MARKS, COLOURS, radius.items(), strict=False):
            _slopes(panel, by_radius, "h", name, colour, mark=mark)
        panel.axhline(0, color="#1c2126", linewidth=1)
        panel.axvline(1, color="#59636e", linestyle=":", linewidth=1)
        panel.set(xscale="log", xlabel="spectral radius of the recurrent blocks", ylabel=_SLOPE)
        panel.minorticks_off()
        panel.set_xticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
        panel.legend()
        drawn = svg(figure)
    caption = (
        "How ∂L/∂h_t changes a step backwards, against the spectral radius at the start: below zero it vanishes, above "
        "it explodes. tanh and gates lower the curve; none of them keeps it below zero."
    )
    return Plot("radius", caption, drawn)


def starts_plot(starts: dict[str, Any]) -> Plot:
    """Slope of the LSTM's gradient against its forget bias and the size of its weights."""
    with look() as pyplot:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
        _slopes(left, starts["forget_bias"], "h", "LSTM, h", COLOURS[0])
        _slopes(left, starts["forget_bias"], "c", "LSTM, c", COLOURS[0], style="--")
        plain = starts["scale_of_rnn"]["1"]["h"]["slope"]
        left.axhline(plain, color=COLOURS[1], label="RNN, tanh")
        left.set(xlabel="forget bias", ylabel=_SLOPE)
        _slopes(right, starts["scale"], "h", "LSTM, h, forget bias 0", COLOURS[0])
        _slopes(right, starts["scale_of_rnn"], "h", "RNN, tanh", COLOURS[1], mark="s")
        right.set(xlabel="size of the weights, times torch's", xscale="log")
        right.minorticks_off()
        right.set_xticks([0.25, 0.5, 1, 2, 4, 8], ["¼", "½", "1", "2", "4", "8"])
        for panel in (left, right):
            panel.axhline(0, color="#1c2126", linewidth=1)
            panel.legend()
        drawn = svg(figure)
    caption = (
        "How an LSTM's gradient changes a step backwards before any training, against the bias of its forget gate and "
        "against the size of all its weights; the plain RNN beside it."
    )
    return Plot("starts", caption, drawn)


def learning_plot(reach: dict[str, Any], rates: dict[str, Any], plan: Plan) -> Plot:
    """Share of models that solved the task against lag, and against the learning rate."""
    seeds = len(plan.seeds)
    with look() as pyplot:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 3.8), sharey=True, layout="constrained")
        lags = [int(lag) for lag in reach]
        for mark, rate in zip(_MARKS, next(iter(reach.values())), strict=False):
            left.plot(lags, [one[rate]["solved"] / seeds for one in reach.values()], marker=mark, label=rate)
        left.set(
            xlabel="lag, steps", ylabel=f"share of {seeds} models that solved it", title="RNN, tanh", ylim=(-0.05, 1.05)
        )
        left.legend(title="learning rate")
        for mark, (name, by_rate) in zip(_MARKS, rates.items(), strict=False):
            right.plot(
                [float(rate) for rate in by_rate],
                [one["solved"] / seeds for one in by_rate.values()],
                marker=mark,
                label=name,
            )
        right.set(xlabel="learning rate of Adam", xscale="log", title=f"lag {plan.lags[0]}")
        right.legend(loc="lower center")
        drawn = svg(figure)
    return Plot("learning", "Left: lags that a plain RNN learns. Right: learning rates that RNN and LSTM allow.", drawn)


def depth_plot(depth: dict[str, Any]) -> Plot:
    """Gradient and movement layer by layer."""
    with look() as pyplot:
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
        for mark, colour, (name, one) in zip(_MARKS, COLOURS, depth.items(), strict=False):
            layers = range(1, len(one["norm"]) + 1)
            left.plot(layers, one["norm"], marker=mark, markersize=4, color=colour, label=name)
            if None not in one["moved"]:
                right.plot(layers, one["moved"], marker=mark, markersize=4, color=colour, label=name)
        left.set(yscale="log", xlabel="layer", ylabel="‖∂L/∂z‖ / that of the last layer")
        right.set(yscale="log", xlabel="layer", ylabel="‖change of W‖ / ‖W‖ after training")
        left.legend()
        for panel in (left, right):
            panel.set_xticks([1, 5, 10, 15, 20])
        drawn = svg(figure)
    caption = (
        "Feed-forward stacks of 20 layers: the gradient at the start (left) and how far each layer's weights moved in "
        "training (right; a stack that diverged is left out)."
    )
    return Plot("depth", caption, drawn)


def _slopes(
    panel: Any, by_setting: dict[str, Any], letter: str, label: str, colour: str, *, style: str = "-", mark: str = "o"
) -> None:
    found = [(float(setting), one[letter]) for setting, one in by_setting.items() if one[letter]]
    places = [place for place, one in found if one["slope"] is not None]
    kept = [one for _, one in found if one["slope"] is not None]
    panel.plot(places, [one["slope"] for one in kept], marker=mark, color=colour, linestyle=style, label=label)
    low, high = ([one[end] or one["slope"] for one in kept] for end in ("slope_low", "slope_high"))
    panel.fill_between(places, low, high, color=colour, alpha=0.13, linewidth=0)


def decades(norms: list[float]) -> float:
    """Decades a layer from the last to the first.

    Example:
        >>> decades([1e-4, 1e-2, 1.0])
        -2.0
    """
    return log10(norms[0] / norms[-1]) / (len(norms) - 1)
