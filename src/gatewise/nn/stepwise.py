"""Recurrent networks without a fused kernel: one step in torch, walked over ragged rows without padding."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import torch

from gatewise.nn.recurrent import Recurrent
from gatewise.ops.scan import Plan, make_plan

State = tuple[torch.Tensor, ...]


class Stepwise(Recurrent):
    """A stack of layers whose step is the subclass's `step`; arguments as those of `Recurrent`.

    The sequences are regrouped by step as `gatewise.ops.scan` does it: a step works on the rows of all sequences that
    reach it. Autograd goes back through the steps.

    Notes:
        Cost O(N G H (I + H)), and some 10 to 30 operations of torch for every step of the longest sequence, which is
        what takes the time when a batch is small. Memory O(N G H) for the way back.
    """

    states: ClassVar[int] = 1

    @abstractmethod
    def step(self, projected: torch.Tensor, state: State, weight_hh: torch.Tensor, name: str) -> State:
        """One step for b sequences.

        Args:
            projected: ``[b, G * H]``: W_ih x and both biases.
            state: `states` tensors ``[b, H]``.
            weight_hh: ``[G * H, H]``.
            name: Ending of the names of the layer's parameters, for a cell that has more of them.

        Returns:
            The new state; its first tensor is the output.
        """

    def make_plan(self, offsets: torch.Tensor, *, reverse: bool) -> tuple[Plan, torch.Tensor, torch.Tensor]:
        """The walk, its rows, and the way back from regrouped rows to flat ones."""
        plan = make_plan(offsets.cpu().numpy(), reverse=reverse)
        rows = torch.from_numpy(plan.rows).to(offsets.device)
        back = torch.empty_like(rows)
        back[rows] = torch.arange(len(rows), device=rows.device)
        return plan, rows, back

    def read_direction(self, x: torch.Tensor, plan: tuple[Plan, torch.Tensor, torch.Tensor], name: str) -> torch.Tensor:
        """Hidden states ``[N, H]`` of one direction of one layer."""
        walk, rows, back = plan
        weight_ih, weight_hh, *biases = self.weights(name)
        projected = torch.nn.functional.linear(x, weight_ih, sum(biases[1:], biases[0])).index_select(0, rows)
        active = walk.active.tolist()
        state: State = tuple(x.new_zeros(len(walk.rank), self.hidden_size) for _ in range(self.states))
        outputs = [x.new_zeros(0, self.hidden_size)]
        for block in torch.split(projected, active) if active else ():
            # Sequences that have ended leave the state: they are its last rows.
            state = self.step(block, tuple(one[: len(block)] for one in state), weight_hh, name)
            outputs.append(state[0])
        return torch.cat(outputs).index_select(0, back)
