"""What waits for a model: bounded, refused at the door, and taken in batches to which every request adds in turn."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gatewise.serve.limits import Limits
from gatewise.serve.pace import Pace, cost
from gatewise.serve.refusal import Refusal, overloaded

Probabilities = npt.NDArray[np.float64]

# A batch is as large as what is read in this time. Who comes next waits so long at most: with 50 ms the 99th percentile
# under overload was more than twice the usual one, with 25 requests of 64 reviews were answered at three quarters of
# the rate.
BATCH_SECONDS = 0.04


@dataclass(eq=False)
class Job:
    """One request's texts.

    Attributes:
        texts: All of them; from here on in the order of their lengths, since a batch of texts of one length is read
            faster: in three batches 64 reviews took 0.76 ms each instead of 0.98.
        future: Of the answer; done before the texts are read when whoever asked has gone.
        order: For each of `texts` its place in the request.
        costs: Of each text, in characters.
        rest: Cost of the texts that are not taken yet.
        taken: How many texts are.
        answered: How many have an answer.
        answers: Probabilities, part by part.
        largest_batch: Texts in the largest batch that read some of them.
    """

    texts: list[str]
    future: asyncio.Future[Probabilities]
    order: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    rest: int = 0
    taken: int = 0
    answered: int = 0
    answers: list[Probabilities] = field(default_factory=list)
    largest_batch: int = 0

    def __post_init__(self) -> None:
        given = self.texts
        self.order = sorted(range(len(given)), key=lambda place: len(given[place]))
        self.texts = [given[place] for place in self.order]
        self.costs = [cost(text) for text in self.texts]
        self.rest = sum(self.costs)

    def whole(self) -> Probabilities:
        """All answers, in the order of the request."""
        given = self.answers[0] if len(self.answers) == 1 else np.concatenate(self.answers)
        whole = np.empty_like(given)
        whole[self.order] = given
        return whole


@dataclass(frozen=True)
class Part:
    """Some texts of a job, in a batch: those from `start` to `end`."""

    job: Job
    start: int
    end: int

    @property
    def texts(self) -> list[str]:
        """The texts."""
        return self.job.texts[self.start : self.end]


class Queue:
    """Jobs that wait. Not safe for threads: whoever uses it holds a lock.

    Args:
        limits: How much may wait, and for how long.
        pace: Of the model.

    Notes:
        Every job in turn adds texts to a batch, so that a small one behind a large one does not wait for all of it: it
        waits for no more of each other job than its own kind of share. Adding and taking cost O(texts).
    """

    def __init__(self, limits: Limits, pace: Pace) -> None:
        self._limits, self._pace = limits, pace
        self._jobs: deque[Job] = deque()
        self.texts = self.characters = 0
        self._ahead = 0  # what someone new has to wait for, in characters: of a large job one share alone

    def __len__(self) -> int:
        return len(self._jobs)

    def wait(self, running: float) -> float:
        """Seconds until someone new has a turn, by estimate; `running` characters are being read."""
        return self._pace.seconds(self._ahead + running)

    def check(self, texts: int, characters: int, running: float) -> None:
        """Raise `Refusal` unless so much more may wait."""
        wait = self.wait(running)
        is_full = self.texts + texts > self._limits.queued_texts
        is_full |= self.characters + characters > self._limits.queued_characters
        # An empty queue takes anything: what a request may ask for is bounded elsewhere.
        if (is_full and self._jobs) or wait > self._limits.wait_seconds:
            raise overloaded("overloaded", "too much waits already; try again", seconds=wait)
        whole = self._pace.seconds(self.characters + characters + running)
        if self._jobs and whole > self._limits.total_seconds:
            raise overloaded("overloaded", "the answer would come too late; try again", seconds=whole)

    def add(self, job: Job) -> None:
        """Let a job wait."""
        self._jobs.append(job)
        self.texts += len(job.texts)
        self.characters += job.rest
        self._ahead += self._share(job)

    def take(self) -> list[Part]:
        """The next batch: of every job in turn a share, until there is work for one batch. Forgets jobs given up."""
        budget = self._pace.characters(BATCH_SECONDS)
        parts: list[Part] = []
        while self._jobs and budget > 0:
            job = self._jobs.popleft()
            if job.future.done():
                self._forget(job)
                continue
            part, used = self._part(job, min(budget, max(budget / (len(self._jobs) + 1), 1)))
            parts.append(part)
            budget -= used
            if job.taken < len(job.texts):
                self._jobs.append(job)
        return _joined(parts)

    def clear(self) -> list[Job]:
        """All jobs, which wait no longer."""
        jobs, self._jobs = list(self._jobs), deque()
        self.texts = self.characters = self._ahead = 0
        return jobs

    def _part(self, job: Job, budget: float) -> tuple[Part, int]:
        """At least one text of a job, and as many as the budget allows."""
        share, start, used = self._share(job), job.taken, 0
        while job.taken < len(job.texts) and (not used or used + job.costs[job.taken] <= budget):
            used += job.costs[job.taken]
            job.taken += 1
        job.rest -= used
        self.texts -= job.taken - start
        self.characters -= used
        self._ahead -= share - self._share(job)
        return Part(job, start, job.taken), used

    def _forget(self, job: Job) -> None:
        self.texts -= len(job.texts) - job.taken
        self.characters -= job.rest
        self._ahead -= self._share(job)

    def _share(self, job: Job) -> int:
        return min(job.rest, self._limits.characters)


def _joined(parts: list[Part]) -> list[Part]:
    """The same batch with one part a job, in order of the texts."""
    found: dict[int, Part] = {}
    for part in parts:
        before = found.get(id(part.job))
        found[id(part.job)] = part if before is None else Part(part.job, before.start, part.end)
    return list(found.values())


def given_up() -> Refusal:
    """What waiting requests get when the model reads no more."""
    return overloaded("unavailable", "the model does not answer; try again later", seconds=10)
