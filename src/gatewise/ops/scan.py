"""A recurrent cell walks ragged sequences, each for exactly its own length.

The sequences are ranked by length, longest first, and their rows regrouped step by step: first the first row of every
sequence, then the second row of those that have one, and so on. Each step then works on one contiguous block, and a
sequence that has ended has left the block, so the work is proportional to rows and no mask exists.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops.cell import Cell, State
from gatewise.ops.checks import Floats, Offsets, check_floats, check_offsets

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """Where each row goes when sequences are regrouped by step.

    Attributes:
        rank: ``[B]``, sequences by falling length (equal ones in their order).
        active: ``[T]``, sequences that have a row at step t; never rises.
        rows: ``[N]``, the row of the batch that stands at each place of the regrouped array.
    """

    rank: Indices
    active: Indices
    rows: Indices


def make_plan(offsets: Offsets, *, reverse: bool = False) -> Plan:
    """Plan a walk over sequences given by `offsets`, from their starts or, reversed, each from its own end.

    Args:
        offsets: ``[B + 1]`` int64.
        reverse: Step 0 is the last row of each sequence.

    Example:
        >>> make_plan(np.array([0, 1, 3])).rows.tolist()
        [1, 0, 2]
        >>> make_plan(np.array([0, 1, 3]), reverse=True).rows.tolist()
        [2, 0, 1]
    """
    lengths = np.diff(offsets)
    rank = np.argsort(-lengths, kind="stable")
    longest = int(lengths.max(initial=0))
    # Sequences longer than t: all of them, less those of length 0 to t.
    active = len(lengths) - np.cumsum(np.bincount(lengths, minlength=longest + 1))[:longest]
    step = np.repeat(np.arange(longest), active)
    place = np.arange(len(step)) - np.repeat(np.cumsum(active) - active, active)
    sequence = rank[place]
    rows = offsets[sequence + 1] - 1 - step if reverse else offsets[sequence] + step
    return Plan(rank, active, rows)


def scan(
    cell: Cell,
    projected: Floats,
    offsets: Offsets,
    weight_hh: Floats,
    bias_hh: Floats | None = None,
    state0: State | None = None,
    reverse: bool = False,
) -> tuple[Floats, State]:
    """Walk each sequence with `cell`.

    Args:
        cell: See `gatewise.ops.registry.cell_of`.
        projected: ``[N, G * H]`` float32 or float64: W_ih x + bias_ih for every row.
        offsets: ``[B + 1]`` int64. Empty sequences and B = 0 are legal.
        weight_hh: ``[G * H, H]``, of the same dtype.
        bias_hh: ``[G * H]`` or None.
        state0: Initial states, one ``[B, H]`` for each of the cell's; zeros when not given.
        reverse: Begin at each sequence's own last row. The hidden state still stands beside the row it has just read.

    Returns:
        Hidden states ``[N, H]``, and the final state, one ``[B, H]`` for each of the cell's. The final state of an
        empty sequence is its initial one. Same dtype as the input.

    Raises:
        ParameterError: An array of the wrong shape or dtype; its name is in the message.

    Notes:
        Cost O(N G H^2) time, O(N G H) memory. Not bit-equal for different company in the batch: the product with
        weight_hh is BLAS's, which may sum in another order; the difference is of the order of one rounding.

    Example:
        >>> from gatewise.ops.registry import cell_of
        >>> hidden, (last,) = scan(cell_of("rnn"), np.zeros((3, 2)), np.array([0, 1, 3]), np.eye(2))
        >>> hidden.shape, last.shape
        ((3, 2), (2, 2))
    """
    _check(cell, projected, offsets, weight_hh, bias_hh, state0)
    plan = make_plan(offsets, reverse=reverse)
    shape = (len(plan.rank), weight_hh.shape[1])
    if state0 is None:
        state = tuple(np.zeros(shape, projected.dtype) for _ in cell.states)
    else:
        state = tuple(array[plan.rank] for array in state0)
    grouped, steps = projected[plan.rows], np.empty((len(projected), shape[1]), projected.dtype)
    begin = 0
    for active in plan.active.tolist():
        end = begin + active
        new = cell.step(grouped[begin:end], tuple(array[:active] for array in state), weight_hh, bias_hh)
        steps[begin:end] = new[0]
        for array, value in zip(state, new, strict=True):
            array[:active] = value
        begin = end
    return _scattered(steps, plan.rows), tuple(_scattered(array, plan.rank) for array in state)


def _scattered(grouped: Floats, places: Indices) -> Floats:
    back = np.empty_like(grouped)
    back[places] = grouped
    return back


def _check(
    cell: Cell,
    projected: Floats,
    offsets: Offsets,
    weight_hh: Floats,
    bias_hh: Floats | None,
    state0: State | None,
) -> None:
    check_floats("weight_hh", weight_hh, (None, None))
    width, hidden = cell.gates * weight_hh.shape[1], weight_hh.shape[1]
    check_floats("weight_hh", weight_hh, (width, hidden))
    check_floats("projected", projected, (None, width), weight_hh.dtype)
    check_offsets(offsets, len(projected))
    if bias_hh is not None:
        check_floats("bias_hh", bias_hh, (width,), weight_hh.dtype)
    if state0 is not None:
        if len(state0) != len(cell.states):
            raise ParameterError(f"state0 has {len(state0)} arrays, wanted {len(cell.states)}: {cell.states}")
        for name, array in zip(cell.states, state0, strict=True):
            check_floats(f"state0 {name}", array, (len(offsets) - 1, hidden), weight_hh.dtype)
