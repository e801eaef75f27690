"""A text word by word: the answer after each word, at the same cost for the thousandth as for the first."""

from __future__ import annotations

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

    def __init__(self, network: Network) -> None:
        if not network.config.is_causal:
            why, otherwise = _CANNOT[network.config.reads]
            raise ModelError(
                f"{why}, so that nothing is known before the last word",
                hint=f"train {otherwise}; such a model streams and gives the same answers as in batches",
            )
        self._network, self._states = network, network.encoder.start()
        self._pools = RunningPools(network.config.encoded_size)
        self.words = 0

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
            self._pools.add(network.encoder.push(self._states, id))
            self.words += 1
            logits: Logits = network.head(self._pools.features(network.parts))[0]
        return logits
