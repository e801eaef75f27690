"""The plots of the HTML report, from an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.evaluate.svg import Axis, Bar, Series, fitted_axis, histogram, interval_plot, legend, line_plot
from gatewise.evaluate.worst import shorten

MOST_PANELS = 6
LEAST_ANSWERED = 20
"""A curve begins with so many answers: the error among fewer jumps with each of them, and would stretch the axis."""
_NAME = 22


def loss_curves(training: Mapping[str, Any]) -> str:
    """Loss on the development split, and on the training rows where it is of the same kind; empty without a history."""
    lines = [("training", "quiet", "train_loss"), ("development", "model", "dev_loss")]
    if training["learnt_beside"]:
        del lines[0]
    series = [Series(name, _by_epoch(training, entry), style) for name, style, entry in lines]
    return _curves("Loss by epoch", "loss", [line for line in series if line.points], lambda value: f"{value:.2f}")


def accuracy_curve(training: Mapping[str, Any]) -> str:
    """Accuracy on the development split by epoch, with the rival's as a level line; empty without a history."""
    points = _by_epoch(training, "dev_accuracy")
    if not points:
        return ""
    series = [Series("model, development split", points)]
    rival = training["development_rival_accuracy"]
    if rival is not None:
        ends = _epoch_ends(points)
        series.append(Series("bag of words", [(ends[0], rival), (ends[1], rival)], "rival", dots=False))
    return _curves("Development accuracy by epoch", "accuracy", series, _whole_percent)


def reliability(calibration: Mapping[str, Any], classes: int) -> str:
    """How often answers of a confidence are right, before and after the temperature; on the line is honest."""
    found = [_bin_points(calibration[key]["bins"]) for key in ("before", "after")]
    low = 0.5 if classes == 2 else 0.0
    floor = min([low, *(y for points in found for _, y in points)])
    after = f"temperature {calibration['temperature']:.3g}, the model's"
    lines = [
        Series("as sure as right", [(low, low), (1, 1)], "ideal", dots=False),
        Series("temperature 1", found[0], "quiet"),
        Series(after, found[1]),
    ]
    if calibration["temperature"] == 1:
        del lines[1]
    x = Axis("how sure the model is", low, 1, _whole_percent)
    return line_plot("Reliability", lines, x, Axis("how often it is right", floor, 1.02, _whole_percent))


def score_histogram(result: Mapping[str, Any]) -> str:
    """Counts of the probability, one panel a class; one panel for all where the classes are many."""
    names, counts = result["classes"], result["histogram"]["counts"]
    if len(names) > MOST_PANELS:
        total = [sum(column) for column in zip(*counts, strict=True)]
        panels: list[tuple[str, str, Sequence[int]]] = [("all classes", "model", total)]
    else:
        panels = [
            (f"truly {shorten(str(name), _NAME)}", "model", values) for name, values in zip(names, counts, strict=True)
        ]
    return histogram("Scores by true class", panels, histogram_label(result))


def histogram_label(result: Mapping[str, Any]) -> str:
    """What the histogram counts."""
    if result["histogram"]["of"] == "second class":
        return f"probability of {shorten(str(result['classes'][1]), _NAME)}"
    return "probability of the true class"


def risk_coverage(curves: Mapping[str, Any]) -> str:
    """Error among the answered by the share of texts answered, of the model and, where there is one, of the rival."""
    lines = [("model", "model", curves["model"]), ("bag of words", "rival", curves["rival"])]
    series = [
        Series(name, points, style, dots=len(points) == 1)
        for name, style, curve in lines
        if curve is not None and (points := _curve_points(curve))
    ]
    highest = max(y for line in series for _, y in line.points)
    # Without any error the axis still needs a length.
    y = Axis("error among the answered", 0, 1.08 * highest or 0.05, _whole_percent)
    return line_plot("Error by coverage", series, Axis("share of texts answered", 0, 1, _whole_percent), y)


def _curve_points(curve: Mapping[str, Any]) -> list[tuple[float, float]]:
    total = curve["answered"][-1]
    return [
        (answered / total, errors / answered)
        for answered, errors in zip(curve["answered"], curve["errors"], strict=True)
        if answered >= min(LEAST_ANSWERED, total)
    ]


def slice_plots(slices: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Kind of slice and its plot, all on one scale, with one legend below the last."""
    low = min(min(part["interval"][0], 1.0 if part["rival"] is None else part["rival"]) for part in slices)
    x = Axis("accuracy", max(0.0, low - 0.02), 1.0, _whole_percent)
    plots = []
    for kind in dict.fromkeys(part["kind"] for part in slices):
        bars = [_bar(part) for part in slices if part["kind"] == kind]
        plots.append((kind, interval_plot(f"Accuracy by {kind}", bars, x)))
    marks = [("model, 95 % interval", "model")]
    if any(part["rival"] is not None for part in slices):
        marks.append(("bag of words", "rival ring"))
    kind, last = plots[-1]
    return [*plots[:-1], (kind, last + legend(marks))]


def _bar(part: Mapping[str, Any]) -> Bar:
    return Bar(part["name"], part["n"], part["value"], part["interval"][0], part["interval"][1], part["rival"])


def _curves(title: str, label: str, series: Sequence[Series], write: Any) -> str:
    if not series:
        return ""
    ends = _epoch_ends(series[0].points)
    x = Axis("epoch", ends[0], ends[1], lambda value: f"{value:g}" if value == int(value) else "")
    return line_plot(title, series, x, fitted_axis(label, [y for line in series for _, y in line.points], write))


def _by_epoch(training: Mapping[str, Any], entry: str) -> list[tuple[float, float]]:
    return [
        (epoch["epoch"], epoch[entry])
        for epoch in training["history"]
        if epoch["epoch"] is not None and epoch[entry] is not None
    ]


def _epoch_ends(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    first, last = points[0][0], points[-1][0]
    return (first, last) if last > first else (first - 1, first + 1)


def _bin_points(bins: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    return [(part["confidence"], part["accuracy"]) for part in bins if part["examples"]]


def _whole_percent(value: float) -> str:
    digits = 0 if abs(100 * value - round(100 * value)) < 1e-6 else 1
    return f"{100 * value:.{digits}f} %"
