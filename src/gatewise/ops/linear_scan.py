"""The linear recurrence of quasi-recurrent networks, unit by unit:

    c_t = f_t * c_{t-1} + u_t,    c_0 = 0                                                     (1)

and the way back: with d_t the gradient of c_t as it is read from outside, and e_t its gradient by all paths,

    e_t = d_t + f_{t+1} * e_{t+1},    dL/du_t = e_t,    dL/df_t = e_t * c_{t-1}               (2)

which is a recurrence of the same kind, walked from the other end.
"""

from __future__ import annotations

import numpy as np

from gatewise.ops.checks import Floats, Offsets, check_floats, check_offsets
from gatewise.ops.scan import make_plan


def linear_scan(forget: Floats, update: Floats, offsets: Offsets, *, reverse: bool = False) -> Floats:
    """Equation (1) for every sequence.

    Args:
        forget: ``[N, H]`` float32 or float64: f. Of the first row of a sequence it is multiplied by zero.
        update: ``[N, H]``, of the same dtype: u.
        offsets: ``[B + 1]`` int64. Empty sequences, B = 0 and N = 0 are legal.
        reverse: Begin at each sequence's own last row.

    Returns:
        ``[N, H]``: c beside the row that has just been read.

    Raises:
        ParameterError: An array of the wrong shape or dtype; its name is in the message.

    Notes:
        O(N H). The numbers of a sequence do not depend on the others in the batch, to the last bit.

    Example:
        >>> half, one = np.full((4, 1), 0.5), np.ones((4, 1))
        >>> linear_scan(half, one, np.array([0, 3, 4]))[:, 0].tolist()
        [1.0, 1.5, 1.75, 1.0]
    """
    check_floats("forget", forget, (None, None))
    check_floats("update", update, forget.shape, forget.dtype)
    check_offsets(offsets, len(forget))
    plan = make_plan(offsets, reverse=reverse)
    f, c = forget[plan.rows], update[plan.rows]
    begin = 0
    for before, active in zip(plan.active[:-1].tolist(), plan.active[1:].tolist(), strict=True):
        end = begin + before
        c[end : end + active] += f[end : end + active] * c[begin : begin + active]
        begin = end
    cells = np.empty_like(c)
    cells[plan.rows] = c
    return cells


def linear_scan_backward(
    forget: Floats, cells: Floats, d_cells: Floats, offsets: Offsets, *, reverse: bool = False
) -> tuple[Floats, Floats]:
    """Equation (2): gradients of a scalar L.

    Args:
        forget: As given to `linear_scan`, like `offsets` and `reverse`.
        cells: ``[N, H]``, what it gave.
        d_cells: ``[N, H]`` dL/dc as c is read from outside.
        offsets: As given to `linear_scan`.
        reverse: As given to `linear_scan`.

    Returns:
        dL/df and dL/du, each ``[N, H]``.

    Raises:
        ParameterError: An array of the wrong shape or dtype; its name is in the message.

    Example:
        >>> half, offsets = np.full((3, 1), 0.5), np.array([0, 3])
        >>> cells = linear_scan(half, np.ones((3, 1)), offsets)
        >>> d_forget, d_update = linear_scan_backward(half, cells, np.ones((3, 1)), offsets)
        >>> d_forget[:, 0].tolist(), d_update[:, 0].tolist()
        ([0.0, 1.5, 1.5], [1.75, 1.5, 1.0])
    """
    check_floats("cells", cells, forget.shape, forget.dtype)
    later = shifted(forget, offsets, 1, reverse=not reverse)
    d_update = linear_scan(later, d_cells, offsets, reverse=not reverse)
    return d_update * shifted(cells, offsets, 1, reverse=reverse), d_update


def shifted(rows: Floats, offsets: Offsets, steps: int, *, reverse: bool = False) -> Floats:
    """Every row replaced by the one `steps` before it in its own sequence, by zeros where there is none.

    Args:
        rows: ``[N, F]``.
        offsets: ``[B + 1]`` int64.
        steps: At least 0.
        reverse: Sequences are walked from their ends, so that the row before is the next one.

    Example:
        >>> shifted(np.array([[1.0], [2.0], [3.0]]), np.array([0, 2, 3]), 1)[:, 0].tolist()
        [0.0, 1.0, 0.0]
    """
    lengths = np.diff(offsets)
    ends = np.repeat(offsets[1:] - 1 if reverse else offsets[:-1], lengths)
    here = np.arange(len(rows))
    there = here + steps if reverse else here - steps
    is_inside = there <= ends if reverse else there >= ends
    result: Floats = np.zeros_like(rows)
    result[is_inside] = rows[there[is_inside]]
    return result
