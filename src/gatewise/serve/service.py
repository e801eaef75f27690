"""All that is served: models by name, lanes, health, measures, log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from gatewise.errors import ParameterError
from gatewise.serve.answers import Writer
from gatewise.serve.exchange import Exchange
from gatewise.serve.journal import Journal
from gatewise.serve.lane import Lane
from gatewise.serve.limits import Limits
from gatewise.serve.measures import Measures
from gatewise.serve.refusal import Refusal
from gatewise.serve.served import Served, check_names, read_served

# Between two questions of the service to itself, and what an answer may take.
CHECK_SECONDS = 5.0
CHECK_PATIENCE = 5.0


class Service:
    """The state of a running service.

    Args:
        models: At least one; the first is the one that requests which name none mean.
        limits: In force.
        measures: Where to count.
        journal: Where to write.

    Raises:
        ParameterError: Two models have one name.
    """

    def __init__(self, models: Sequence[Served], *, limits: Limits, measures: Measures, journal: Journal) -> None:
        self.models = {model.name: model for model in models}
        if len(self.models) != len(models) or not models:
            raise ParameterError("wanted one model or more, each with a name of its own")
        self.first = models[0]
        self.limits, self.measures, self.journal = limits, measures, journal
        self.writers = {
            model.name: Writer(model.name, model.predictor.classes_, model.predictor.values) for model in models
        }
        self.explaining, self.streaming = Lane("explain", limits.slow_requests), Lane("stream", limits.slow_requests)
        self.is_closing = False
        self._checking: asyncio.Task[None] | None = None
        self._add_gauges()

    @classmethod
    def of(cls, sources: Sequence[str], *, limits: Limits, journal: Journal) -> Service:
        """Read models.

        Args:
            sources: Names of packaged models, or folders.
            limits: In force.
            journal: Where to write.
        """
        check_names(sources)
        measures = Measures()
        models = []
        for source in sources:
            model = read_served(source, limits=limits)
            model.batcher.watcher = measures.watcher(model.name)
            models.append(model)
        return cls(models, limits=limits, measures=measures, journal=journal)

    async def start(self) -> None:
        """Start the models and wait until each has given a right answer.

        Raises:
            ModelError: One does not.
        """
        for model in self.models.values():
            await model.start()
        self._checking = asyncio.create_task(self._check_again_and_again())

    async def stop(self) -> None:
        """End all threads; what waits is refused."""
        self.is_closing = True
        if self._checking is not None:
            self._checking.cancel()
        for model in self.models.values():
            await asyncio.to_thread(model.batcher.stop)
        self.explaining.stop()
        self.streaming.stop()

    @property
    def is_ready(self) -> bool:
        """Whether requests should come here: every model is ready and the service is not about to end."""
        return not self.is_closing and all(model.is_ready for model in self.models.values())

    def model(self, name: str | None) -> Served:
        """The model that a request names.

        Raises:
            Refusal: There is none of this name.
        """
        if name is None:
            return self.first
        model = self.models.get(name)
        if model is None:
            raise Refusal(404, "unknown_model", "no model of this name is served; /v1/models lists them")
        return model

    def check_open(self) -> None:
        """Raise `Refusal` where a prediction would be refused whatever its request says."""
        if len(self.models) == 1:
            self.first.batcher.check_open()

    def request(self, exchange: Exchange) -> None:
        """A request is done: count it and write its line."""
        self.measures.request(exchange)
        self.journal.request(exchange)

    def fault(self, exchange: Exchange, problem: BaseException) -> None:
        """A fault of ours: write where it is."""
        self.journal.fault(exchange, problem)

    async def _check_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for model in self.models.values():
                await self._check(model)

    async def _check(self, model: Served) -> None:
        was_right = model.is_right
        try:
            await asyncio.wait_for(model.check(), CHECK_PATIENCE)
        except (Refusal, asyncio.TimeoutError):
            model.is_right = False
        except Exception as problem:  # Whatever it is, the model is not ready, and the next check may find it is.
            model.is_right = False
            self.journal.fault(Exchange("check"), problem)
        if model.is_right != was_right:
            self.journal.event("ready" if model.is_right else "not_ready", model=model.name)

    def _add_gauges(self) -> None:
        add, models = self.measures.add_gauges, self.models
        add("gatewise_queue_texts", "Texts that wait.", lambda: {n: m.batcher.waiting_texts for n, m in models.items()})
        add(
            "gatewise_queue_characters",
            "Characters that wait; every text counts for 64 more.",
            lambda: {name: model.batcher.waiting_characters for name, model in models.items()},
        )
        add("gatewise_ready", "Whether the model is ready.", lambda: {n: float(m.is_ready) for n, m in models.items()})
