"""One LSTM layer by torch's own kernels over a packed view of the rows: cuDNN on a GPU, and what there is elsewhere."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import _VF

from gatewise.errors import ParameterError
from gatewise.nn.layer import LayerOutput, States, Weights
from gatewise.nn.time_major import TimeMajor, from_offsets


@dataclass(frozen=True)
class PackedReader:
    """Reads layers over ragged rows that lie anywhere but on a CPU (where it works too, and is slow).

    Attributes:
        plan: Where each row goes.
    """

    plan: TimeMajor

    @classmethod
    def over(cls, offsets: torch.Tensor, device: torch.device, *, precision: str, return_gates: bool) -> PackedReader:
        """Prepare for a batch.

        Raises:
            ParameterError: Something is asked for that only our own kernels do.
        """
        if precision != "fp32":
            raise ParameterError(
                f"precision={precision!r} is for the kernels of the CPU, and the input is on {device}",
                hint="precision='fp32' within torch.autocast(device_type, torch.bfloat16)",
            )
        if return_gates:
            raise ParameterError(
                f"return_gates=True needs the kernels of the CPU, and the input is on {device}",
                hint="cuDNN keeps the gates to itself: read the batch with lstm.cpu()",
            )
        return cls(from_offsets(offsets, device))

    def __call__(
        self, layer: int, rows: torch.Tensor, weights: tuple[Weights, ...], states: States | None
    ) -> LayerOutput:
        """Read one layer; see `LayerOutput`."""
        plan, hidden_size = self.plan, weights[0].weight_hh.shape[1]
        if states is None:
            states = (rows.new_zeros(len(weights), len(plan.offsets) - 1, hidden_size),) * 2
        if not len(plan.order):
            return LayerOutput(rows.new_zeros(0, len(weights) * hidden_size), *states)
        start = (states[0].index_select(1, plan.order), states[1].index_select(1, plan.order))
        packed, h, c = _lstm(plan.to_packed(rows), plan.batch_sizes, start, weights)
        # An empty sequence was not packed: its final state is its initial one.
        h_n, c_n = (old.to(new.dtype).index_copy(1, plan.order, new) for old, new in zip(states, (h, c), strict=True))
        return LayerOutput(plan.to_ragged(packed), h_n, c_n)


def _lstm(
    data: torch.Tensor, batch_sizes: torch.Tensor, states: States, weights: tuple[Weights, ...]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    flat = [tensor for one in weights for tensor in _filled(one) if tensor is not None]
    has_biases = weights[0].bias_ih is not None
    # cuDNN gives gradients in its training mode only; the dropout that goes with it is 0 here.
    trains = torch.is_grad_enabled()
    with warnings.catch_warnings():
        # It would like the weights in one block, and copies them there: they are small beside the batch.
        warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous chunk")
        result: tuple[torch.Tensor, torch.Tensor, torch.Tensor] = _VF.lstm(
            data, batch_sizes, states, flat, has_biases, 1, 0.0, trains, len(weights) == 2
        )
    return result


def _filled(weights: Weights) -> Weights:
    """Torch knows two biases or none."""
    if weights.bias_ih is not None and weights.bias_hh is None:
        return weights._replace(bias_hh=torch.zeros_like(weights.bias_ih))
    return weights
