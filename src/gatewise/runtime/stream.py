"""A text word by word: the answer after each word, at the same cost for the thousandth as for the first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError
from gatewise.ops.cell import State
from gatewise.ops.checks import Floats
from gatewise.runtime.network import Logits, Network


class Stream:
    """The state of a network that reads one text, one word at a time.

    Pools are kept running, so nothing of the text is stored. After the last word the logits are those of
    `Network.logits` for the whole text (to 1e-6).

    Args:
        network: A causal network; it is shared, not copied, and may serve many streams.

    Raises:
        ModelError: The network is bidirectional.

    Notes:
        A stream is one text's and one thread's.

    Example:
        >>> from gatewise.store.config import NetworkConfig
        >>> config = NetworkConfig(vocabulary_size=4, classes=2, embedding_size=2, hidden_size=3)
        >>> tensors = {name: np.zeros(shape) for name, shape in config.tensor_shapes().items()}
        >>> Stream(Network(config, tensors)).push(1).tolist()
        [0.0]
    """

    def __init__(self, network: Network) -> None:
        if not network.config.is_causal:
            raise ModelError(
                "a bidirectional model cannot stream: it also reads each text from its end, so that nothing is known "
                "before the last word",
                hint="train without --bidirectional; such a model streams and gives the same answers as in batches",
            )
        self._network, self.words = network, 0
        shape, kind = (1, network.config.hidden_size), network.embedding.dtype
        self._states: list[State] = [tuple(np.zeros(shape, kind) for _ in network.cell.states) for _ in network.layers]
        self._max: Floats = np.full(shape, -np.inf, kind)
        self._sum: npt.NDArray[np.float64] = np.zeros(shape)

    def push(self, id: int) -> Logits:
        """Read one word.

        Args:
            id: Token id, from 0 to ``vocabulary_size - 1``.

        Returns:
            ``[outputs]`` float64: logits of the text so far.

        Raises:
            ParameterError: An id outside the vocabulary; the stream is as before.
        """
        network = self._network
        network.check_ids(np.array([id], np.int64))
        with np.errstate(over="ignore", invalid="ignore"):
            rows: Floats = network.embedding[[id]]
            for layer, (direction,) in enumerate(network.layers):
                gates = direction.project(rows)
                state = network.cell.step(gates, self._states[layer], direction.weight_hh, direction.bias_hh)
                self._states[layer], rows = state, state[0]
            self.words += 1
            self._max = np.maximum(self._max, rows)
            self._sum += rows
            return self._logits(rows)

    def _logits(self, last: Floats) -> Logits:
        pools = {"last": last, "max": self._max, "mean": self._sum / self.words}
        parts = [pools[part] for part in self._network.config.pooling.split("+")]
        logits: Logits = self._network.head(np.concatenate(parts, axis=1, dtype=np.float64))[0]
        return logits
