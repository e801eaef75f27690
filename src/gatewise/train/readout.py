"""A run for networks whose encoder is never trained: read all texts once, then solve for the head.

Word vectors and recurrent weights of an echo state network stay as they were drawn, or as they came from another model.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from gatewise.errors import Interrupted, ParameterError, TrainingError
from gatewise.models.classifier import Classifier
from gatewise.text.batches import batches
from gatewise.train.batch import Encoded
from gatewise.train.checkpoint import CheckpointFolder
from gatewise.train.objective import balanced_weights, classes_of, squared_error
from gatewise.train.progress import EpochReport, Reporter, StepReport
from gatewise.train.recipe import ENOUGH_TO_CHOOSE, Recipe
from gatewise.train.ridge import Floats, RidgePath
from gatewise.train.rounding import rounded_state
from gatewise.train.signals import StopRequest
from gatewise.train.state import RunState
from gatewise.train.unlabelled import Unlabelled

# From next to none to one that leaves little of all but the strongest directions, half a power of ten apart.
RIDGES: tuple[float, ...] = tuple(10.0 ** (halves / 2) for halves in range(-10, 5))

_BATCH_TOKENS, _BATCH_TEXTS = 65_536, 512
# Under a time limit reading stops after this share of it; the rest is for solving.
_READING_SHARE = 0.8

# Features ``[n, F]`` float32 and classes ``[n]`` int64.
Read = tuple[torch.Tensor, torch.Tensor]


@dataclass(kw_only=True)
class ReadoutRun:
    """One run over encoded texts; fields as those of `gatewise.train.loop.Run`.

    The features are the pooled states of every text. Linear units are fitted to them by `RidgePath`: their outputs y^
    should be 1 for a text of their class, else 0, one unit for two classes or K. Such an output estimates a probability
    p, and K y^ - 1 is log p, but for a constant, to first order at p = 1/K; so that is what the head gives of K units,
    and of one unit the difference for K = 2, 4 y^ - 2. With ``ridge=0`` that of `RIDGES` is taken which does best on
    the development split: by accuracy, or with fewer than 1,000 development examples by squared error.

    What speaks of steps, noise and texts without labels has no part in it: epochs, batches, optimizer and rate, clip,
    ema, patience, selection, dropouts, transfer rate. A message says so. ``class_weight`` is honoured.

    Raises:
        ParameterError: No development split to choose the penalty on; an answer after every word or the perceptron's
            rule is asked for, which a regression does not have.

    Notes:
        Deterministic for a number of threads. It saves no checkpoints: resumed, it begins again. Memory is that of the
        features, ``4 * n * F`` bytes, beside ``16 * F^2``.
    """

    network: Classifier
    recipe: Recipe
    train: Encoded
    dev: Encoded | None
    reporter: Reporter
    checkpoints: CheckpointFolder | None
    identity: dict[str, Any]
    transferred: frozenset[str] = frozenset()
    time_limit: float | None = None
    unlabelled: Unlabelled | None = None

    def __post_init__(self) -> None:
        recipe = self.recipe
        for name, usual in (("supervision", ("text",)), ("objective", ("cross-entropy", "squared-error"))):
            if getattr(recipe, name) not in usual:
                raise ParameterError(
                    f"{name}={getattr(recipe, name)!r} is not there for network={recipe.network!r}",
                    hint="its head is solved for by ridge regression on whole texts",
                )
        if not recipe.ridge and self.dev is None:
            raise ParameterError(
                "ridge=0 is chosen on a development split, and there is none",
                hint="give a penalty, e.g. --set ridge=0.1, or a --dev file",
            )
        self.state = RunState(planned_epochs=1.0)

    def run(self, *, resume: bool = False) -> dict[str, torch.Tensor]:
        """Read, solve, and return all weights by name.

        Raises:
            Interrupted: Ctrl-C or SIGTERM came. Nothing is saved.
            TrainingError: The readout is not finite.
        """
        if resume:
            self.reporter.message("an echo state network is trained in one go: it begins again")
        self.reporter.message(
            "word vectors and recurrent weights stay as they are; the head is fitted to all texts at once by ridge "
            "regression, in which epochs, learning rate and dropouts play no part"
        )
        self.network.eval()
        # The head should be right for what is stored.
        self.network.load_state_dict(rounded_state(self.network.state_dict(), self.recipe.embedding_bits))
        began = time.monotonic()
        with StopRequest() as stop:
            train = self._read(self.train, stop, began, self.time_limit)
            dev = None if self.dev is None else self._read(self.dev, stop, began)
        self._fit(train, dev, began)
        return self.network.state_dict()

    def _read(self, texts: Encoded, stop: StopRequest, began: float, limit: float | None = None) -> Read:
        """Read texts in random order, all of them or those there is time for."""
        state, order = self.state, self._batches(texts)
        features, targets = [], []
        for number, batch in enumerate(order, start=1):
            ids, offsets, classes = texts.select(batch).tensors()
            with torch.no_grad():
                features.append(self.network.features(ids, offsets))
            targets.append(classes)
            state.seconds = time.monotonic() - began
            state.tokens += len(ids)
            if texts is self.train:
                self._report_batch(number, len(order))
            if stop.asked:
                raise Interrupted(
                    "stopped as asked; nothing was saved, as nothing was learnt yet",
                    where=f"batch {number} of {len(order)}",
                    hint="the same command with --resume begins again" if self.checkpoints is not None else None,
                )
            if limit is not None and state.seconds > _READING_SHARE * limit and number < len(order):
                read = sum(len(part) for part in targets)
                self.reporter.message(f"the time limit of {limit:.0f} s is near after {read:,} of {len(texts):,} texts")
                break
        return torch.cat(features), torch.cat(targets)

    def _batches(self, texts: Encoded) -> list[npt.NDArray[np.int64]]:
        return batches(
            texts.tokens.lengths,
            token_budget=_BATCH_TOKENS,
            max_texts=_BATCH_TEXTS,
            window=self.recipe.window,
            seed=self.recipe.seed,
            epoch=0,
        )

    def _report_batch(self, number: int, count: int) -> None:
        state, share = self.state, number / count
        state.step = number
        self.reporter.step(
            StepReport(
                epoch=1,
                epochs=1,
                step=number,
                progress=share,
                learning_rate=0.0,
                loss=None,
                tokens_per_second=state.tokens / max(state.seconds, 1e-9),
                seconds_left=state.seconds * (1 - share) / share,
            )
        )

    def _fit(self, train: Read, dev: Read | None, began: float) -> None:
        """Solve, choose the penalty, set the head, and report it as the one epoch of the run."""
        speed = self.state.tokens / max(self.state.seconds, 1e-9)
        path = self._path(*train)
        ridge = self.recipe.ridge or self._best_ridge(path, dev)
        weight, bias = path.readout(ridge)
        self._set_head(weight, bias)
        loss, accuracy = judge(weight, bias, *train)
        dev_loss, dev_accuracy = (None, None) if dev is None else judge(weight, bias, *dev)
        self.state.seconds = time.monotonic() - began
        report = EpochReport(
            epoch=1,
            step=self.state.step,
            train_loss=loss,
            train_accuracy=accuracy,
            dev_loss=dev_loss,
            dev_accuracy=dev_accuracy,
            seconds=self.state.seconds,
            tokens_per_second=speed,
        )
        self.state.history.append({**report.to_json(), "ridge": ridge})
        self.reporter.epoch(report)
        self.state.begin_epoch()

    def _path(self, features: torch.Tensor, targets: torch.Tensor) -> RidgePath:
        """Readouts that give 1 for a text of their class, else 0; one for two classes, of the second, else K."""
        classes, outputs = self.network.config.classes, self.network.config.outputs
        wanted = np.eye(classes)[targets.numpy()][:, -outputs:]
        weights = None
        if self.recipe.class_weight == "balanced":
            weights = balanced_weights(targets.numpy(), classes).double().numpy()[targets.numpy()]
        return RidgePath(features.numpy(), wanted, weights)

    def _best_ridge(self, path: RidgePath, dev: Read | None) -> float:
        assert dev is not None
        chosen = RIDGES[0]
        for ridge in RIDGES:
            loss, accuracy = judge(*path.readout(ridge), *dev)
            if self.state.note_epoch(accuracy, loss, by_loss=len(dev[1]) < ENOUGH_TO_CHOOSE):
                chosen = ridge
        self.reporter.message(f"ridge {chosen:.3g} does best on the development split")
        return chosen

    def _set_head(self, weight: Floats, bias: Floats) -> None:
        """Let the head give log odds, to first order; see the class."""
        outputs = self.network.config.outputs
        scale, shift = (4.0, 2.0) if outputs == 1 else (float(outputs), 1.0)
        head = {"weight": scale * weight, "bias": scale * bias - shift}
        if not all(np.isfinite(part).all() for part in head.values()):
            raise TrainingError("the readout is not finite", hint="choose a larger penalty: --set ridge=0.1")
        self.network.head.load_state_dict({name: torch.from_numpy(part).float() for name, part in head.items()})


def judge(weight: Floats, bias: Floats, features: torch.Tensor, targets: torch.Tensor) -> tuple[float, float]:
    """Mean squared error, as `squared_error` has it, and accuracy of linear units that should give 0 or 1.

    Args:
        weight: ``[outputs, F]``.
        bias: ``[outputs]``.
        features: ``[n, F]`` float32.
        targets: ``[n]`` int64.
    """
    centred = functional.linear(features, torch.from_numpy(weight).float(), torch.from_numpy(bias - 0.5).float())
    loss = squared_error(centred, targets).double().mean()
    return loss.item(), float((classes_of(centred) == targets).double().mean())
