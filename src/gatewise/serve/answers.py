"""From probabilities to the bytes of a response, without a detour through objects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gatewise.metrics.ordered import expected_values
from gatewise.serve.queue import Probabilities


def dump(content: Any) -> bytes:
    """Compact JSON; a NaN is a fault of ours and raises ValueError."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


class Writer:
    """Writes the answers of one model.

    Args:
        name: Of the model.
        labels: Its classes.
        values: The numbers that the classes of an ordinal model are; none of any other.

    Example:
        >>> import numpy as np
        >>> Writer("imdb", ("neg", "pos")).predictions(np.array([[0.25, 0.75]]))
        b'{"model":"imdb","predictions":[{"label":"pos","probabilities":{"neg":0.25,"pos":0.75}}]}'
    """

    def __init__(self, name: str, labels: Sequence[str | int], values: Sequence[float] = ()) -> None:
        self._labels = [json.dumps(label, ensure_ascii=False) for label in labels]
        self._keys = [json.dumps(str(label), ensure_ascii=False) + ":" for label in labels]
        self._values = list(values)
        self._head = f'{{"model":{json.dumps(name, ensure_ascii=False)},"predictions":['

    def predictions(self, probabilities: Probabilities) -> bytes:
        """The response of ``/v1/predict``."""
        written = self._head + ",".join(self._answers(probabilities)) + "]}"
        return written.encode("utf-8", "replace")

    def answer(self, probabilities: Probabilities) -> str:
        """One answer, of ``[K]`` probabilities."""
        return self._answers(probabilities[None])[0]

    def probabilities(self, shares: Sequence[float]) -> str:
        """Probabilities by class."""
        return "{" + ",".join(key + repr(share) for key, share in zip(self._keys, shares, strict=True)) + "}"

    def _answers(self, probabilities: Probabilities) -> list[str]:
        best, rows = probabilities.argmax(axis=1).tolist(), probabilities.tolist()
        expected = expected_values(rows, self._values).tolist() if self._values else [None] * len(rows)
        return [
            f'{{"label":{self._labels[index]},"probabilities":{self.probabilities(shares)}{_more(mean)}}}'
            for index, shares, mean in zip(best, rows, expected, strict=True)
        ]


def _more(expected: float | None) -> str:
    return "" if expected is None else f',"expected":{expected!r}'
