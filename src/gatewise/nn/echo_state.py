"""The echo state network (Jaeger 2001): random recurrent layers that are read, and never trained."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.stepwise import State, Stepwise

# Biases are uniform within plus and minus this: enough to make units differ, too little to drive one to its ends.
BIAS_RANGE = 0.1


class EchoState(Stepwise):
    """Ragged echo state layers; parameters named as in ``torch.nn.RNN``, and none of them wants a gradient.

    Equations: those of `gatewise.ops.echo_state`.

    Args:
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        layers: Layers, each reading what the one below gave.
        bidirectional: Also read from the end.
        recurrent_bias: Keep ``bias_hh`` beside ``bias_ih``; it is zero.
        leak: Share of the new in a state, above 0 and up to 1.
        spectral_radius: Largest absolute eigenvalue of each ``weight_hh``, at least 0. Below 1 the past fades, as a
            rule; it is no guarantee (Yildiz, Jaeger and Kiebel 2012, Neural Networks 35).

    Raises:
        ParameterError: An impossible leak or radius.

    Notes:
        Reading makes no graph: no gradient goes through it, to the rows neither.
    """

    gates: ClassVar[int] = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        recurrent_bias: bool = True,
        leak: float = 1.0,
        spectral_radius: float = 0.9,
    ) -> None:
        if not 0 < leak <= 1:
            raise ParameterError(f"leak={leak!r} is not a number above 0 and up to 1")
        if not 0 <= spectral_radius < float("inf"):
            raise ParameterError(f"spectral_radius={spectral_radius!r} is not a number of at least 0")
        # `Recurrent` draws the weights, so that these must be known before.
        self.leak, self.spectral_radius = leak, spectral_radius
        super().__init__(
            input_size, hidden_size, layers=layers, bidirectional=bidirectional, recurrent_bias=recurrent_bias
        )
        self.requires_grad_(False)

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all weights anew.

        Input weights are Glorot-uniform, ``bias_ih`` uniform within `BIAS_RANGE`, ``bias_hh`` zero. Recurrent weights
        are uniform, each matrix scaled to the spectral radius: O(H^3), a second or two at H = 1,000.
        """
        for name, parameter in self.named_parameters():
            if name.startswith("weight_ih"):
                nn.init.xavier_uniform_(parameter, generator=generator)
            elif name.startswith("weight_hh"):
                nn.init.uniform_(parameter, -1.0, 1.0, generator=generator)
                parameter.copy_(_with_radius(parameter, self.spectral_radius))
            elif name.startswith("bias_ih"):
                nn.init.uniform_(parameter, -BIAS_RANGE, BIAS_RANGE, generator=generator)
            else:
                nn.init.zeros_(parameter)

    def step(self, projected: torch.Tensor, state: State, weight_hh: torch.Tensor, name: str) -> State:
        """See `Stepwise.step`."""
        (x,) = state
        new = torch.addmm(projected, x, weight_hh.T).tanh_()
        return (new if self.leak == 1 else torch.lerp(x, new, self.leak),)

    @torch.no_grad()
    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `gatewise.nn.recurrent.Recurrent.forward`; without gradients."""
        return super().forward(x, offsets)


def _with_radius(matrix: torch.Tensor, radius: float) -> torch.Tensor:
    """The matrix scaled so that its largest absolute eigenvalue is `radius`; in float64, whatever its own dtype."""
    wide = matrix.double()
    return wide * (radius / float(torch.linalg.eigvals(wide).abs().max()))
