"""What a recurrent cell is to the operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gatewise.ops.checks import Floats

State = tuple[Floats, ...]


class Step(Protocol):
    """One step of a cell for B sequences at once."""

    def __call__(self, projected: Floats, state: State, weight_hh: Floats, bias_hh: Floats | None) -> State:
        """From one state to the next.

        Args:
            projected: ``[B, G * H]``, the input's share of the gates: W_ih x + bias_ih.
            state: Arrays ``[B, H]``, one for each name in `Cell.states`.
            weight_hh: ``[G * H, H]``.
            bias_hh: ``[G * H]`` or None.

        Returns:
            The new state; its first array is the cell's output.
        """
        ...


@dataclass(frozen=True)
class Cell:
    """A recurrent cell: how many gates, which states, and the step.

    Attributes:
        name: As in config.json.
        gates: Blocks of H rows in its weights, in torch's order.
        states: Names of its states; the first is the output.
        step: One step, see `Step`.
    """

    name: str
    gates: int
    states: tuple[str, ...]
    step: Step
