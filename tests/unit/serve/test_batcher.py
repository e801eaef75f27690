"""Many requests, few calls: batches, turns, bounds, faults."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from gatewise.serve.batcher import Batcher
from gatewise.serve.limits import Limits
from gatewise.serve.pace import TEXT_COST, Pace
from gatewise.serve.queue import BATCH_SECONDS, Job, Queue
from gatewise.serve.refusal import Refusal


class Model:
    """Answers with the length of each text, as slowly as a test wants; fails on the text ``bad``."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go_on, self.is_reading = threading.Event(), threading.Event()
        self.go_on.set()

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.batches.append(texts)
        self.is_reading.set()
        assert self.go_on.wait(20)
        if "bad" in texts:
            raise ValueError("bad")
        if "end" in texts:
            raise SystemExit
        return np.array([[len(text), 0.0] for text in texts])


def run(test: Callable[[Batcher, Model], Awaitable[None]], **limits: float) -> None:
    async def inner() -> None:
        model = Model()
        batcher = Batcher(model, Limits(**limits))
        batcher.start(asyncio.get_running_loop())
        try:
            await test(batcher, model)
        finally:
            model.go_on.set()
            await asyncio.to_thread(batcher.stop)

    asyncio.run(inner())


async def hold(batcher: Batcher, model: Model) -> Job:
    """Have the model read one text until `go_on` is set."""
    model.go_on.clear()
    model.is_reading.clear()
    job = batcher.submit(["held"])
    await asyncio.to_thread(model.is_reading.wait, 20)
    return job


def test_a_text_alone_is_read_at_once_and_what_waits_meanwhile_is_read_together():
    async def test(batcher: Batcher, model: Model) -> None:
        batcher.pace.learn(1e12, 1.0)  # So fast that however long the first one is held, a batch has room for all.
        held = await hold(batcher, model)
        jobs = [batcher.submit([str(number)] * 2) for number in range(5)]
        assert batcher.waiting_texts == 10
        model.go_on.set()
        for job in (held, *jobs):
            await job.future
        assert model.batches == [["held"], [str(number) for number in range(5) for _ in range(2)]]
        assert jobs[0].largest_batch == 10
        assert (batcher.waiting_texts, batcher.waiting_characters) == (0, 0)

    run(test)


def test_everybody_gets_the_answers_to_his_own_texts_in_his_order():
    async def test(batcher: Batcher, model: Model) -> None:
        batcher.pace.learn(1_000, 1.0)  # So slow that every batch has but one text of each.
        jobs = [batcher.submit(["x" * (number + place) for place in range(7)], is_check=True) for number in range(9)]
        for number, job in enumerate(jobs):
            assert (await job.future)[:, 0].tolist() == [number + place for place in range(7)]
        assert len(model.batches) > 1

    run(test)


def test_a_fault_with_one_request_is_no_fault_with_another():
    async def test(batcher: Batcher, model: Model) -> None:
        await hold(batcher, model)
        good, bad, other = (batcher.submit([text]) for text in ("good", "bad", "other"))
        model.go_on.set()
        assert (await good.future)[0, 0] == 4
        assert (await other.future)[0, 0] == 5
        with pytest.raises(ValueError):
            await bad.future
        assert (await batcher.submit(["on"]).future)[0, 0] == 2

    run(test)


def test_who_has_gone_is_not_read():
    async def test(batcher: Batcher, model: Model) -> None:
        held = await hold(batcher, model)
        gone, stays = batcher.submit(["gone"]), batcher.submit(["stays"])
        gone.future.cancel()
        held.future.cancel()  # It is being read: its answer is thrown away.
        model.go_on.set()
        await stays.future
        assert ["gone"] not in model.batches
        assert ["stays"] in model.batches

    run(test)


@pytest.mark.parametrize(
    ("limits", "texts"), [({"queued_texts": 3}, ["a"] * 2), ({"queued_characters": 1_000}, ["a" * 500])]
)
def test_more_than_may_wait_is_refused_with_a_time_to_come_back(limits, texts):
    async def test(batcher: Batcher, model: Model) -> None:
        await hold(batcher, model)
        batcher.submit(texts)
        with pytest.raises(Refusal) as refused:
            batcher.submit(texts)
        assert refused.value.status == 503
        assert int(refused.value.headers["retry-after"]) >= 1
        batcher.submit(texts, is_check=True)  # The service's own questions are not refused.

    run(test, wait_seconds=60.0, **limits)


