"""What the service counts, for Prometheus: in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gatewise.serve.exchange import Exchange
from gatewise.version import __version__

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Measures:
    """Counters of requests, batches and refusals, and gauges of what waits.

    Notes:
        Labels are taken from fixed lists (known routes, statuses, names of models), so that no client can make more.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self._requests = Counter("gatewise_requests", "Requests answered.", ("route", "status"), registry=own)
        self._seconds = Histogram(
            "gatewise_request_seconds",
            "From headers to answer.",
            ["route"],
            buckets=SECONDS,
            registry=own,
        )
        self._texts = Counter("gatewise_texts", "Texts answered.", ["route"], registry=own)
        self._refusals = Counter("gatewise_refusals", "Requests refused, by reason.", ["code"], registry=own)
        self._batch_texts = Histogram(
            "gatewise_batch_texts", "Texts read at once.", ["model"], buckets=TEXTS, registry=own
        )
        self._batch_seconds = Histogram(
            "gatewise_batch_seconds", "Time to read a batch.", ["model"], buckets=SECONDS, registry=own
        )
        self._characters = Counter("gatewise_characters", "Characters read.", ["model"], registry=own)
        info = Gauge("gatewise_info", "Version of Gatewise; always 1.", ("version",), registry=own)
        info.labels(__version__).set(1)

    def request(self, exchange: Exchange) -> None:
        """A request is done."""
        self._requests.labels(exchange.route, str(exchange.status)).inc()
        self._seconds.labels(exchange.route).observe(exchange.seconds)
        if exchange.code is not None:
            self._refusals.labels(exchange.code).inc()
        elif exchange.texts:
            self._texts.labels(exchange.route).inc(exchange.texts)

    def watcher(self, model: str) -> BatchMeasures:
        """What counts the batches of a model."""
        return BatchMeasures(
            self._batch_texts.labels(model), self._batch_seconds.labels(model), self._characters.labels(model)
        )

    def add_gauges(self, name: str, about: str, read: Callable[[], Mapping[str, float]]) -> None:
        """Add a gauge with one value a model, read when somebody asks."""
        self.registry.register(_Read(name, about, read))

    def text(self) -> bytes:
        """All of it in the format of Prometheus."""
        return generate_latest(_Counts(self.registry))


class BatchMeasures:
    """Counts the batches of one model; called from its thread."""

    def __init__(self, texts: Histogram, seconds: Histogram, characters: Counter) -> None:
        self._texts, self._seconds, self._characters = texts, seconds, characters

    def batch(self, texts: int, characters: int, seconds: float) -> None:
        """A batch was read."""
        self._texts.observe(texts)
        self._seconds.observe(seconds)
        self._characters.inc(characters)


class _Read(Collector):
    def __init__(self, name: str, about: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._about, self._values = name, about, read

    def collect(self) -> list[Metric]:
        """The gauge as it is now."""
        family = GaugeMetricFamily(self._name, self._about, labels=["model"])
        for model, value in self._values().items():
            family.add_metric([model], value)
        return [family]


class _Counts(Collector):
    """A registry without the library's time of birth of each counter, which doubles what is sent and nobody reads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """All metrics."""
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if sample.name != f"{metric.name}_created"]
            yield metric
