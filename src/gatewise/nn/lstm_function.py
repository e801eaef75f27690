"""One LSTM layer over ragged rows on the CPU: what torch's autograd sees of `gatewise.ops.lstm`.

Torch and NumPy share every array; nothing is copied on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gatewise.errors import ParameterError
from gatewise.nn.layer import LayerOutput, States, Weights
from gatewise.nn.packed import PackedCache, pack
from gatewise.ops.checks import Floats, Offsets
from gatewise.ops.lstm_packed import LSTMGradients, LSTMOutput, PackedLSTM, Precision
from gatewise.ops.native import memory

_DTYPES = (torch.float32, torch.float64)
_inputs_only: ContextVar[bool] = ContextVar("inputs_only", default=False)


@contextmanager
def inputs_only() -> Iterator[None]:
    """Within the block a way back through a layer makes no gradients of weights, which saves near half its products.

    To be put around ``torch.autograd.grad`` by what the layer reads. Torch tells an operation of ours what gradients
    there could be, but not which of them are asked for.
    """
    before = _inputs_only.set(True)
    try:
        yield
    finally:
        _inputs_only.reset(before)


@dataclass(frozen=True)
class NativeReader:
    """Reads layers over ragged rows on the CPU, with the native core or its NumPy twin.

    Attributes:
        offsets: ``[B + 1]`` int64.
        precision: Of products, see `gatewise.ops.lstm.pack_lstm`.
        return_gates: Whether gates and cells are wanted though no gradient is.
        cache: Packed weights of the module, for when no gradient is wanted.
    """

    offsets: Offsets
    precision: Precision
    return_gates: bool
    cache: PackedCache

    def __call__(
        self, layer: int, rows: torch.Tensor, weights: tuple[Weights, ...], states: States | None
    ) -> LayerOutput:
        """Read layer number `layer`; see `LayerOutput`. Of two directions the second reads from the end.

        Raises:
            ParameterError: A dtype the CPU does not compute in.
        """
        rows = _computable("input", rows)
        h0, c0 = (None, None) if states is None else (_computable("hx", states[0]), _computable("hx", states[1]))
        weights = tuple(Weights(*(_computable("a weight", tensor) for tensor in one)) for one in weights)
        given = (rows, h0, c0, *(tensor for one in weights for tensor in one))
        if torch.is_grad_enabled() and any(tensor is not None and tensor.requires_grad for tensor in given):
            packed = tuple(pack(one, self.precision, backward=True) for one in weights)
            hidden, h_n, c_n, *recorded = _Layer.apply(packed, self.offsets, *given)  # type: ignore[no-untyped-call]
            count = len(packed)
            return LayerOutput(hidden, h_n, c_n, tuple(recorded[:count]), tuple(recorded[count:]))
        packed = tuple(self.cache.get((layer, k), one, self.precision) for k, one in enumerate(weights))
        return _read(packed, self.offsets, rows, (h0, c0), record=self.return_gates)


def _computable(name: str, tensor: Any) -> Any:
    """The tensor itself; within autocast 16 bits become 32."""
    if tensor is None or tensor.dtype in _DTYPES:
        return tensor
    if torch.is_autocast_enabled("cpu"):
        return tensor.float()
    raise ParameterError(
        f"{name} is {tensor.dtype}, and a CPU computes an LSTM in torch.float32 or torch.float64",
        hint="convert it with .float(); precision='bf16' makes products in bfloat16 and keeps the state in float32",
    )


def _read(
    packed: tuple[PackedLSTM, ...],
    offsets: Offsets,
    rows: torch.Tensor,
    states: tuple[torch.Tensor | None, torch.Tensor | None],
    *,
    record: bool,
) -> LayerOutput:
    x, size = rows.detach().numpy(), packed[0].hidden_size
    # Both directions write into one array, so that nothing need be joined.
    hidden = memory.empty((len(x), size * len(packed)), x.dtype)
    outputs = []
    for k, one in enumerate(packed):
        h0, c0 = (_direction(state, k) for state in states)
        out = hidden[:, k * size : (k + 1) * size]
        outputs.append(one.forward(x, offsets, h0, c0, reverse=k == 1, record=record, out=out))
    return LayerOutput(
        torch.from_numpy(hidden),
        _stacked([output.h_n for output in outputs]),
        _stacked([output.c_n for output in outputs]),
        tuple(torch.from_numpy(output.gates) for output in outputs if output.gates is not None),
        tuple(torch.from_numpy(output.cells) for output in outputs if output.cells is not None),
    )


def _direction(states: torch.Tensor | None, direction: int) -> Any:
    """One direction's part of ``[D, B, H]`` as an array."""
    return None if states is None else states[direction].detach().numpy()