def test_a_request_that_would_wait_too_long_is_refused_and_the_door_says_so_beforehand():
    async def test(batcher: Batcher, model: Model) -> None:
        batcher.pace.learn(1_000, 1.0)
        batcher.check_open()
        await hold(batcher, model)
        batcher.submit(["a" * 100])
        for ask in (batcher.check_open, lambda: batcher.submit(["a"])):
            with pytest.raises(Refusal):
                ask()

    run(test, wait_seconds=0.2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_when_the_thread_dies_all_who_wait_are_told_and_nobody_is_let_in():
    async def test(batcher: Batcher, model: Model) -> None:
        await hold(batcher, model)
        batcher.submit(["end"])
        batcher.pace.learn(1.0, 100.0)  # So that the two are not read together.
        waiting = batcher.submit(["waiting"], is_check=True)
        model.go_on.set()
        with pytest.raises(Refusal):
            await asyncio.wait_for(waiting.future, 20)
        await asyncio.to_thread(batcher._thread.join, 20)
        assert not batcher.is_alive
        with pytest.raises(Refusal):
            batcher.submit(["on"], is_check=True)

    run(test)


def test_stopping_refuses_what_waits_and_answers_what_is_being_read():
    async def test(batcher: Batcher, model: Model) -> None:
        held = await hold(batcher, model)
        waiting = batcher.submit(["waiting"])
        stopping = asyncio.create_task(asyncio.to_thread(batcher.stop))
        with pytest.raises(Refusal):
            await waiting.future
        model.go_on.set()
        assert (await held.future)[0, 0] == 4
        await stopping

    run(test)


def jobs_of(*counts: int, size: int = 100) -> list[Job]:
    loop = asyncio.new_event_loop()
    try:
        return [Job(["x" * size] * count, loop.create_future()) for count in counts]
    finally:
        loop.close()


def test_a_large_request_does_not_make_small_ones_wait_for_all_of_it():
    pace = Pace()
    cost = 100 + TEXT_COST
    pace.learn(8 * cost, BATCH_SECONDS)  # eight texts a batch
    queue = Queue(Limits(), pace)
    large, small, other = jobs_of(100, 1, 1)
    for job in (large, small, other):
        queue.add(job)
    taken = {id(part.job): part.end - part.start for part in queue.take()}
    assert taken[id(small)] == taken[id(other)] == 1
    assert 1 <= taken[id(large)] <= 8
    assert queue.texts == 100 - taken[id(large)]
    while len(queue):
        assert 1 <= sum(part.end - part.start for part in queue.take()) <= 8
    assert (queue.texts, queue.characters, queue.wait(0)) == (0, 0, 0)


def test_a_batch_takes_at_least_one_text_however_slow_the_model_is():
    pace = Pace()
    pace.learn(1, 100.0)
    queue = Queue(Limits(), pace)
    (job,) = jobs_of(3)
    queue.add(job)
    assert [(part.start, part.end) for part in queue.take()] == [(0, 1)]


def test_of_a_large_request_before_one_only_a_share_counts_as_waiting_time():
    pace = Pace()
    pace.learn(1_000, 1.0)
    queue = Queue(Limits(characters=500), pace)
    (job,) = jobs_of(100)
    queue.add(job)
    assert queue.wait(0) == pytest.approx(0.5)
    assert queue.wait(100) == pytest.approx(0.6)


def test_texts_are_read_by_length_and_answered_in_the_order_of_the_request():
    async def test(batcher: Batcher, model: Model) -> None:
        texts = ["a" * length for length in (7, 1, 11, 0, 3, 9, 6, 2, 10, 4, 8, 5)]
        batcher.pace.learn(4 * TEXT_COST, BATCH_SECONDS)  # A batch has room for about four short texts.
        held = await hold(batcher, model)
        job = batcher.submit(texts)
        model.go_on.set()
        await held.future
        found = await job.future
        assert found[:, 0].tolist() == [len(text) for text in texts]
        read = [text for batch in model.batches[1:] for text in batch]
        assert read == sorted(texts, key=len)
        assert len(model.batches) > 2, "one batch: nothing was put together again"

    run(test)
