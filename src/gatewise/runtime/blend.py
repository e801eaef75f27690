"""A text read word by word, by a network alone or blended with its rival."""

from __future__ import annotations

from gatewise.baseline.nbsvm import NBSVM
from gatewise.baseline.running import RunningRival
from gatewise.metrics.blend import Blend
from gatewise.runtime.network import Logits
from gatewise.runtime.stream import Stream


class PlainStream:
    """A network alone."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def push(self, word: str, id: int | None) -> Logits:
        """Read one word, which has an id: words that are cut away do not come here."""
        assert id is not None, word
        return self._stream.push(id)


class BlendedStream:
    """State of both parts of a blend; after the last word the logits are those of the whole text.

    Args:
        stream: The network's part.
        rival: The bag-of-words model.
        blend: How they are mixed.
        network_logits: ``[outputs]`` of the network for the empty text.
    """

    def __init__(self, stream: Stream, rival: NBSVM, blend: Blend, network_logits: Logits) -> None:
        self._stream, self._rival, self._blend = stream, RunningRival(rival), blend
        self._network_logits = network_logits

    def push(self, word: str, id: int | None) -> Logits:
        """Read one word.

        Args:
            word: As the tokenizer gives it, known or not.
            id: Of the word; None for one that the network does not read, because texts are cut for it.

        Returns:
            ``[outputs]`` float64: logits of the text so far.
        """
        if id is not None:
            self._network_logits = self._stream.push(id)
        logits: Logits = self._blend.logits(self._network_logits[None], self._rival.push(word)[None])[0]
        return logits
