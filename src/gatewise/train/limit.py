"""A time limit sets the length of a run, so that its learning rate comes down within the time there is."""

from __future__ import annotations

from typing import Protocol

# The length is set once this share of the limit has shown the speed; some is kept for what comes after.
_MEASURE_SHARE, _KEEP_SHARE = 0.08, 0.08


class Timed(Protocol):
    """The state of a run under a time limit."""

    seconds: float
    planned_epochs: float
    is_planned: bool


def fit_into(limit: float, state: Timed, done: float) -> str | None:
    """Set the length of the run by the speed of its beginning; cut it off if that was wrong.

    Args:
        limit: Seconds the run may take.
        state: Of the run; its planned epochs are changed.
        done: Epochs done.

    Returns:
        What was decided, in a sentence, or None.

    Example:
        >>> from gatewise.train.state import RunState
        >>> state = RunState(planned_epochs=50.0, seconds=10.0)
        >>> fit_into(100.0, state, 0.5)
        'the time limit of 100 s allows 4.60 epochs'
    """
    if state.seconds < _MEASURE_SHARE * limit:
        return None
    if not state.is_planned:
        state.is_planned = True
        state.planned_epochs = min(state.planned_epochs, done * (1 - _KEEP_SHARE) * limit / state.seconds)
        return f"the time limit of {limit:.0f} s allows {state.planned_epochs:.2f} epochs"
    if state.seconds >= limit and state.planned_epochs > done:
        state.planned_epochs = done
        return f"the time limit of {limit:.0f} s is reached after {done:.2f} epochs"
    return None
