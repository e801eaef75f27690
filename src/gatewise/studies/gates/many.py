"""Gates over many texts: at full stops, near 0 and 1, and how long their memory lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gatewise.studies.gates.reading import Reading
from gatewise.studies.gates.spread import mean_interval

STOP = "."
# As near to 0 or 1 as this counts as closed or open.
NEAR = 0.05
GATES = ("input", "forget", "output")


def at_full_stops(readings: Sequence[Reading]) -> dict[str, Any]:
    """The forget gate at full stops against all other words, text by text.

    Returns:
        Its mean at full stops and elsewhere; the mean over texts of the difference, with half its 95 % interval; and
        the share of texts in which it is lower at full stops.
    """
    at_stops, elsewhere = [], []
    for reading in readings:
        is_stop = np.array([word == STOP for word in reading.words])
        if is_stop.any() and not is_stop.all():
            gate = reading.forget.mean(1)
            at_stops.append(float(gate[is_stop].mean()))
            elsewhere.append(float(gate[~is_stop].mean()))
    differences = np.subtract(at_stops, elsewhere)
    difference, half_width = mean_interval(differences)
    return {
        "texts": len(differences),
        "at_stops": float(np.mean(at_stops)),
        "elsewhere": float(np.mean(elsewhere)),
        "difference": difference,
        "difference_half_width": half_width,
        "share_lower": float((differences < 0).mean()),
    }


def near_the_ends(readings: Sequence[Reading]) -> dict[str, dict[str, float]]:
    """For each gate the share of its values within 0.05 of 0 and of 1, and their mean."""
    found = {}
    for gate in GATES:
        values = np.concatenate([getattr(reading, gate).ravel() for reading in readings])
        found[gate] = {
            "near_0": float((values <= NEAR).mean()),
            "near_1": float((values >= 1 - NEAR).mean()),
            "mean": float(values.mean()),
        }
    return found


def half_lives(readings: Sequence[Reading]) -> dict[str, float]:
    """Words after which half of what a unit wrote is gone: -ln 2 / mean ln f, quartiles and extremes over the units."""
    logarithms = np.concatenate([np.log(reading.forget.astype(np.float64)) for reading in readings]).mean(0)
    lowest, first, median, third, highest = np.quantile(-np.log(2) / logarithms, [0, 0.25, 0.5, 0.75, 1]).tolist()
    return {"shortest": lowest, "quartile_1": first, "median": median, "quartile_3": third, "longest": highest}


def histogram(readings: Sequence[Reading], bins: int = 50) -> dict[str, list[float]]:
    """Share of each gate's values in `bins` equal intervals from 0 to 1."""
    found = {}
    for gate in GATES:
        values = np.concatenate([getattr(reading, gate).ravel() for reading in readings])
        found[gate] = (np.histogram(values, bins, (0, 1))[0] / len(values)).tolist()
    return found
