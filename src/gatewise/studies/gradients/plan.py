"""How large the study is, and the names it uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatewise.errors import ParameterError

NAMES = {
    "rnn_linear": "RNN, linear",
    "rnn_sigmoid": "RNN, sigmoid",
    "rnn_tanh": "RNN, tanh",
    "rnn_relu": "RNN, ReLU",
    "lstm": "LSTM",
    "gru": "GRU",
    "qrnn": "QRNN",
}
# The fastest gradients measured fall and grow by about a decade a step; float64 ends near 1e±308.
LONGEST = 250


@dataclass(frozen=True)
class Plan:
    """Sizes of the study.

    Attributes:
        seeds: Of the models; a seed gives all setups of a cell the same random numbers.
        lag: The longest.
        steps: Batches of a training at most.
    """

    seeds: tuple[int, ...]
    lag: int
    steps: int

    @classmethod
    def of(cls, seed: int, seeds: int, lag: int, steps: int) -> Plan:
        """From the options of the study.

        Raises:
            ParameterError: A number is too small, or the lag too large.
        """
        for name, value, least in (("seed", seed, 0), ("seeds", seeds, 1), ("lag", lag, 12), ("steps", steps, 2)):
            if value < least:
                raise ParameterError(f"{name}={value} is below {least}")
        if lag > LONGEST:
            raise ParameterError(f"lag={lag} is above {LONGEST}", hint="smaller gradients are zero in float64")
        return cls(tuple(range(seed * seeds, (seed + 1) * seeds)), lag, steps)

    @property
    def lags(self) -> tuple[int, int, int]:
        """A sixth, a third and the whole of the longest."""
        return self.lag // 6, self.lag // 3, self.lag

    @property
    def many_lags(self) -> tuple[int, ...]:
        """From a twelfth of the longest on."""
        return tuple(self.lag * part // 12 for part in (1, 2, 3, 4, 6, 8, 12))


def memory_letter(letters: dict[str, Any]) -> str:
    """The state that carries the memory: c where there is one, else h."""
    return "c" if "c" in letters else "h"
