"""The loop of pre-training: chunks, steps, epochs, perplexity, checkpoints. All noise is keyed by its place."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gatewise.errors import Interrupted
from gatewise.models.language_model import LanguageModel
from gatewise.models.streams import Chunk, Streams, read_streams
from gatewise.nn.sampled_softmax import Negatives
from gatewise.train.checkpoint import Checkpoint, CheckpointFolder
from gatewise.train.device import clipped, computed_by, products
from gatewise.train.guard import check_finite
from gatewise.train.lazy_adam import LazyAdam
from gatewise.train.limit import fit_into
from gatewise.train.optimizer import load_optimizer, optimizer_tensors
from gatewise.train.pretrain.corpus import Part, PretrainCorpus
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.pretrain.state import PretrainState
from gatewise.train.progress import PerplexityReport, Reporter, StepReport
from gatewise.train.same_run import check_identity, noise_key, under
from gatewise.train.schedule import rate_factor
from gatewise.train.signals import StopRequest

_CHECKPOINT_SECONDS = 60.0


@dataclass
class ReaderRun:
    """The training run of one language model.

    Args:
        model: What is trained.
        reader: ``forward`` or ``backward``.
        recipe: How.
        corpus: What is read.
        reporter: Hears of every step and epoch.
        checkpoints: Where the run saves itself.
        identity: What a checkpoint must agree with to be resumed.
        time_limit: Seconds the run may take, or None.

    Attributes:
        state: Where the run is.
        unigram_perplexity: On the documents held out, of a model that knows how often each word occurs.
    """

    model: LanguageModel
    reader: str
    recipe: PretrainRecipe
    corpus: PretrainCorpus
    reporter: Reporter
    checkpoints: CheckpointFolder
    identity: dict[str, Any]
    time_limit: float | None = None

    def __post_init__(self) -> None:
        recipe = self.recipe
        self.optimizer = LazyAdam(
            self.model.parameters(),
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.adam_epsilon,
            weight_decay=recipe.weight_decay,
        )
        self.state = PretrainState(planned_epochs=float(recipe.epochs))
        self._train = self._as_read(self.corpus.train)
        self._held_out = self._as_read(self.corpus.held_out)
        self._words = self._train.predicted
        self.unigram_perplexity = unigram_perplexity(self._held_out, self.corpus.counts)
        # Of a vocabulary that is no larger all words are told apart: that is exact, and no dearer.
        self._negatives = (
            Negatives(self.corpus.counts + 1, samples=recipe.samples, flatten=recipe.flatten)
            if recipe.samples < len(self.corpus.counts)
            else None
        )
        self._streams = self._begun()
        self._carried: tuple[torch.Tensor, torch.Tensor] | None = None
        self._rate = 0.0

    def run(self, stop: StopRequest, *, resume: bool = False) -> None:
        """Train to the end.

        Raises:
            Interrupted: It was asked to stop, and a checkpoint was saved.
            TrainingError: Loss or gradient is not finite, or the checkpoint belongs to another run.
        """
        if resume:
            self._resume()
        self.model.train()
        self._saved_at = time.monotonic()
        while not self._is_over():
            self._epoch(stop)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.bias.device

    @property
    def computed_by(self) -> str:
        """What computes there."""
        return computed_by(self.device)

    def perplexity(self) -> float:
        """Of the model as it is, on the documents held out, by the exact softmax."""
        recipe, part = self.recipe, self._held_out
        return self.model.perplexity(read_streams(part.ids, part.offsets, streams=recipe.streams, steps=recipe.steps))

    def _as_read(self, part: Part) -> Part:
        return part.reversed() if self.reader == "backward" else part

    def _is_over(self) -> bool:
        return self.state.epoch >= self.state.planned_epochs

    def _begun(self) -> Streams:
        """The streams at the beginning of the epoch, over documents in an order of its own."""
        random = np.random.PCG64(np.random.SeedSequence((self.recipe.seed, self.state.epoch)))
        # Raw output, sorted: NumPy keeps it the same through all its versions.
        order = np.argsort(random.random_raw(len(self._train)), kind="stable")
        size = {"streams": self.recipe.streams, "steps": self.recipe.steps}
        return Streams(self._train.ids, self._train.offsets, **size, order=order)

    def _epoch(self, stop: StopRequest) -> None:
        state = self.state
        while state.progress(self._words) < 1:
            began = time.monotonic()
            chunk = next(self._streams, None)
            if chunk is None:
                break
            self._step(chunk)
            spent = time.monotonic() - began
            state.seconds += spent
            state.epoch_seconds += spent
            self._plan()
            self._report_step()
            self._save_if_due(stop)
        self._end_epoch()
        self._save_if_due(stop, always=True)

    def _step(self, chunk: Chunk) -> None:
        state, recipe = self.state, self.recipe
        self.model.noise.manual_seed(noise_key(recipe.seed, state.step))
        self._rate = recipe.learning_rate * rate_factor(recipe.schedule, state.progress(self._words), recipe.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate
        with products(self.device, recipe.precision):
            loss, self._carried = self.model(chunk, **self._drawn(), states=self._carried)
        self.optimizer.zero_grad(set_to_none=True)
        # A word counts the same in the thin chunks at the end of an epoch as in a full one.
        share = len(chunk.ids) / (recipe.streams * recipe.steps)
        (loss * share).backward()
        norm = clipped(self.model.parameters(), recipe.clip or math.inf, self.device)
        place = f"{self.reader} epoch {state.epoch + 1}, step {state.step + 1}"
        check_finite(self.model, loss.item(), norm, where=place, hint=self._after_divergence())
        self.optimizer.step()
        state.loss_sum += loss.item() * len(chunk.ids)
        state.words += len(chunk.ids)
        state.taken = self._streams.taken
        state.step += 1

    def _drawn(self) -> dict[str, torch.Tensor]:
        """The words that targets are told from in this step."""
        if self._negatives is None:
            return {}
        random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((self.recipe.seed, self.state.step))))
        return {"samples": self._negatives.draw(random), "log_expected": self._negatives.log_expected}

    def _after_divergence(self) -> str:
        advice = f"begin again with a lower rate: --set learning_rate={self.recipe.learning_rate / 4:g}"
        if self.checkpoints.is_empty():
            return advice
        return f"the last good checkpoint is kept in {self.checkpoints.folder}; {advice}, and --overwrite"

    def _plan(self) -> None:
        if self.time_limit is not None:
            told = fit_into(self.time_limit, self.state, self.state.done(self._words))
            if told:
                self.reporter.message(f"{self.reader}: {told}")

    def _report_step(self) -> None:
        state = self.state
        progress = state.progress(self._words)
        self.reporter.step(
            StepReport(
                epoch=state.epoch + 1,
                epochs=math.ceil(state.planned_epochs),
                step=state.step,
                progress=progress,
                learning_rate=self._rate,
                loss=state.loss_sum / state.words,
                tokens_per_second=state.words / max(state.epoch_seconds, 1e-9),
                seconds_left=state.seconds * (1 - progress) / max(progress, 1e-9),
                part=self.reader,
            )
        )

    def _end_epoch(self) -> None:
        state, began = self.state, time.monotonic()
        perplexity = self.perplexity()
        state.seconds += time.monotonic() - began
        report = PerplexityReport(
            part=self.reader,
            epoch=state.epoch + 1,
            step=state.step,
            train_loss=state.loss_sum / max(1, state.words),
            perplexity=perplexity,
            unigram_perplexity=self.unigram_perplexity,
            seconds=state.seconds,
            tokens_per_second=state.words / max(state.epoch_seconds, 1e-9),
        )
        state.history.append(report.to_json())
        self.reporter.epoch(report)
        state.begin_epoch()
        self._streams, self._carried = self._begun(), None

    def _save_if_due(self, stop: StopRequest, *, always: bool = False) -> None:
        if always or stop.asked or time.monotonic() - self._saved_at >= _CHECKPOINT_SECONDS:
            self.checkpoints.save(self.state.step, self._checkpoint())
            self._saved_at = time.monotonic()
        if stop.asked and not self._is_over():
            raise Interrupted(
                "stopped as asked and saved",
                where=f"{self.reader}, step {self.state.step}",
                hint="continue with the same command and --resume",
            )

    def _checkpoint(self) -> Checkpoint:
        tensors = {f"weights.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= optimizer_tensors(self.optimizer)
        tensors["streams.places"] = torch.from_numpy(self._streams.places.copy())
        if self._carried is not None:
            tensors["streams.h"], tensors["streams.c"] = self._carried
        tensors = {name: tensor.cpu() for name, tensor in tensors.items()}
        return Checkpoint(tensors, {"run": self.state.to_json(), "identity": self.identity})

    def _resume(self) -> None:
        found = self.checkpoints.newest(self.reporter.message)
        if found is None:
            self.reporter.message(f"{self.reader}: no checkpoint found; beginning at the first step")
            return
        check_identity(found.state["identity"], self.identity)
        self.model.load_state_dict(under(found.tensors, "weights."))
        load_optimizer(self.optimizer, found.tensors)
        self.state = PretrainState(**found.state["run"])
        self._streams, streams = self._begun(), under(found.tensors, "streams.")
        self._streams.taken, self._streams.places = self.state.taken, streams["places"].numpy().copy()
        self._carried = (streams["h"].to(self.device), streams["c"].to(self.device)) if "h" in streams else None
        self.reporter.message(f"{self.reader}: resumed at epoch {self.state.epoch + 1}, step {self.state.step}")


def unigram_perplexity(part: Part, counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Perplexity of a model that gives each word its share of the training words, none of them zero (Laplace).

    Args:
        part: Documents; the first word of each is not predicted.
        counts: ``[V]``, how often each word occurs in training.

    Example:
        >>> part = Part(np.array([0, 1, 1], np.int32), np.array([0, 3]))
        >>> round(unigram_perplexity(part, np.array([1, 3])), 6)
        1.5
    """
    costs = np.log((counts + 1).sum()) - np.log(counts + 1.0)
    told = np.ones(len(part.ids), np.bool_)
    told[part.offsets[:-1]] = False
    return math.exp(float(costs[part.ids[told]].mean()))
