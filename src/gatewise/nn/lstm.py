"""Long short-term memory as a torch module: what ``torch.nn.LSTM`` is, over batches of any form.

The equations, their gradients and the references are in `gatewise.ops.lstm`.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, get_args

import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.cudnn import PackedReader
from gatewise.nn.dropout import elementwise_dropout, locked_dropout, weight_dropout
from gatewise.nn.eager import eagerly
from gatewise.nn.forms import Form, Gates, Rows, open_form
from gatewise.nn.layer import Precision, States, Weights
from gatewise.nn.lstm_function import NativeReader
from gatewise.nn.packed import PackedCache

Output = tuple[Rows, States] | tuple[Rows, States, list[Gates]]


class LSTM(nn.Module):
    """A drop-in for ``torch.nn.LSTM``: the same arguments, parameters, state dict, initial weights and results.

    Equations, with σ the logistic function and ∘ the product by elements::

        i = σ(W_ii x + b_ii + W_hi h + b_hi)      f = σ(W_if x + b_if + W_hf h + b_hf)
        g = tanh(W_ig x + b_ig + W_hg h + b_hg)   o = σ(W_io x + b_io + W_ho h + b_ho)
        c' = f ∘ c + i ∘ g                        h' = o ∘ tanh(c')

    Args:
        input_size: Width I of the rows read.
        hidden_size: Width H of the state.
        num_layers: Layers, each reading what the one below gave.
        bias: Whether there are biases.
        batch_first: Padded batches are ``[B, T, F]`` instead of ``[T, B, F]``.
        dropout: Share in [0, 1] of the entries dropped between layers in training, as in torch.
        bidirectional: Also read from the end; outputs are ``[forward, backward]`` side by side.
        proj_size: Only 0.
        device: As in torch.
        dtype: As in torch.
        locked_dropout: Share in [0, 1) of the features dropped between layers in training, by one mask for all steps
            of a sequence.
        weight_dropout: DropConnect on ``weight_hh`` in training: share in [0, 1) dropped, by one mask a batch.
        precision: ``fp32``, or ``bf16`` for products of bfloat16 with state and sums in float32. Both for float32 on
            the CPU, where the native core has the kernels; other devices have autocast.
        recurrent_bias: Keep ``bias_hh`` beside ``bias_ih``; without it there is one bias a gate, as in the papers.
        noise: Generator for the dropouts; torch's own, which ``torch.manual_seed`` seeds, when not given.

    Raises:
        ParameterError: An argument that is none of these; it is named.

    Notes:
        On the CPU by the native core (see `gatewise.ops.lstm`), elsewhere by torch's kernels, cuDNN on an NVIDIA GPU.
        Cost O(N H (I + H)) for N rows in all, whatever the lengths. On the CPU deterministic, and a sequence's numbers
        are the same in any company and for any number of threads of the core. Gradients once; there is no second
        derivative. Reading from several threads at once is safe.

    Reference:
        Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins (2000); for the dropouts Gal and Ghahramani
        (2016), arXiv:1512.05287, and Merity et al. (2017), arXiv:1708.02182.

    Example:
        >>> lstm = LSTM(3, 5)
        >>> hidden, (h_n, c_n) = lstm(torch.ones(6, 3), offsets=torch.tensor([0, 4, 6]))  # a sequence of 4, one of 2
        >>> hidden.shape, h_n.shape
        (torch.Size([6, 5]), torch.Size([1, 2, 5]))
        >>> bool(torch.equal(hidden[3], h_n[0, 0])), bool(torch.equal(hidden[5], h_n[0, 1]))
        (True, True)
        >>> lstm.load_state_dict(torch.nn.LSTM(3, 5).state_dict())
        <All keys matched successfully>
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: torch.device | str | int | None = None,
        dtype: torch.dtype | None = None,
        *,
        locked_dropout: float = 0.0,
        weight_dropout: float = 0.0,
        precision: Precision = "fp32",
        recurrent_bias: bool = True,
        noise: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.locked_dropout, self.weight_dropout = dropout, locked_dropout, weight_dropout
        self.proj_size, self.precision, self.recurrent_bias = proj_size, precision, recurrent_bias
        self.noise = noise
        _check_arguments(self)
        self._cache = PackedCache()
        for name, shape in self._shapes().items():
            parameter = None if shape is None else nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
            self.register_parameter(name, parameter)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters uniformly from ±1/√H, as ``torch.nn.LSTM`` does, from the same seed the same."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: there is no faster layout. Kept because programs call it."""

    @property
    def all_weights(self) -> list[list[nn.Parameter]]:
        """The parameters of each direction of each layer."""
        names = list(self._shapes())
        each = [[getattr(self, name) for name in names[at : at + 4]] for at in range(0, len(names), 4)]
        return [[parameter for parameter in one if parameter is not None] for one in each]

    def extra_repr(self) -> str:
        """Sizes, and what differs from its default."""
        sizes = f"{self.input_size}, {self.hidden_size}"
        told = [f"{name}={getattr(self, name)}" for name, usual in _USUAL.items() if getattr(self, name) != usual]
        return ", ".join([sizes, *told])

    @eagerly
    def forward(
        self,
        input: Rows,
        hx: States | None = None,
        *,
        offsets: torch.Tensor | None = None,
        return_gates: bool = False,
    ) -> Output:
        """Read every sequence for exactly its own length.

        Args:
            input: Float rows of I features in one of these forms: padded ``[T, B, I]``, with `batch_first`
                ``[B, T, I]``; one sequence ``[T, I]``; a ``PackedSequence``; ragged ``[N, I]`` with `offsets`.
            hx: h and c to begin with, each ``[layers * D, B, H]``, for one sequence ``[layers * D, H]``, D directions;
                zeros when not given.
            offsets: ``[B + 1]`` int64: sequence b is the rows from ``offsets[b]`` up to ``offsets[b + 1]``.
            return_gates: Also give gates and cells, on the CPU only.

        Returns:
            The last layer's hidden states in the form of the input with ``D * H`` features; the final ``(h, c)``
            shaped as `hx`, for an empty sequence the initial one; and if asked for, `Gates` for each layer and
            direction in the order of `hx`, without gradients.

        Raises:
            ParameterError: A wrong shape, dtype, device or offsets; it is named.
        """
        form = open_form(input, offsets, width=self.input_size, batch_first=self.batch_first)
        states = self._first_states(hx, form)
        read, rows = self._reader(form, return_gates), form.rows
        last: list[States] = []
        gates: list[Gates] = []
        for layer in range(self.num_layers):
            if layer and self.training:
                rows = elementwise_dropout(rows, self.dropout, self.noise)
                rows = locked_dropout(rows, form.offsets, self.locked_dropout, self.noise)
            given = self._weights(layer)
            own = slice(layer * len(given), (layer + 1) * len(given))
            output = read(layer, rows, given, None if states is None else (states[0][own], states[1][own]))
            rows = output.hidden
            last.append((output.h_n, output.c_n))
            gates += form.gates(output) if return_gates else []
        final = (_joined([h for h, _ in last], form), _joined([c for _, c in last], form))
        return (form.restore(rows), final, gates) if return_gates else (form.restore(rows), final)

    def _shapes(self) -> dict[str, tuple[int, ...] | None]:
        """Shape of every parameter, four for each direction of each layer; None for one there is not."""
        shapes: dict[str, tuple[int, ...] | None] = {}
        suffixes, G = ("", "_reverse")[: self._directions], 4 * self.hidden_size
        for layer in range(self.num_layers):
            width = self.hidden_size * len(suffixes) if layer else self.input_size
            for suffix in suffixes:
                name = f"l{layer}{suffix}"
                shapes[f"weight_ih_{name}"] = (G, width)
                shapes[f"weight_hh_{name}"] = (G, self.hidden_size)
                shapes[f"bias_ih_{name}"] = (G,) if self.bias else None
                shapes[f"bias_hh_{name}"] = (G,) if self.bias and self.recurrent_bias else None
        return shapes

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _weights(self, layer: int) -> tuple[Weights, ...]:
        """Weights of a layer, with noise in training; read by name, so that they may be replaced or parametrized."""
        rate = self.weight_dropout if self.training else 0.0
        found = []
        for suffix in ("", "_reverse")[: self._directions]:
            name = f"l{layer}{suffix}"
            ih, hh, bias_ih, bias_hh = (
                getattr(self, f"{kind}_{name}") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            found.append(Weights(ih, weight_dropout(hh, rate, self.noise), bias_ih, bias_hh))
        return tuple(found)

    def _reader(self, form: Form, return_gates: bool) -> NativeReader | PackedReader:
        rows, weight = form.rows, self.weight_hh_l0
        if rows.device != weight.device:
            raise ParameterError(
                f"input is on {rows.device}, the weights are on {weight.device}", hint=f"lstm.to({str(rows.device)!r})"
            )
        if rows.dtype != weight.dtype and not torch.is_autocast_enabled(rows.device.type):
            raise ParameterError(
                f"input is {rows.dtype}, the weights are {weight.dtype}",
                hint=f"input.to({weight.dtype}) or lstm.to({rows.dtype})",
            )
        if rows.device.type != "cpu":
            return PackedReader.over(form.offsets, rows.device, precision=self.precision, return_gates=return_gates)
        return NativeReader(form.offsets.numpy(), self.precision, return_gates, self._cache)

    def _first_states(self, hx: States | None, form: Form) -> States | None:
        """h and c as ``[layers * D, B, H]``."""
        if hx is None:
            return None
        if not isinstance(hx, tuple | list) or len(hx) != 2:
            raise ParameterError("hx is not a pair of tensors (h, c)")
        count = self.num_layers * self._directions
        shape = (count, len(form.offsets) - 1, self.hidden_size) if form.is_batched else (count, self.hidden_size)
        for name, state in zip(("hx[0]", "hx[1]"), hx, strict=True):
            _check_state(name, state, shape, form.rows)
        h, c = hx
        return (h, c) if form.is_batched else (h.unsqueeze(1), c.unsqueeze(1))


_USUAL = {
    "num_layers": 1,
    "bias": True,
    "batch_first": False,
    "dropout": 0.0,
    "bidirectional": False,
    "locked_dropout": 0.0,
    "weight_dropout": 0.0,
    "precision": "fp32",
    "recurrent_bias": True,
}


def _joined(parts: list[torch.Tensor], form: Form) -> torch.Tensor:
    states = parts[0] if len(parts) == 1 else torch.cat(parts)
    return states if form.is_batched else states.squeeze(1)


def _check_arguments(network: LSTM) -> None:
    for name in ("input_size", "hidden_size", "num_layers"):
        size = getattr(network, name)
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ParameterError(f"{name}={size!r} is not a whole number of at least 1")
    for name in ("bias", "batch_first", "bidirectional", "recurrent_bias"):
        if not isinstance(getattr(network, name), bool):
            raise ParameterError(f"{name}={getattr(network, name)!r} is not True or False")
    for name in ("dropout", "locked_dropout", "weight_dropout"):
        _check_rate(name, getattr(network, name))
    if network.precision not in get_args(Precision):
        raise ParameterError(f"precision={network.precision!r} is not one of {', '.join(get_args(Precision))}")
    if network.proj_size != 0:
        raise ParameterError(
            f"proj_size={network.proj_size!r}: projections are not there", hint="put a Linear layer after it"
        )
    for name in ("dropout", "locked_dropout"):
        if getattr(network, name) and network.num_layers == 1:
            warnings.warn(f"{name}={getattr(network, name)} acts between layers, and there is one", stacklevel=3)


def _check_rate(name: str, rate: Any) -> None:
    is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
    # To drop everything is sensible to nobody, but torch allows it.
    if not is_number or not (0 <= rate < 1 or (rate == 1 and name == "dropout")):
        raise ParameterError(f"{name}={rate!r} is not a number in [0, 1" + ("]" if name == "dropout" else ")"))


def _check_state(name: str, state: Any, shape: tuple[int, ...], rows: torch.Tensor) -> None:
    if not isinstance(state, torch.Tensor):
        raise ParameterError(f"{name} is a {type(state).__name__}, wanted a tensor")
    if tuple(state.shape) != shape:
        raise ParameterError(f"{name} is {list(state.shape)}, wanted {list(shape)}")
    if state.device != rows.device:
        raise ParameterError(f"{name} is on {state.device}, the input is on {rows.device}")
    if state.dtype != rows.dtype and not torch.is_autocast_enabled(rows.device.type):
        raise ParameterError(f"{name} is {state.dtype}, the input is {rows.dtype}")
