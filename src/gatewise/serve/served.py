"""A model as it is served: read, checked, warm, with a queue of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.serve.batcher import Batcher, Watcher
from gatewise.serve.known_answer import TEXTS, TOLERANCE, Probabilities, known_answer
from gatewise.serve.limits import Limits
from gatewise.store.folder import read_model
from gatewise.store.locate import find_model

# A few texts of the length of reviews: the first reading takes memory that later ones use again, and tells the pace.
_WARM_UP = [" ".join(TEXTS) * 12] * 8


class Served:
    """One model.

    Args:
        name: By which requests choose it.
        predictor: The model.
        known: Probabilities that it must give for `known_answer.TEXTS`.
        limits: Of the service.
        watcher: Told of each batch.
    """

    def __init__(
        self, name: str, predictor: Predictor, known: Probabilities, *, limits: Limits, watcher: Watcher | None = None
    ) -> None:
        self.name, self.predictor, self._known = name, predictor, known
        self.batcher = Batcher(predictor.predict_proba, limits, watcher)
        self.is_right = False

    async def start(self) -> None:
        """Begin to read, and find out whether the model answers right.

        Raises:
            ModelError: It does not.
        """
        self.batcher.start(asyncio.get_running_loop())
        await self.check()
        if not self.is_right:
            raise ModelError(
                "the model does not give the answer that its weights have", where=self.name, hint="gatewise doctor"
            )
        await self.batcher.submit(list(_WARM_UP), is_check=True).future

    async def check(self) -> None:
        """Ask for the known answer, by the way that all requests take, and remember in `is_right` whether it is right.

        Raises:
            Refusal: The thread does not read.
        """
        given = await self.batcher.submit(list(TEXTS), is_check=True).future
        self.is_right = given.shape == self._known.shape and bool(np.abs(given - self._known).max() <= TOLERANCE)

    @property
    def is_ready(self) -> bool:
        """Whether the thread reads and the last known answer was right."""
        return self.is_right and self.batcher.is_alive

    def description(self) -> dict[str, Any]:
        """What may be told of the model: no path, no text."""
        config = self.predictor.config
        return {
            "name": self.name,
            "labels": list(config.labels),
            "network": config.network.network,
            "layers": config.network.layers,
            "hidden_size": config.network.hidden_size,
            "embedding_size": config.network.embedding_size,
            "vocabulary_size": config.network.vocabulary_size,
            "reads": "both" if config.network.bidirectional else config.network.reads,
            "ordinal": config.network.ordinal,
            "blend": config.blend is not None,
            "streams": config.network.is_causal,
            "temperature": config.temperature,
            "max_tokens": config.text.max_tokens,
            "truncation": config.text.truncation,
            "written_by": config.written_by,
        }


def read_served(source: str, *, limits: Limits, watcher: Watcher | None = None) -> Served:
    """Read a model and work out its known answer.

    Args:
        source: Name of a packaged model, or folder.
        limits: Of the service.
        watcher: Told of each batch.
    """
    folder = find_model(source)
    stored = read_model(folder, parts=("baseline", "metrics"))
    predictor = Predictor(stored)
    return Served(_name_of(folder), predictor, known_answer(predictor, stored.tensors), limits=limits, watcher=watcher)


def _name_of(folder: Path) -> str:
    return folder.resolve().name


def check_names(sources: Sequence[str]) -> None:
    """Raise `ParameterError` where two models would have one name."""
    names = [_name_of(find_model(source)) for source in sources]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ParameterError(
            f"two of the models are called {sorted(twice)[0]!r}",
            hint="rename one of the folders: requests use its name",
        )
