"""One language model of an encoder, without torch: ids in, log probabilities of the next one out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.runtime.encoder import Direction
from gatewise.runtime.lstm import LSTMEncoder
from gatewise.store.encoder import EncoderConfig
from gatewise.text.ragged import Ragged

# Logits of whole texts that are in memory at a time, in float32: 32 MB.
_MOST_LOGITS = 8 << 20


class Reader:
    """A language model; see `EncoderConfig` for its tensors and what they do.

    Args:
        config: Shape.
        tensors: Weights of the encoder, checked; kept, and must not change.
        name: Which of its readers: ``forward``, or ``backward``, for which the ids of a text are to be given to `start`
            and `push` from its last to its first; `log_likelihood` turns them itself.

    Attributes:
        token_budget: Tokens it likes to read at a time.

    Raises:
        ParameterError: There is no such reader.

    Notes:
        Immutable, so that threads may share it; states are one text's.

    Example:
        >>> config = EncoderConfig(4, embedding_size=2, hidden_size=3)
        >>> tensors = {name: np.zeros(shape, np.float32) for name, shape in config.tensor_shapes().items()}
        >>> reader = Reader(config, tensors, "forward")
        >>> states = reader.start()
        >>> np.exp(reader.log_probabilities(reader.push(states, 1))).round(4).tolist()
        [[0.25, 0.25, 0.25, 0.25]]
        >>> round(reader.log_likelihood(Ragged.from_lists([[1, 2, 3]])), 4)  # twice log 0.25
        -2.7726
    """

    def __init__(self, config: EncoderConfig, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> None:
        if name not in config.readers:
            raise ParameterError(f"reader={name!r} is not one of {', '.join(config.readers)}")
        own = {key.removeprefix(f"{name}."): array for key, array in tensors.items() if key.startswith(f"{name}.")}
        self.config, self._is_backward = config, name == "backward"
        self._embedding: Floats = own["embedding.weight"]
        self._projection, self._projection_bias = own["projection.weight"], own["projection.bias"]
        self._bias: Floats = own["output.bias"]
        # No table of projected words: for 30,000 of them and H = 512 it would take 246 MB and longer to make than a
        # text takes to read.
        self._encoder = LSTMEncoder(
            self._embedding, [(_layer(own, layer),) for layer in range(config.layers)], table_limit=0
        )
        self.token_budget = self._encoder.token_budget

    def start(self) -> Any:
        """The states of a text of which nothing has been read."""
        return self._encoder.start()

    def push(self, states: Any, id: int) -> Floats:
        """Read one word.

        Args:
            states: What `start` gave; changed.
            id: Of the word, 0 to V - 1.

        Returns:
            ``[1, H]`` hidden state; it may change with the next word.
        """
        return self._encoder.push(states, id)

    def final(self, batch: Ragged) -> Floats:
        """``[B, H]``: the state after each whole text; ids in the order of reading."""
        _, final = self._encoder.read(batch)
        return final

    def log_probabilities(self, hidden: Floats) -> npt.NDArray[np.float64]:
        """What follows hidden states.

        Args:
            hidden: ``[n, H]``.

        Returns:
            ``[n, V]`` float64: log probabilities of every word to be the next.
        """
        logits = self._logits(hidden).astype(np.float64)
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits

    def log_likelihood(self, batch: Ragged) -> float:
        """Sum of the log probabilities of all words of whole texts, in nats; each text's first word read is given.

        Args:
            batch: Ids of the texts, 0 to V - 1, from their first word to their last whatever the reader.

        Returns:
            0 or less.
        """
        batch = batch.reversed() if self._is_backward else batch
        texts = [batch[int(index)] for index in np.flatnonzero(batch.lengths > 1)]
        hidden, _ = self._encoder.read(Ragged.from_lists([text[:-1] for text in texts]))
        targets = Ragged.from_lists([text[1:] for text in texts]).ids
        rows = max(1, _MOST_LOGITS // self.config.vocabulary_size)
        return sum(
            self._told(hidden[start : start + rows], targets[start : start + rows])
            for start in range(0, len(targets), rows)
        )

    def _told(self, hidden: Floats, targets: npt.NDArray[np.int32]) -> float:
        """Sum of the log probabilities of one target a row; in place, since logits are the bulk of the memory."""
        logits = self._logits(hidden)
        logits -= logits.max(axis=1, keepdims=True)
        told = logits[np.arange(len(targets)), targets].astype(np.float64)
        np.exp(logits, out=logits)
        return float((told - np.log(logits.sum(axis=1, dtype=np.float64))).sum())

    def _logits(self, hidden: Floats) -> Floats:
        logits: Floats = (hidden @ self._projection.T + self._projection_bias) @ self._embedding.T
        logits += self._bias
        return logits


def _layer(tensors: Mapping[str, npt.NDArray[Any]], layer: int) -> Direction:
    return Direction(
        weight_ih=tensors[f"encoder.weight_ih_l{layer}"],
        weight_hh=tensors[f"encoder.weight_hh_l{layer}"],
        bias_ih=tensors[f"encoder.bias_ih_l{layer}"],
        bias_hh=None,
        reverse=False,
    )
