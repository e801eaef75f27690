"""The pooling of a quasi-recurrent layer and its gradients: from the sums of the convolution to hidden states.

Equations (1), (3) to (6) of `gatewise.ops.qrnn`. The way back, with dx for dL/dx and s for the sum under a gate:

    dc_t = dh_t o_t + dc_{t+1} f_{t+1}                 do_t = dh_t c_t
    df_t = dc_t (c_{t-1} - z_t)                        dz_t = dc_t (1 - f_t)      with f- and fo-pooling
    df_t = dc_t c_{t-1},    di_t = dc_t z_t            dz_t = dc_t i_t            with ifo-pooling
    ds_z = dz (1 - z^2)                                ds_g = dg g (1 - g)        for each gate g

o_t is 1 with f-pooling, and ds_f is 0 where zoneout has set f to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops import native
from gatewise.ops.activations import sigmoid
from gatewise.ops.checks import Floats, Offsets, check_floats, check_ids, check_offsets, row_strided
from gatewise.ops.linear_scan import linear_scan, linear_scan_backward, shifted

POOLINGS = ("f", "fo", "ifo")

Ids = npt.NDArray[np.int32]
Zoned = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pooled:
    """What the pooling gives.

    Attributes:
        hidden: ``[N, H]``: h.
        cells: ``[N, H]``: c; with f-pooling `hidden` itself. None where it was not wanted.
    """

    hidden: Floats
    cells: Floats | None


def pool(
    shares: Floats,
    bias: Floats,
    offsets: Offsets,
    *,
    pooling: str,
    window: int = 1,
    ids: Ids | None = None,
    reverse: bool = False,
    zoned: Zoned | None = None,
    want_cells: bool = True,
) -> Pooled:
    """Equations (1), (3) to (6) of `gatewise.ops.qrnn` for every row of every sequence.

    float32 goes to the native core where the compiled library is there, all else to the NumPy twin.

    Args:
        shares: ``[N, window * P * H]`` float32 or float64: what a word gives to the sums of the steps that see it, by
            its place in their window, the oldest word's first; each for z, f, o, i as far as the pooling has them. With
            a window of 1 these are the sums.
        bias: ``[P * H]``, of the same dtype; added to the sums.
        offsets: ``[B + 1]`` int64. Empty sequences, B = 0 and N = 0 are legal.
        pooling: ``f``, ``fo`` or ``ifo``.
        window: k, words that a step sees.
        ids: ``[N]`` int32: row n of the batch has row ``ids[n]`` of the shares, which may then be any number of rows.
        reverse: Begin at each sequence's own last row.
        zoned: ``[N, H]`` uint8, 1 where zoneout sets the forget gate to 1, else 0; no zoneout when not given.
        want_cells: Whether the cells are wanted, which `pool_backward` needs.

    Raises:
        ParameterError: No such pooling, or an array of the wrong shape or dtype; its name is in the message.

    Notes:
        O(N k P H). The numbers of a sequence do not depend on the others in the batch, to the last bit; nor on the
        number of threads.

    Example:
        >>> pooled = pool(np.zeros((2, 2)), np.array([9.0, 0.0]), np.array([0, 2]), pooling="f")
        >>> pooled.hidden[:, 0].round(3).tolist()
        [0.5, 0.75]
    """
    check_floats("bias", bias, (None,))
    check_floats("shares", shares, (None, window * len(bias)), bias.dtype)
    if ids is None:
        check_offsets(offsets, len(shares))
    else:
        check_ids("ids", ids, len(shares))
        check_offsets(offsets, len(ids))
    check_pooling(bias, pooling, zoned, int(offsets[-1]))
    if _is_native(shares):
        from gatewise.ops.native.qrnn import native_pool

        return native_pool(
            row_strided(shares),
            bias,
            offsets,
            pooling,
            window=window,
            ids=ids,
            reverse=reverse,
            zoned=zoned,
            want_cells=want_cells,
        )
    sums = _sums(shares if ids is None else shares[ids], offsets, window, reverse)
    return twin_pool(sums, bias, offsets, pooling, reverse, zoned)


def pool_backward(
    sums: Floats,
    bias: Floats,
    offsets: Offsets,
    cells: Floats,
    d_hidden: Floats,
    *,
    pooling: str,
    reverse: bool = False,
    zoned: Zoned | None = None,
) -> tuple[Floats, Floats]:
    """Gradients of a scalar L.

    Args:
        sums: As given to `pool` with a window of 1, like `bias`, `offsets`, `pooling`, `reverse` and `zoned`.
        bias: As given to `pool`.
        offsets: As given to `pool`.
        cells: What it gave.
        d_hidden: ``[N, H]`` dL/dhidden.
        pooling: As given to `pool`.
        reverse: As given to `pool`.
        zoned: As given to `pool`.

    Returns:
        dL/dsums ``[N, P * H]`` and dL/dbias ``[P * H]``.

    Raises:
        ParameterError: No such pooling, or an array of the wrong shape or dtype; its name is in the message.

    Notes:
        As for `pool`; the gradient of the bias, which is a sum over the batch, depends on all of it.
    """
    check_floats("bias", bias, (None,))
    check_floats("sums", sums, (None, len(bias)), bias.dtype)
    check_offsets(offsets, len(sums))
    units = check_pooling(bias, pooling, zoned, len(sums))
    check_floats("cells", cells, (len(sums), units), bias.dtype)
    check_floats("d_hidden", d_hidden, (len(sums), units), bias.dtype)
    if _is_native(sums):
        from gatewise.ops.native.qrnn import native_pool_backward

        sums, cells = np.ascontiguousarray(sums), np.ascontiguousarray(cells)
        return native_pool_backward(
            sums, bias, offsets, cells, row_strided(d_hidden), pooling, reverse=reverse, zoned=zoned
        )
    return twin_pool_backward(sums, bias, offsets, cells, d_hidden, pooling, reverse, zoned)


def check_pooling(bias: Floats, pooling: str, zoned: Zoned | None, rows: int) -> int:
    """Units H; raises `ParameterError` unless these go together."""
    if pooling not in POOLINGS:
        raise ParameterError(f"pooling={pooling!r} is not one of {', '.join(POOLINGS)}")
    check_floats("bias", bias, (None,))
    blocks = 1 + len(pooling)
    if not len(bias) or len(bias) % blocks:
        raise ParameterError(f"bias has {len(bias)} entries, wanted {blocks} a unit with pooling={pooling!r}")
    units = len(bias) // blocks
    if zoned is not None and (zoned.dtype != np.uint8 or zoned.shape != (rows, units)):
        raise ParameterError(f"zoned is {zoned.dtype} {list(zoned.shape)}, wanted uint8 {[rows, units]}")
    return units


def _is_native(array: Floats) -> bool:
    return array.dtype == np.float32 and native.is_available()


def _sums(shares: Floats, offsets: Offsets, window: int, reverse: bool) -> Floats:
    """What the words of each window give together: ``[N, window * W]`` to ``[N, W]``."""
    if window == 1:
        return shares
    *older, newest = np.split(shares, window, axis=1)
    sums: Floats = newest.copy()
    for back, part in enumerate(reversed(older), start=1):
        sums += shifted(part, offsets, back, reverse=reverse)
    return sums


def pool_step(sums: Floats, bias: Floats, cells: Floats, *, pooling: str) -> tuple[Floats, Floats]:
    """One step of B sequences, in NumPy; arguments are not checked.

    Args:
        sums: ``[B, P * H]``, as for `pool`.
        bias: ``[P * H]``.
        cells: ``[B, H]``: c before it.
        pooling: ``f``, ``fo`` or ``ifo``.

    Returns:
        h and c after it, ``[B, H]`` each.

    Example:
        >>> h, c = pool_step(np.zeros((1, 2)), np.zeros(2), np.ones((1, 1)), pooling="f")
        >>> c.tolist()
        [[0.5]]
    """
    z, f, o, i = _gates(sums, bias, pooling, None)
    cells = f * cells + i * z
    return cells if o is None else o * cells, cells


def twin_pool(sums: Floats, bias: Floats, offsets: Offsets, pooling: str, reverse: bool, zoned: Zoned | None) -> Pooled:
    """`pool` in NumPy, to be read and compared with; arguments are not checked."""
    z, f, o, i = _gates(sums, bias, pooling, zoned)
    cells = linear_scan(f, i * z, offsets, reverse=reverse)  # (3), (4), (5)
    return Pooled(cells if o is None else o * cells, cells)


def twin_pool_backward(
    sums: Floats,
    bias: Floats,
    offsets: Offsets,
    cells: Floats,
    d_hidden: Floats,
    pooling: str,
    reverse: bool,
    zoned: Zoned | None,
) -> tuple[Floats, Floats]:
    """`pool_backward` in NumPy, to be read and compared with; arguments are not checked."""
    z, f, o, i = _gates(sums, bias, pooling, zoned)
    d_cells = d_hidden if o is None else o * d_hidden
    d_f, d_update = linear_scan_backward(f, cells, d_cells, offsets, reverse=reverse)
    if pooling != "ifo":
        d_f -= d_update * z  # i = 1 - f
    d_sums = [d_update * i * (1 - z * z), d_f * f * (1 - f)]  # Where f was set to 1, its factor is 0.
    if o is not None:
        d_sums.append(d_hidden * cells * o * (1 - o))
    if pooling == "ifo":
        d_sums.append(d_update * z * i * (1 - i))
    joined = np.concatenate(d_sums, axis=1)
    return joined, joined.sum(0)


def _gates(
    sums: Floats, bias: Floats, pooling: str, zoned: Zoned | None
) -> tuple[Floats, Floats, Floats | None, Floats]:
    """z, f, o and i; o is None with f-pooling, i is 1 - f but for ifo-pooling."""
    s_z, s_f, *others = np.split(sums + bias, 1 + len(pooling), axis=1)
    z, f = np.tanh(s_z), sigmoid(s_f)  # (1)
    if zoned is not None:
        f = np.where(zoned, f.dtype.type(1), f)  # (6)
    o = sigmoid(others[0]) if "o" in pooling else None
    return z, f, o, sigmoid(others[1]) if pooling == "ifo" else 1 - f
