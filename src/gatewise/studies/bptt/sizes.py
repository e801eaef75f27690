"""Sizes of the study of backpropagation through time that its numbers depend on."""

from __future__ import annotations

LONGEST, WIDEST = 50, 16
"""Most steps, and most inputs or units, of the example."""

LENGTHS = (1, 2, 4, 8, 16, 32)
EXAMPLES = 20
"""Steps and examples for the error of the printed chain."""

WORK = ((8, 4, 8), (64, 4, 8), (8, 16, 32), (8, 64, 128))
"""Steps, inputs and units of networks whose multiplications are counted."""

LEARNERS, LEARNT, RATE = 5, (0, 10, 100), 0.1
"""Examples, steps and rate of gradient descent with the gradients of each reading."""

WHEN = (0, 1, 10, 100, 1000)
"""Steps of gradient descent of one unit."""
