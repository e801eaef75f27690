"""Where a pre-training run is, in plain numbers: together with the tensors it is all that resuming needs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class PretrainState:
    """The place in the run of one reader.

    Attributes:
        planned_epochs: Length of the run; a fraction when a time limit set it.
        epoch: Epochs finished.
        step: Steps taken in all.
        taken: Documents of this epoch that streams have begun.
        words: Words of this epoch predicted so far.
        loss_sum: Sum of their losses, in nats.
        seconds: Time spent in steps and evaluations, over all resumptions.
        epoch_seconds: Of these, in the steps of this epoch.
        is_planned: Whether a time limit has set the length of the run.
        history: One entry an epoch, as in `gatewise.train.progress.PerplexityReport.to_json`.
    """

    planned_epochs: float
    epoch: int = 0
    step: int = 0
    taken: int = 0
    words: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    is_planned: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As stored in a checkpoint; floats survive exactly."""
        return asdict(self)

    def done(self, words_an_epoch: int) -> float:
        """Epochs done, when one has so many words to predict."""
        return self.epoch + self.words / max(1, words_an_epoch)

    def progress(self, words_an_epoch: int) -> float:
        """Share of the run done."""
        return min(1.0, self.done(words_an_epoch) / self.planned_epochs)

    def begin_epoch(self) -> None:
        """Forget the sums of the epoch that ended."""
        self.epoch += 1
        self.taken, self.words, self.loss_sum, self.epoch_seconds = 0, 0, 0.0, 0.0
