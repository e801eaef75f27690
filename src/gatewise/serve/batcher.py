"""One thread a model that reads what waits, in batches; and the door through which requests come to it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Protocol

from gatewise.serve.limits import Limits
from gatewise.serve.pace import Pace, cost
from gatewise.serve.queue import Job, Part, Probabilities, Queue, given_up

# A batch that takes longer than this says that the thread hangs: the largest text of the default limits takes 0.1 s.
STUCK_SECONDS = 30.0


class Watcher(Protocol):
    """Who wants to know of each batch."""

    def batch(self, texts: int, characters: int, seconds: float) -> None:
        """A batch was read."""


class Batcher:
    """Texts in from many requests, probabilities out, by as few calls of the model as there are batches.

    Args:
        predict: ``texts -> [n, K]`` float64; the answer for a text must not depend on the others.
        limits: How much may wait.
        watcher: Told of each batch, from the thread.

    Notes:
        `submit` is for the event loop's thread. A text alone is read at once, without waiting for company. An exception
        of a batch of several requests is no reason to fail them all: each is then read alone.
    """

    def __init__(
        self, predict: Callable[[list[str]], Probabilities], limits: Limits, watcher: Watcher | None = None
    ) -> None:
        self._predict, self.watcher = predict, watcher
        self.pace = Pace()
        self._queue = Queue(limits, self.pace)
        self._changed = threading.Condition(threading.Lock())
        self._running, self._began = 0.0, 0.0
        self._reading: list[Job] = []
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._work, name="gatewise-batcher", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read; answers go to futures of `loop`."""
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Refuse what waits, finish the batch at hand and end the thread."""
        with self._changed:
            self._is_closed = True
            left = self._queue.clear()
            self._changed.notify()
        self._fail(left)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=STUCK_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs and is not stuck in a batch."""
        began = self._began
        return self._thread.is_alive() and not (began and time.monotonic() - began > STUCK_SECONDS)

    @property
    def waiting_texts(self) -> int:
        """Texts in the queue."""
        return self._queue.texts

    @property
    def waiting_characters(self) -> int:
        """Characters in the queue, each text counted with `pace.TEXT_COST` more."""
        return self._queue.characters

    def check_open(self) -> None:
        """Raise `Refusal` where even the smallest request would be refused."""
        with self._changed:
            self._check(0, 0)

    def submit(self, texts: list[str], *, is_check: bool = False) -> Job:
        """Let texts wait for their turn.

        Args:
            texts: At least one.
            is_check: The service's own question: taken however long the queue is.

        Returns:
            The job; await its `future`, cancel it to give up.

        Raises:
            Refusal: 503, with the seconds after which to try again: too much waits, or the thread is gone.
        """
        assert self._loop is not None, "start() was not called"
        job = Job(texts, self._loop.create_future())
        with self._changed:
            if is_check:
                self._check_alive()
            else:
                self._check(len(texts), job.rest)
            self._queue.add(job)
            self._changed.notify()
        return job

    def _check(self, texts: int, characters: int) -> None:
        self._check_alive()
        self._queue.check(texts, characters, self._left())

    def _check_alive(self) -> None:
        if self._is_closed or not self.is_alive:
            raise given_up()

    def _left(self) -> float:
        """Of the batch being read, the characters that are left by estimate."""
        if not self._began:
            return 0.0
        return max(0.0, self._running - self.pace.characters(time.monotonic() - self._began))

    def _work(self) -> None:
        try:
            while (parts := self._next()) is not None:
                if parts:
                    self._read(parts)
        finally:
            # However the thread ends, nobody is left to wait for it.
            with self._changed:
                self._is_closed = True
                left = self._reading + self._queue.clear()
            self._fail(left)

    def _next(self) -> list[Part] | None:
        """The next batch, as soon as something waits; None at the end."""
        with self._changed:
            while not len(self._queue) and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return None
            parts = self._queue.take()
            self._reading = [part.job for part in parts]
            self._running = float(sum(cost(text) for part in parts for text in part.texts))
            self._began = time.monotonic()
            return parts

    def _read(self, parts: list[Part]) -> None:
        texts = [text for part in parts for text in part.texts]
        try:
            answers: list[Probabilities | Exception] = _split(self._predict(texts), parts)
        except Exception as problem:  # An outermost door: whatever it is, it goes to those who asked.
            answers = [problem] if len(parts) == 1 else [self._alone(part) for part in parts]
        seconds = time.monotonic() - self._began
        with self._changed:
            self.pace.learn(self._running, seconds)
            self._running = self._began = 0.0
        if self.watcher is not None:
            self.watcher.batch(len(texts), sum(map(len, texts)), seconds)
        self._call(self._resolve, parts, answers, len(texts))
        self._reading = []

    def _alone(self, part: Part) -> Probabilities | Exception:
        try:
            return self._predict(part.texts)
        except Exception as problem:  # As in _read.
            return problem

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        """Run a function in the event loop, unless that has ended."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop is closed, and with it all who waited
            if not self._loop.is_closed():
                raise

    def _resolve(self, parts: list[Part], answers: list[Probabilities | Exception], batch: int) -> None:
        for part, answer in zip(parts, answers, strict=True):
            job = part.job
            job.largest_batch = max(job.largest_batch, batch)
            if job.future.done():
                continue
            if isinstance(answer, Exception):
                job.future.set_exception(answer)
                continue
            job.answers.append(answer)
            job.answered += part.end - part.start
            if job.answered == len(job.texts):
                job.future.set_result(job.whole())

    def _fail(self, jobs: list[Job]) -> None:
        if jobs:
            self._call(_refuse_all, jobs)


def _split(probabilities: Probabilities, parts: list[Part]) -> list[Probabilities | Exception]:
    found: list[Probabilities | Exception] = []
    start = 0
    for part in parts:
        end = start + part.end - part.start
        found.append(probabilities[start:end])
        start = end
    return found


def _refuse_all(jobs: list[Job]) -> None:
    for job in jobs:
        if not job.future.done():
            job.future.set_exception(given_up())
