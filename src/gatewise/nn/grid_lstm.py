"""Grid LSTM over ragged rows (Kalchbrenner, Danihelka and Graves 2015)."""

from __future__ import annotations

import math

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.dropout import locked_dropout
from gatewise.nn.grid_walk import walk_time
from gatewise.nn.recurrent import final_states
from gatewise.ops.scan import make_plan

State = tuple[torch.Tensor, torch.Tensor]
AXES = ("depth", "time")


class GridLSTM(nn.Module):
    """A grid of LSTM blocks over the words (time) and the layers (depth) of ragged rows.

    Equations: those of `gatewise.ops.grid_lstm`; the depth axis has priority. Every layer has an LSTM along time, as in
    a stacked LSTM, and hands its h and m to the next layer through an LSTM along depth. With one dimension there is
    the depth alone: each row goes by itself through a deep gated feed-forward network.

    Args:
        input_size: Width I of the rows read.
        hidden_size: Width H of the hidden and memory vectors of each axis.
        layers: Steps along the depth.
        bidirectional: A second grid whose time runs from the end; outputs are ``[forward, backward]`` side by side.
        dimensions: Axes A of the grid: 2, depth and time; or 1, depth alone.
        tied: All layers share the weights of the first.
        hidden_dropout: Locked dropout on the hidden vectors that a layer hands up; the memory is left whole.
        noise: Generator for the dropout; a fresh one when not given.

    Raises:
        ParameterError: Other dimensions than 1 or 2.

    Notes:
        Parameters, with ``_reverse`` behind the names of the second grid: ``weight_in`` ``[2H, I]`` and ``bias_in``,
        from a row to h and m at the bottom; ``weight_depth_l{k}``, ``weight_time_l{k}`` ``[4H, A * H]`` and their
        biases, rows in the order u, f, o, c, columns in the order depth, time; k is 0 only when tied.
        Cost O(N layers A^2 H^2). Only the time axis is walked step by step; depth is one product a layer.

    Reference: arXiv:1507.01526, sections 3.1, 3.2 and 3.5.

    Example:
        >>> grid = GridLSTM(3, 4, layers=2, tied=True)
        >>> hidden, final = grid(torch.ones(5, 3), torch.tensor([0, 2, 5]))
        >>> hidden.shape, final.shape
        (torch.Size([5, 4]), torch.Size([2, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dimensions: int = 2,
        tied: bool = False,
        hidden_dropout: float = 0.0,
        noise: torch.Generator | None = None,
    ) -> None:
        if dimensions not in (1, 2):
            raise ParameterError(f"dimensions={dimensions!r} of a grid must be 1 (depth) or 2 (depth and time)")
        super().__init__()
        self.input_size, self.hidden_size, self.layers = input_size, hidden_size, layers
        self.dimensions, self.tied = dimensions, tied
        self.suffixes = ("", "_reverse") if bidirectional else ("",)
        self.hidden_dropout, self.noise = hidden_dropout, noise or torch.Generator()
        for suffix in self.suffixes:
            self._add(f"in{suffix}", 2 * hidden_size, input_size)
            for layer in range(1 if tied else layers):
                for axis in AXES[:dimensions]:
                    self._add(f"{axis}_l{layer}{suffix}", 4 * hidden_size, dimensions * hidden_size)
        self.reset_parameters()

    def _add(self, name: str, rows: int, columns: int) -> None:
        self.register_parameter(f"weight_{name}", nn.Parameter(torch.empty(rows, columns)))
        self.register_parameter(f"bias_{name}", nn.Parameter(torch.empty(rows)))

    @torch.no_grad()
    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Glorot-uniform weights, each gate by itself; what an axis reads of itself orthogonal; forget gates open.

        As in our LSTM (see `gatewise.nn.initialise`) the orthogonal columns are those of all four gates together, the
        biases are zero, and those of the forget gates 1.
        """
        H = self.hidden_size
        for name, parameter in self.named_parameters():
            if name.startswith("bias"):
                parameter.zero_()
                if not name.startswith("bias_in"):
                    parameter[H : 2 * H] = 1.0
                continue
            bound = math.sqrt(6 / (H + parameter.shape[1]))
            nn.init.uniform_(parameter, -bound, bound, generator=generator)
            if not name.startswith("weight_in"):
                begin = H if name.startswith("weight_time") else 0
                parameter[:, begin : begin + H] = nn.init.orthogonal_(
                    torch.empty_like(parameter[:, :H]), generator=generator
                )

    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Read every sequence for exactly its own length.

        Args:
            x: ``[N, I]`` rows.
            offsets: ``[B + 1]`` int64.

        Returns:
            The hidden vectors along depth at the top ``[N, D * H]``, and the final ones ``[B, D * H]``: after the last
            word for the forward direction, after the first for the backward one; zero for an empty sequence.
        """
        hidden = torch.cat([self._read_direction(x, offsets, suffix) for suffix in self.suffixes], 1)
        return hidden, final_states(hidden, offsets, self.hidden_size)

    def _read_direction(self, x: torch.Tensor, offsets: torch.Tensor, suffix: str) -> torch.Tensor:
        """Hidden vectors at the top of one grid, ``[N, H]``."""
        plan = make_plan(offsets.cpu().numpy(), reverse=bool(suffix))
        # All layers work on rows regrouped by step, for the time axis is walked that way.
        rows = torch.from_numpy(plan.rows).to(x.device)
        back = torch.empty_like(rows)
        back[rows] = torch.arange(len(rows), device=x.device)
        active = plan.active.tolist()
        h, m = nn.functional.linear(x.index_select(0, rows), *self._weights("in", suffix)).chunk(2, 1)
        for layer in range(self.layers):
            if layer and self.training and self.hidden_dropout:
                flat = locked_dropout(h.index_select(0, back), offsets, self.hidden_dropout, self.noise)
                h = flat.index_select(0, rows)
            h, m = self._layer((h, m), active, f"_l{0 if self.tied else layer}{suffix}")
        return h.index_select(0, back)

    def _weights(self, name: str, suffix: str) -> tuple[torch.Tensor, torch.Tensor]:
        return getattr(self, f"weight_{name}{suffix}"), getattr(self, f"bias_{name}{suffix}")

    def _layer(self, depth: State, active: list[int], name: str) -> State:
        """h and m of the depth axis, ``[N, H]``, from below a layer to above it."""
        h, m = depth
        weight, bias = self._weights("depth", name)
        if self.dimensions == 2:
            h = torch.cat([h, self._walk(h, active, name)], 1)
        return transform(nn.functional.linear(h, weight, bias), m)

    def _walk(self, h: torch.Tensor, active: list[int], name: str) -> torch.Tensor:
        """Hidden vectors of the time axis ``[N, H]``, given those of the depth axis from below."""
        weight, bias = self._weights("time", name)
        projected = nn.functional.linear(h, weight[:, : self.hidden_size], bias)
        return walk_time(projected, weight[:, self.hidden_size :], active)


def transform(sums: torch.Tensor, memory: torch.Tensor) -> State:
    """New h and m ``[B, H]`` of the sums W H + b ``[B, 4H]`` and the old m: equations (b) to (g)."""
    width = memory.shape[1]
    g_u, g_f, g_o = torch.sigmoid(sums[:, : 3 * width]).chunk(3, 1)
    m = torch.addcmul(g_f * memory, g_u, torch.tanh(sums[:, 3 * width :]))
    return torch.tanh(g_o * m), m
