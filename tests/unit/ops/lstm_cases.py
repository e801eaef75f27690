"""Random LSTM problems, and what the native core and its twin make of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import pytest

from gatewise.ops import native
from gatewise.ops.lstm import LSTMGradients, LSTMOutput, PackedLSTM, pack_lstm
from gatewise.ops.lstm_packed import LSTMWeights
from gatewise.ops.lstm_twin import TwinLSTM

needs_native = pytest.mark.skipif(not native.is_available(), reason=native.reason())
ISAS = native.isas() or ("none",)


@dataclass
class Case:
    """An LSTM, a batch, and gradients to send back; float32."""

    weights: dict[str, Any]
    x: np.ndarray
    offsets: np.ndarray
    start: dict[str, Any] = field(default_factory=dict)
    incoming: dict[str, Any] = field(default_factory=dict)
    reverse: bool = False
    extreme: bool = False

    @property
    def sizes(self) -> str:
        lengths = np.diff(self.offsets).tolist()
        options = f"reverse={self.reverse} extreme={self.extreme} {sorted(self.start)} {sorted(self.incoming)}"
        return f"I={self.x.shape[1]} H={self.weights['weight_hh'].shape[1]} lengths={lengths} {options}"

    def exact(self) -> Case:
        """The same numbers in float64."""
        wide = {key: _wide(getattr(self, key)) for key in ("weights", "start", "incoming")}
        return replace(self, x=self.x.astype(float), **wide)

    def pack(self, **options: Any) -> PackedLSTM:
        return pack_lstm(**self.weights, backward=True, **options)

    def forward(self, lstm: PackedLSTM, *, record: bool = True, out: Any = None) -> LSTMOutput:
        return lstm.forward(self.x, self.offsets, **self.start, reverse=self.reverse, record=record, out=out)

    def backward(self, lstm: PackedLSTM, output: LSTMOutput) -> LSTMGradients:
        given = {**self.start, **self.incoming}
        return lstm.backward(self.x, self.offsets, output, **given, reverse=self.reverse)


def _wide(arrays: dict[str, Any]) -> dict[str, Any]:
    return {name: None if array is None else array.astype(float) for name, array in arrays.items()}


def case_of(
    inputs: int, hidden: int, lengths: list[int], *, seed: int = 0, reverse: bool = False, extreme: bool = False
) -> Case:
    """A case with everything given."""
    random, B = np.random.default_rng(seed), len(lengths)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    N = int(offsets[-1])

    def normal(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    def uniform(*shape: int) -> np.ndarray:
        return (random.uniform(-1, 1, shape) / np.sqrt(hidden)).astype(np.float32)

    shapes = {"weight_ih": (4 * hidden, inputs), "weight_hh": (4 * hidden, hidden)}
    shapes |= {"bias_ih": (4 * hidden,), "bias_hh": (4 * hidden,)}
    x = normal(N, inputs)
    if extreme and N:
        # One entry in every third row: all of them would only cancel, and how is a matter of roundings.
        rows = np.arange(0, N, 3)
        x[rows] = 0
        x[rows, random.integers(0, inputs, len(rows))] = random.choice([-1e4, 1e4], len(rows))
    return Case(
        weights={name: uniform(*shape) for name, shape in shapes.items()},
        x=x,
        offsets=offsets,
        start={"h0": normal(B, hidden), "c0": normal(B, hidden)},
        incoming={"d_hidden": normal(N, hidden), "d_h_n": normal(B, hidden), "d_c_n": normal(B, hidden)},
        reverse=reverse,
        extreme=extreme,
    )


def random_case(number: int) -> Case:
    """Case `number` of an endless series: most of them tiny, some of odd shapes, a few long or wide."""
    random = np.random.default_rng([7, number])
    kind = random.choice(["tiny", "middle", "long", "wide"], p=[0.86, 0.1, 0.02, 0.02])
    most_sequences, longest, most_inputs, most_units = {
        "tiny": (6, 12, 20, 40),
        "middle": (40, 60, 70, 130),
        "long": (3, 2000, 40, 24),
        "wide": (8, 12, 300, 512),
    }[str(kind)]
    lengths = random.integers(0, longest + 1, random.integers(0, most_sequences + 1)).tolist()
    inputs, hidden = int(random.integers(1, most_inputs + 1)), int(random.integers(1, most_units + 1))
    has = random.random(12) < 0.5
    case = case_of(inputs, hidden, lengths, seed=number, reverse=bool(has[0]), extreme=random.random() < 0.1)
    dropped = {name for name, is_there in zip(("bias_ih", "bias_hh", "h0", "c0"), has[1:5], strict=True) if is_there}
    dropped |= {name for name, is_there in zip(("d_h_n", "d_c_n"), has[5:7], strict=True) if is_there}
    for group in (case.weights, case.start, case.incoming):
        for name in dropped & group.keys():
            group[name] = None
    if has[7]:
        case.x = _within_wider(case.x, random)
    if has[8]:
        case.incoming["d_hidden"] = _within_wider(case.incoming["d_hidden"], random)
    return case


def _within_wider(matrix: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same matrix as columns of a wider one full of what would be seen if it were read."""
    before, after = random.integers(0, 4, 2)
    wide = np.full((len(matrix), before + matrix.shape[1] + after), np.nan, np.float32)
    wide[:, before : before + matrix.shape[1]] = matrix
    return wide[:, before : before + matrix.shape[1]]


def twin_of(case: Case, **options: Any) -> TwinLSTM:
    known = {"bias_ih": None, "bias_hh": None, **case.weights}
    return TwinLSTM(LSTMWeights(**known), backward=True, **options)


def distance(got: np.ndarray, want: np.ndarray, least_scale: float = 1e-30) -> float:
    """Largest difference, as a part of the largest number wanted."""
    if not want.size:
        return 0.0
    return float(np.abs(got - want).max() / max(least_scale, np.abs(want).max()))


def arrays_of(result: LSTMOutput | LSTMGradients) -> dict[str, np.ndarray]:
    every = {entry.name: getattr(result, entry.name) for entry in fields(result)}
    return {name: array for name, array in every.items() if array is not None}


def assert_same_bits(got: LSTMOutput | LSTMGradients, want: LSTMOutput | LSTMGradients) -> None:
    for name, array in arrays_of(want).items():
        np.testing.assert_array_equal(arrays_of(got)[name], array, err_msg=name)


@contextmanager
def kernels(name: str) -> Iterator[None]:
    """Use those kernels for a while."""
    before = native.isa()
    native.use_isa(name)
    try:
        yield
    finally:
        native.use_isa(before)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Use so many threads for a while."""
    before = native.threads()
    native.use_threads(count)
    try:
        yield
    finally:
        native.use_threads(before)