def _stacked(parts: list[Floats]) -> torch.Tensor:
    return torch.from_numpy(parts[0][None] if len(parts) == 1 else np.stack(parts))


class _Layer(Function):
    """Inputs: packed weights, offsets, rows, h0 and c0, four weights a direction; states and biases may be None."""

    @staticmethod
    def forward(
        ctx: Any,
        packed: tuple[PackedLSTM, ...],
        offsets: Offsets,
        rows: torch.Tensor,
        h0: torch.Tensor | None,
        c0: torch.Tensor | None,
        *weights: torch.Tensor | None,
    ) -> tuple[torch.Tensor, ...]:
        output = _read(packed, offsets, rows, (h0, c0), record=True)
        recorded = (*output.gates, *output.cells)
        ctx.packed, ctx.offsets = packed, offsets
        # The weights are saved for torch to notice if they were changed before the way back.
        ctx.save_for_backward(rows, h0, c0, output.hidden, *recorded, *weights)
        ctx.mark_non_differentiable(*recorded)
        ctx.set_materialize_grads(False)
        return (output.hidden, output.h_n, output.c_n, *recorded)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *incoming: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        _, _, want_x, want_h0, want_c0, *want_weights = ctx.needs_input_grad
        if _inputs_only.get():
            want_weights = [False] * len(want_weights)
        wanted = [want_weights[at : at + 4] for at in range(0, len(want_weights), 4)]
        saved = ctx.saved_tensors
        found = [_way_back(ctx, saved, incoming, k, want_x, any(wanted[k])) for k in range(len(ctx.packed))]
        d_weights: list[torch.Tensor | None] = []
        for one, asked in zip(found, wanted, strict=True):
            # Torch may keep what it gets as the gradient itself, which whoever clips scales in place: each its own.
            second_bias = one.d_bias.copy() if asked[3] and one.d_bias is not None else None
            arrays = (one.d_weight_ih, one.d_weight_hh, one.d_bias, second_bias)
            d_weights += [_tensor(array) if is_asked else None for array, is_asked in zip(arrays, asked, strict=True)]
        return (
            None,
            None,
            _sum([one.d_x for one in found]),
            _stacked([one.d_h0 for one in found]) if want_h0 else None,
            _stacked([one.d_c0 for one in found]) if want_c0 else None,
            *d_weights,
        )


def _way_back(
    ctx: Any,
    saved: tuple[torch.Tensor, ...],
    incoming: tuple[torch.Tensor | None, ...],
    direction: int,
    want_x: bool,
    want_weights: bool,
) -> LSTMGradients:
    rows, h0, c0, hidden, *rest = saved
    packed, gates, cells = ctx.packed[direction], rest[direction], rest[len(ctx.packed) + direction]
    columns = slice(direction * packed.hidden_size, (direction + 1) * packed.hidden_size)
    d_hidden, d_h_n, d_c_n = incoming[:3]
    h = hidden.detach().numpy()[:, columns]
    # The final states are not read on the way back, and unsaved they may be changed in place.
    output = LSTMOutput(h, h[:0], h[:0], gates.numpy(), cells.numpy())
    gradients: LSTMGradients = packed.backward(
        rows.detach().numpy(),
        ctx.offsets,
        output,
        d_hidden=None if d_hidden is None else d_hidden.numpy()[:, columns],
        d_h_n=_direction(d_h_n, direction),
        d_c_n=_direction(d_c_n, direction),
        h0=_direction(h0, direction),
        c0=_direction(c0, direction),
        reverse=direction == 1,
        want_x=want_x,
        want_weights=want_weights,
    )
    return gradients


def _tensor(array: Floats | None) -> torch.Tensor | None:
    return None if array is None else torch.from_numpy(array)


def _sum(parts: list[Floats | None]) -> torch.Tensor | None:
    """Sum of the gradients of one array that both directions read; the first one is overwritten."""
    arrays = [part for part in parts if part is not None]
    if not arrays:
        return None
    for other in arrays[1:]:
        np.add(arrays[0], other, out=arrays[0])
    return torch.from_numpy(arrays[0])
