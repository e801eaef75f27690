"""Stretches of a path are halved where their parts miss the rise of the score, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.explain.explanation import Floats
from gatewise.explain.quadrature import PLACES, path_integral


class Jumps:
    """Two parts: a smooth one, and a slope that jumps from 0 to 5 at `place`; counts where slopes are taken."""

    def __init__(self, place: float, *, back: bool = False) -> None:
        self.place, self.back, self.taken = place, back, 0

    def scores(self, points: Floats) -> Floats:
        return self._values(points).sum(axis=1)

    def slopes(self, points: Floats) -> Floats:
        self.taken += len(points)
        jump = 5.0 * (points > self.place)
        if self.back:
            jump = jump + 5.0 * (points > 1 - self.place)
        return np.stack([np.exp(points), jump], axis=1)

    def _values(self, points: Floats) -> Floats:
        jump = 5.0 * np.maximum(0, points - self.place)
        if self.back:
            jump = jump + 5.0 * np.maximum(0, points - 1 + self.place)
        return np.stack([np.exp(points), jump], axis=1)

    @property
    def rises(self) -> Floats:
        found: Floats = np.diff(self._values(np.array([0.0, 1.0])), axis=0)[0]
        return found


def test_a_jump_costs_steps_only_where_it_is() -> None:
    path = Jumps(0.317)
    parts = path_integral(path, 1e-4, sum_of_gaps=1e-4, first=8, most=512)
    np.testing.assert_allclose(parts, path.rises, atol=1e-4)
    # Halves of 1/8 down to the width at which 5 widths are 1e-4 are 13; each takes two new stretches.
    assert path.taken <= 8 * PLACES + 13 * 2 * PLACES


def test_a_smooth_score_takes_no_second_round() -> None:
    path = Jumps(2.0)
    np.testing.assert_allclose(path_integral(path, 1e-6, sum_of_gaps=1e-6, first=8, most=512), path.rises, atol=1e-9)
    assert path.taken == 8 * PLACES


def test_errors_that_cancel_in_the_sum_are_mended_too() -> None:
    # The two jumps lie at mirrored places of their stretches, so that their errors cancel from the first.
    path = Jumps(0.317, back=True)
    rough = path_integral(path, 1e-4, sum_of_gaps=np.inf, first=8, most=512)
    assert path.taken == 8 * PLACES
    fine = path_integral(path, 1e-4, sum_of_gaps=1e-4, first=8, most=512)
    assert rough.sum() == pytest.approx(path.rises.sum(), abs=1e-4)
    np.testing.assert_allclose(fine, path.rises, atol=1e-4)
    assert path.taken > 16 * PLACES


def test_steps_end_at_the_most() -> None:
    path = Jumps(0.317)
    path_integral(path, 0.0, sum_of_gaps=0.0, first=8, most=100)
    assert path.taken <= 100
