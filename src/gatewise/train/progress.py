"""What a run says of itself: live on a terminal, plain lines in a log, JSON lines in a file."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from gatewise.errors import TrainingError

# Seconds between the lines of a log that nobody watches live.
_LINE_EVERY = 10.0
# Steps between the lines of train.jsonl.
_LOGGED_STEPS = 25


@dataclass(frozen=True)
class StepReport:
    """The run after one step: its place, learning rate, the epoch's mean loss so far, speed, seconds left.

    The loss is None where nothing is learnt before all texts have been read. `part` names what is trained, where a run
    trains several networks.
    """

    epoch: int
    epochs: int
    step: int
    progress: float
    learning_rate: float
    loss: float | None
    tokens_per_second: float
    seconds_left: float
    part: str = ""

    @property
    def place(self) -> str:
        """Which epoch it is."""
        return f"{self.part} epoch {self.epoch}/{self.epochs}".lstrip()


@dataclass(frozen=True)
class EpochReport:
    """One finished epoch; development figures are None when there is no development split."""

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    dev_loss: float | None
    dev_accuracy: float | None
    seconds: float
    tokens_per_second: float

    def to_json(self) -> dict[str, Any]:
        """As a line of train.jsonl and an entry of the history in metrics.json."""
        return asdict(self)

    def line(self, epochs: int) -> str:
        """For people."""
        line = f"epoch {self.epoch}/{epochs}  train loss {self.train_loss:.4f} accuracy {self.train_accuracy:.1%}"
        if self.dev_accuracy is not None:
            line += f"  development loss {self.dev_loss:.4f} accuracy {self.dev_accuracy:.1%}"
        return line + _pace(self.tokens_per_second, self.seconds)


@dataclass(frozen=True)
class PerplexityReport:
    """One finished epoch of a language model: perplexities on documents held out, its own and a unigram model's."""

    part: str
    epoch: int
    step: int
    train_loss: float
    perplexity: float
    unigram_perplexity: float
    seconds: float
    tokens_per_second: float

    def to_json(self) -> dict[str, Any]:
        """As a line of train.jsonl and an entry of the history in metrics.json."""
        return asdict(self)

    def line(self, epochs: int) -> str:
        """For people."""
        line = f"{self.part} epoch {self.epoch}/{epochs}  train loss {self.train_loss:.4f}  held-out perplexity "
        line += f"{self.perplexity:.1f} (of words alone {self.unigram_perplexity:.1f})"
        return line + _pace(self.tokens_per_second, self.seconds)


AnyEpoch = EpochReport | PerplexityReport


class Reporter(Protocol):
    """Hears what a run does."""

    def message(self, text: str) -> None:
        """A sentence for the user."""

    def step(self, report: StepReport) -> None:
        """A step was taken."""

    def epoch(self, report: AnyEpoch) -> None:
        """An epoch ended and was evaluated."""

    def close(self) -> None:
        """The run ended, well or not."""


def _pace(tokens_per_second: float, seconds: float) -> str:
    return f"  {tokens_per_second:,.0f} tokens/s  {seconds:.0f} s"


def _loss(report: StepReport, digits: int) -> str:
    return f"loss {report.loss:.{digits}f}  " if report.loss is not None else ""


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


class QuietReporter:
    """Says nothing; the base of the others."""

    def message(self, text: str) -> None:
        """See `Reporter`."""

    def step(self, report: StepReport) -> None:
        """See `Reporter`."""

    def epoch(self, report: AnyEpoch) -> None:
        """See `Reporter`."""

    def close(self) -> None:
        """See `Reporter`."""


class LineReporter(QuietReporter):
    """Plain lines, one every ten seconds and one an epoch: for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self._next = time.monotonic() + _LINE_EVERY
        self._epochs = 0

    def message(self, text: str) -> None:
        """See `Reporter`."""
        print(text, file=self.stream, flush=True)

    def step(self, report: StepReport) -> None:
        """See `Reporter`."""
        self._epochs = report.epochs
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_EVERY
            self.message(
                f"{report.place}  step {report.step}  {report.progress:.0%}  "
                f"{_loss(report, 4)}{report.tokens_per_second:,.0f} tokens/s  {_clock(report.seconds_left)} left"
            )

    def epoch(self, report: AnyEpoch) -> None:
        """See `Reporter`."""
        self.message(report.line(self._epochs))


class TerminalReporter(QuietReporter):
    """A live bar with loss, tokens/s and time left, and a line an epoch above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self.task = self.bar.add_task("training", total=1.0, note="")
        self._epochs = 0
        self._running = False

    def message(self, text: str) -> None:
        """See `Reporter`."""
        self.bar.console.print(text, highlight=False, markup=False)

    def step(self, report: StepReport) -> None:
        """See `Reporter`."""
        if not self._running:
            self.bar.start()
            self._running = True
        self._epochs = report.epochs
        note = f"{_loss(report, 3)}{report.tokens_per_second:,.0f} tokens/s  {_clock(report.seconds_left)} left"
        self.bar.update(self.task, completed=report.progress, description=report.place, note=note)

    def epoch(self, report: AnyEpoch) -> None:
        """See `Reporter`."""
        self.message(report.line(self._epochs))

    def close(self) -> None:
        """See `Reporter`."""
        if self._running:
            self.bar.stop()


class JsonLines(QuietReporter):
    """Appends every epoch, every 25th step and every message to a file and hands everything on to another reporter.

    A run that was killed and resumed may have lines twice; the later ones count, and they say the same.
    """

    def __init__(self, path: Path, then: Reporter) -> None:
        self.path, self.then = path, then

    def _write(self, entry: dict[str, Any]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
        except OSError as problem:
            raise TrainingError(f"the log cannot be written: {problem.strerror}", where=str(self.path)) from problem

    def message(self, text: str) -> None:
        """See `Reporter`."""
        self._write({"message": text})
        self.then.message(text)

    def step(self, report: StepReport) -> None:
        """See `Reporter`."""
        if report.step % _LOGGED_STEPS == 0:
            self._write(asdict(report))
        self.then.step(report)

    def epoch(self, report: AnyEpoch) -> None:
        """See `Reporter`."""
        self._write(report.to_json())
        self.then.epoch(report)

    def close(self) -> None:
        """See `Reporter`."""
        self.then.close()


def default_reporter() -> Reporter:
    """Live on a terminal, plain lines elsewhere."""
    return TerminalReporter() if sys.stderr.isatty() else LineReporter()
