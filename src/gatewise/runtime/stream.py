"""A text word by word: the answer after each word, at the same cost for the thousandth as for the first."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy, deepcopy

import numpy as np

from gatewise.errors import ModelError
from gatewise.runtime.network import Logits, Network
from gatewise.runtime.pools import RunningPools

# By how the network reads: why it cannot stream, and how to train one that can.
_CANNOT = {
    "forward": ("a bidirectional model cannot stream: it also reads each text from its end", "without --bidirectional"),
    "backward": ("a model that reads backwards cannot stream: it begins each text at its end", "with reads=forward"),
    "both": ("a model with a backward reader cannot stream: that one begins at a text's end", "with reads=forward"),
}


class Stream:
    """The state of a network that reads one text, one word at a time.

    Pools are kept running, so nothing of the text is stored. After the last word the logits are those of
    `Network.logits` for the whole text: to the last bit for an LSTM by the native core, else to 1e-6.

    Args:
        network: A causal network; it is shared, not copied, and may serve many streams.
        before: ``[P]`` ids read before the first word.
        after: ``[S]`` ids read after the last word so far, whenever an answer is given; a word then costs 1 + S.

    Raises:
        ModelError: The network is bidirectional, or reads backwards.

    Notes:
        A stream is one text's and one thread's.

    Example:
        >>> from gatewise.store.config import NetworkConfig
        >>> config = NetworkConfig(vocabulary_size=4, classes=2, embedding_size=2, hidden_size=3)
        >>> tensors = {name: np.zeros(shape) for name, shape in config.tensor_shapes().items()}
        >>> Stream(Network(config, tensors)).push(1).tolist()
        [0.0]
    """

    def __init__(self, network: Network, *, before: Iterable[int] = (), after: Iterable[int] = ()) -> None:
        if not network.config.is_causal:
            why, otherwise = _CANNOT[network.config.reads]
            raise ModelError(
                f"{why}, so that nothing is known before the last word",
                hint=f"train {otherwise}; such a model streams and gives the same answers as in batches",
            )
        self._network, self._states = network, network.encoder.start()
        self._pools = RunningPools(network.config.encoded_size)
        self._after = [int(id) for id in after]
        self.words = 0
        for id in before:
            self._read(int(id))

    def push(self, id: int) -> Logits:
        """Read one word.

        Args:
            id: Token id, from 0 to ``vocabulary_size - 1``.

        Returns:
            ``[outputs]`` float64: logits of the text so far.

        Raises:
            ParameterError: An id outside the vocabulary; the stream is as before.
        """
        self._network.check_ids(np.array([id], np.int64))
        self._read(id)
        self.words += 1
        return self._answer() if not self._after else self._aside()._answer()

    def _read(self, id: int) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # Asked for by name in `Network.head`.
            self._pools.add(self._network.encoder.push(self._states, id))

    def _answer(self) -> Logits:
        logits: Logits = self._network.head(self._pools.features(self._network.parts))[0]
        return logits

    def _aside(self) -> Stream:
        """Another stream that has read the same and then the words after the text."""
        other = copy(self)
        other._states, other._pools = deepcopy(self._states), deepcopy(self._pools)
        for id in self._after:
            other._read(id)
        return other
