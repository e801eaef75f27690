"""Where a run is, in plain numbers: together with the tensors it is all that resuming needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class RunState:
    """The place in a run.

    Attributes:
        epoch: Epochs finished.
        batch: Batches of the current epoch taken.
        step: Steps taken in all.
        planned_epochs: Length of the run; a fraction when a time limit set it.
        loss_sum, correct, seen, tokens: Sums over the current epoch.
        labelled: How many of the texts seen in it have a label.
        seconds, epoch_seconds: Time spent in steps and evaluations so far, over all resumptions; in the current epoch.
        best_accuracy, best_loss, best_epoch: The best development figures so far.
        stale: Epochs since the best.
        is_planned: Whether a time limit has already set the length of the run.
        history: One entry an epoch, as in `EpochReport.to_json`.
    """

    planned_epochs: float
    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    tokens: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    best_accuracy: float = -1.0
    best_loss: float = float("inf")
    best_epoch: int = 0
    stale: int = 0
    is_planned: bool = False
    labelled: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As stored in a checkpoint; floats survive exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> RunState:
        """Read what `to_json` wrote."""
        return cls(**content)

    def progress(self, batches: int) -> float:
        """Share of the run done, when this epoch has `batches` batches."""
        return min(1.0, (self.epoch + self.batch / max(1, batches)) / self.planned_epochs)

    def begin_epoch(self) -> None:
        """Forget the sums of the epoch that ended."""
        self.epoch += 1
        self.batch, self.loss_sum, self.correct, self.seen, self.tokens, self.epoch_seconds = 0, 0.0, 0, 0, 0, 0.0
        self.labelled = 0

    def note_epoch(self, accuracy: float, loss: float, *, by_loss: bool) -> bool:
        """Take in development figures; True when they are the best so far: by accuracy, then loss, or by loss alone."""
        is_better = loss < self.best_loss
        if not by_loss:
            is_better = (accuracy, -loss) > (self.best_accuracy, -self.best_loss)
        if is_better:
            self.best_accuracy, self.best_loss, self.best_epoch, self.stale = accuracy, loss, self.epoch + 1, 0
        else:
            self.stale += 1
        return is_better
