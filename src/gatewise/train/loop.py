"""The training loop: batches, steps, epochs, evaluation, checkpoints. Everything random is keyed by (seed, place)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gatewise.errors import Interrupted
from gatewise.models.classifier import Classifier
from gatewise.text.batches import batches
from gatewise.train.adversarial import MovedTexts
from gatewise.train.answers import predict_logits
from gatewise.train.batch import Encoded
from gatewise.train.checkpoint import Checkpoint, CheckpointFolder
from gatewise.train.clip import clip_dense
from gatewise.train.distillation import mean_of_taught
from gatewise.train.ema import AveragedWeights
from gatewise.train.guard import check_finite
from gatewise.train.limit import fit_into
from gatewise.train.objective import OBJECTIVES, balanced_weights, classes_of, mean_of_texts, mean_of_words
from gatewise.train.optimizer import load_optimizer, make_optimizer, optimizer_tensors, set_rate, thaw
from gatewise.train.progress import EpochReport, Reporter, StepReport
from gatewise.train.recipe import ENOUGH_TO_CHOOSE, Recipe
from gatewise.train.same_run import check_identity, noise_key, under
from gatewise.train.schedule import rate_factor
from gatewise.train.signals import StopRequest
from gatewise.train.state import RunState
from gatewise.train.unlabelled import Unlabelled, UnlabelledOrder

_CHECKPOINT_SECONDS = 60.0


@dataclass(kw_only=True)
class Run:
    """One training run over encoded texts.

    Args:
        network: What is trained.
        recipe: How; with epochs and batch size filled in.
        train: Training texts; with teachers' scores, texts without labels may be among them.
        dev: Development texts, or None.
        reporter: Hears of every step and epoch.
        checkpoints: Where the run saves itself, or None.
        identity: What a checkpoint must agree with to be resumed (recipe, data, threads).
        transferred: Names of parameters that came from another model, see `gatewise.train.optimizer.make_optimizer`.
        time_limit: Seconds the run may take, or None.
        unlabelled: Texts without labels, where the objective has a use for them, or None.
    """

    network: Classifier
    recipe: Recipe
    train: Encoded
    dev: Encoded | None = None
    reporter: Reporter
    checkpoints: CheckpointFolder | None = None
    identity: dict[str, Any] = field(default_factory=dict)
    transferred: frozenset[str] = frozenset()
    time_limit: float | None = None
    unlabelled: Unlabelled | None = None

    def __post_init__(self) -> None:
        self.optimizer = make_optimizer(self.network, self.recipe, self.transferred)
        self.average = AveragedWeights(self.network, self.recipe.ema)
        self.state = RunState(planned_epochs=float(self.recipe.epochs))
        self._best: dict[str, torch.Tensor] | None = None
        self._rate = 0.0
        self._losses = OBJECTIVES[self.recipe.objective]
        self._weights = (
            balanced_weights(self.train.targets[self.train.targets >= 0], self.network.config.classes)
            if self.recipe.class_weight == "balanced"
            else None
        )
        self._moved = MovedTexts(self.network, self.recipe.terms, self.recipe.perturbation, self._loss)
        if self.unlabelled is not None:
            self._unlabelled_order = UnlabelledOrder(self.unlabelled.tokens.lengths, self.recipe)

    def run(self, *, resume: bool = False) -> dict[str, torch.Tensor]:
        """Train to the end and return the chosen weights by name.

        Raises:
            Interrupted: Ctrl-C or SIGTERM came; a checkpoint was saved when there is a folder for it.
            TrainingError: Loss or gradient is not finite, or the checkpoint belongs to another run.
        """
        if resume:
            self._resume()
        self.network.train()
        with StopRequest() as stop:
            self._saved_at = time.monotonic()
            while not self._is_over():
                self._epoch(stop)
        return self._chosen()

    def _is_over(self) -> bool:
        too_stale = self.recipe.patience and self.state.stale >= self.recipe.patience
        return self.state.epoch >= self.state.planned_epochs or bool(too_stale)

    def _is_past_peak(self) -> bool:
        """Whether the rate has begun to fall and all weights learn; before that, an epoch without gain says nothing."""
        rising = self.recipe.warmup if self.recipe.schedule == "one-cycle" else 0.0
        return self.state.epoch + 1 > max(rising, self.recipe.unfreeze) * self.state.planned_epochs

    def _epoch(self, stop: StopRequest) -> None:
        state, recipe = self.state, self.recipe
        order = batches(
            self.train.tokens.lengths,
            token_budget=recipe.batch_tokens,
            max_texts=recipe.batch_texts,
            window=recipe.window,
            seed=recipe.seed,
            epoch=state.epoch,
        )
        while state.batch < len(order) and state.progress(len(order)) < 1:
            began = time.monotonic()
            self._step(self.train.select(order[state.batch]), state.progress(len(order)))
            self._spend(time.monotonic() - began)
            self._plan(len(order))
            self._report_step(len(order))
            self._save_if_due(stop)
        self._end_epoch()
        self._save_if_due(stop, always=True)

    def _step(self, batch: Encoded, progress: float) -> None:
        state, recipe = self.state, self.recipe
        self.network.noise.manual_seed(noise_key(recipe.seed, state.step))
        self._rate = recipe.learning_rate * rate_factor(recipe.schedule, progress, recipe.warmup)
        set_rate(self.optimizer, self._rate)
        # While a time limit measures the speed, steps cost what they will cost once all weights learn.
        thaw(self.optimizer, 1.0 if self._is_measuring() else progress, recipe.unfreeze)
        self.optimizer.zero_grad(set_to_none=True)
        logits, loss = self._go_back(batch)
        thaw(self.optimizer, progress, recipe.unfreeze)
        limit = recipe.clip or float("inf")
        norm = clip_dense(self.network.parameters(), limit)
        place = f"epoch {state.epoch + 1}, step {state.step + 1}"
        check_finite(self.network, loss.item(), norm, where=place, hint=self._after_divergence())
        self.optimizer.step()
        self.average.update(state.step)
        state.loss_sum += loss.item() * len(batch)
        state.correct += int((classes_of(logits).numpy() == batch.targets).sum())
        state.seen += len(batch)
        state.labelled += int((batch.targets >= 0).sum())
        state.tokens += len(batch.tokens.ids)
        state.batch += 1
        state.step += 1

    def _go_back(self, batch: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
        """Make the gradients of a step; logits of the labelled texts ``[B, outputs]``, and their loss."""
        if self.recipe.terms:
            texts = self.unlabelled
            read = None if texts is None else texts.tokens.select(self._unlabelled_order.at(self.state.step))
            return self._moved.learn(batch, read)
        logits, loss = self._answers(batch)
        # The loss is a mean over the networks that are averaged; each learns as it would alone.
        (loss * len(self.network.config.single)).backward()  # type: ignore[no-untyped-call]
        return logits, loss

    def _answers(self, batch: Encoded) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the texts ``[B, outputs]``, and the loss: that of each network by itself, averaged."""
        ids, offsets, targets = batch.tensors()
        if self.recipe.supervision == "every-word":
            rows, logits = self.network.every_word(ids, offsets)
            losses = self._losses(rows, targets.repeat_interleave(offsets.diff()))
            return logits, mean_of_words(losses, offsets, targets, self._weights)
        opinions = torch.stack(self.network.opinions(ids, offsets))
        each = [self._loss(logits, targets, batch.scores) for logits in opinions]
        return opinions.mean(0), torch.stack(each).mean()

    def _loss(
        self, logits: torch.Tensor, targets: torch.Tensor, scores: npt.NDArray[np.float32] | None
    ) -> torch.Tensor:
        if scores is None:
            return mean_of_texts(self._losses(logits, targets), targets, self._weights)
        return mean_of_taught(
            logits,
            targets,
            torch.from_numpy(scores),
            weight=self.recipe.teacher_weight,
            temperature=self.recipe.teacher_temperature,
            class_weights=self._weights,
        )

    def _after_divergence(self) -> str:
        advice = f"begin again with a lower --learning-rate, {self.recipe.learning_rate / 4:g} say"
        if self.checkpoints is None or self.checkpoints.is_empty():
            return advice
        return f"the last good checkpoint is kept in {self.checkpoints.folder}; {advice}, and --overwrite"

    def _spend(self, seconds: float) -> None:
        self.state.seconds += seconds
        self.state.epoch_seconds += seconds

    def _is_measuring(self) -> bool:
        return self.time_limit is not None and not self.state.is_planned

    def _plan(self, batches_per_epoch: int) -> None:
        """Under a time limit, set the length of the run by the speed of its beginning; cut it off if that was wrong."""
        if self.time_limit is not None:
            done = self.state.epoch + self.state.batch / batches_per_epoch
            told = fit_into(self.time_limit, self.state, done)
            if told:
                self.reporter.message(told)

    def _report_step(self, batches_per_epoch: int) -> None:
        state = self.state
        progress = state.progress(batches_per_epoch)
        self.reporter.step(
            StepReport(
                epoch=state.epoch + 1,
                epochs=int(np.ceil(state.planned_epochs)),
                step=state.step,
                progress=progress,
                learning_rate=self._rate,
                loss=state.loss_sum / state.seen,
                tokens_per_second=state.tokens / max(state.epoch_seconds, 1e-9),
                seconds_left=state.seconds * (1 - progress) / max(progress, 1e-9),
            )
        )

    def _end_epoch(self) -> None:
        state, began = self.state, time.monotonic()
        speed = state.tokens / max(state.epoch_seconds, 1e-9)
        loss, accuracy = self._evaluate() if self.dev is not None else (None, None)
        self._spend(time.monotonic() - began)
        report = EpochReport(
            epoch=state.epoch + 1,
            step=state.step,
            train_loss=state.loss_sum / max(1, state.seen),
            train_accuracy=state.correct / max(1, state.labelled),
            dev_loss=loss,
            dev_accuracy=accuracy,
            seconds=state.seconds,
            tokens_per_second=speed,
        )
        if loss is not None and accuracy is not None and self.dev is not None:
            # The perceptron's criterion grows with the weights, so that it cannot choose between epochs.
            by_loss = len(self.dev) < ENOUGH_TO_CHOOSE and self.recipe.objective != "perceptron"
            if state.note_epoch(accuracy, loss, by_loss=by_loss):
                self._keep_best()
        if not self._is_past_peak():
            state.stale = 0
        state.history.append(report.to_json())
        self.reporter.epoch(report)
        state.begin_epoch()

    def _evaluate(self) -> tuple[float, float]:
        assert self.dev is not None
        with self.average.swapped_in():
            logits = predict_logits(self.network, self.dev.tokens)
        targets = torch.from_numpy(self.dev.targets)
        return self._losses(logits, targets).mean().item(), float((classes_of(logits) == targets).double().mean())

    def _keep_best(self) -> None:
        self._best = {name: tensor.clone() for name, tensor in self.average.mean.items()}
        if self.checkpoints is not None:
            self.checkpoints.save_best(Checkpoint(self._best, {"epoch": self.state.epoch + 1}))

    def _chosen(self) -> dict[str, torch.Tensor]:
        if self.recipe.selection == "best" and self._best is not None:
            return self._best
        return self.average.mean

    def _save_if_due(self, stop: StopRequest, *, always: bool = False) -> None:
        due = always or stop.asked or time.monotonic() - self._saved_at >= _CHECKPOINT_SECONDS
        if due and self.checkpoints is not None:
            self.checkpoints.save(self.state.step, self._checkpoint())
            self._saved_at = time.monotonic()
        if stop.asked and not self._is_over():
            saved = self.checkpoints is not None
            raise Interrupted(
                "stopped as asked" + (" and saved" if saved else "; nothing was saved, as there is no --out folder"),
                where=f"step {self.state.step}",
                hint="continue with the same command and --resume" if saved else None,
            )

    def _checkpoint(self) -> Checkpoint:
        tensors = {f"weights.{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"mean.{name}": tensor for name, tensor in self.average.mean.items()}
        tensors |= optimizer_tensors(self.optimizer)
        return Checkpoint(tensors, {"run": self.state.to_json(), "identity": self.identity})

    def _resume(self) -> None:
        found = self.checkpoints.newest(self.reporter.message) if self.checkpoints is not None else None
        if found is None or self.checkpoints is None:
            self.reporter.message("no checkpoint found; beginning at the first step")
            return
        check_identity(found.state["identity"], self.identity)
        self.network.load_state_dict(under(found.tensors, "weights."))
        self.average.mean = under(found.tensors, "mean.")
        load_optimizer(self.optimizer, found.tensors)
        self.state = RunState.from_json(found.state["run"])
        best = self.checkpoints.best()
        self._best = best.tensors if best else None
        self.reporter.message(f"resumed at epoch {self.state.epoch + 1}, step {self.state.step}")
