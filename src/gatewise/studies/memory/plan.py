"""Which networks are tried on which tasks, at which lags, with what budget."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.studies.memory.training import Budget, Start

MAIN = "long-lag noise"
_RATES = (0.01, 0.003, 0.001)
_USUAL = Budget(600)


@dataclass(frozen=True)
class Line:
    """A network on a task.

    Attributes:
        task, network: Their names.
        lags: One training each, for each seed and each learning rate.
        start: How its gates begin, see `gatewise.studies.memory.training.train`.
        budget: Of each training; its rate is one of `rates`.
        seeds: How many.
        rates: Learning rates; the one that does best over all seeds is reported.
    """

    task: str
    network: str
    lags: tuple[int, ...]
    start: Start = "default"
    budget: Budget = _USUAL
    seeds: int = 3
    rates: tuple[float, ...] = _RATES[:1]

    @property
    def label(self) -> str:
        """The network and how it begins."""
        if self.start != "default":
            return f"{self.network}, {self.start}"
        return f"{self.network}, bias 1" if self.network in _OPEN else self.network


# Those whose forget gates begin at a bias of 1 if nothing else is asked for.
_OPEN = ("lstm", "peephole_lstm", "qrnn", "grid_lstm")


def plan(*, thorough: bool) -> tuple[Line, ...]:
    """All lines, those of the long-lag task first."""
    return (*_long_lag(thorough), *_others(thorough))


def _long_lag(thorough: bool) -> tuple[Line, ...]:
    """Task 2c. The simple network is given three learning rates, the others one."""
    far = (10, 20, 50, 100, 300, 1000)
    gated, seeds = (far, 3) if thorough else ((10, 100), 1)
    return (
        Line(MAIN, "lstm", far, "chrono"),
        Line(MAIN, "lstm", far),
        Line(MAIN, "lstm", (10, 20, 50, 100), "uniform"),
        Line(MAIN, "rnn", (5, 10, 20, 50, 100) if thorough else (5, 10, 20, 100), rates=_RATES),
        Line(MAIN, "rnn", (300, 1000) if thorough else (300,), seeds=seeds),
        Line(MAIN, "gru", gated, "chrono"),
        Line(MAIN, "lstm_1997", gated),
        Line(MAIN, "lstm_1997", (1000,), "chrono", seeds=seeds),
        Line(MAIN, "qrnn", far, "chrono"),
        Line(MAIN, "peephole_lstm", gated, "chrono", seeds=seeds),
        Line(MAIN, "grid_lstm", gated, "chrono", seeds=seeds),
        *(_thorough_long_lag(far) if thorough else ()),
    )


def _thorough_long_lag(far: tuple[int, ...]) -> tuple[Line, ...]:
    return (
        Line(MAIN, "gru", (10, 20, 50, 100)),
        Line(MAIN, "qrnn", far),
        Line(MAIN, "peephole_lstm", (10, 20, 50, 100)),
        Line(MAIN, "grid_lstm", (10, 20, 50, 100)),
    )


def rate_lines() -> tuple[Line, ...]:
    """An LSTM at other learning rates than that of the plan, tenfold to both sides."""
    return tuple(Line(MAIN, "lstm", (100,), "chrono", rates=(rate,)) for rate in (0.001, 0.003, 0.01, 0.03, 0.1))


def _others(thorough: bool) -> tuple[Line, ...]:
    most, copying = Budget(2000), Budget(2000, hidden=64)
    seeds, rates = (3, _RATES[:2]) if thorough else (1, _RATES[1:2])
    far, copied = ((200, 500), (100,)) if thorough else ((), ())
    lines = [
        Line("adding", "lstm", (10, 50, *far), "chrono", most),
        Line("adding", "rnn", (10, 50), budget=most, seeds=seeds, rates=rates),
        Line("multiplication", "lstm", (10, 50), "chrono", most),
        Line("multiplication", "rnn", (10, 50), budget=most, seeds=seeds, rates=rates),
        Line("temporal order", "lstm", (10, 40, *far), "chrono", most),
        Line("temporal order", "rnn", (10, 40), budget=most, seeds=seeds, rates=_RATES[:2]),
        Line("copy", "lstm", (10, 30, *copied), "chrono", copying, seeds),
        Line("copy", "rnn", (10, 30, *copied), budget=copying, seeds=seeds, rates=_RATES[1:2]),
        Line("parity, bit by bit", "lstm", (10, 20), budget=most),
        Line("parity, bit by bit", "rnn", (10, 20), budget=most),
        Line("embedded Reber", "lstm", (9,)),
        Line("embedded Reber", "rnn", (9,)),
    ]
    if thorough:
        for network in ("gru", "peephole_lstm", "qrnn", "lstm_1997", "grid_lstm"):
            lines += [Line(task, network, lags, budget=most, seeds=1) for task, lags in _SHORT_LAGS.items()]
    return tuple(lines)


_SHORT_LAGS = {
    "adding": (10,),
    "multiplication": (10,),
    "temporal order": (10,),
    "parity, bit by bit": (10,),
    "embedded Reber": (9,),
}
