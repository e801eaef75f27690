"""A language model: embedding, LSTM, sampled softmax; over streams of documents, a chunk at a time.

A stream reads one document after the other. From chunk to chunk its state goes on, but no gradient does (truncated
backpropagation, Williams and Peng 1990); where a document ends the state goes back to zero. In a chunk each stream
gives as many words as its document still has, up to a limit: chunks are ragged, and nothing is padded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn.dropout import elementwise_dropout, locked_dropout
from gatewise.nn.initialise import initialise
from gatewise.nn.lstm import LSTM
from gatewise.nn.sampled_softmax import Precision, sampled_softmax
from gatewise.nn.sparse_embedding import SparseEmbedding

States = tuple[torch.Tensor, torch.Tensor]

# e to more than this is beyond a float.
_MOST_NATS = 690.0


@dataclass(frozen=True)
class Chunk:
    """The next words of B streams.

    Attributes:
        ids: ``[N]`` int32, words read, one stream after the other.
        offsets: ``[B + 1]`` int64: stream b reads ``ids[offsets[b]:offsets[b + 1]]``; it may read nothing.
        targets: ``[N]`` int32, the word that follows each.
        ends: ``[B]`` bool, whether the stream's document ends here.
    """

    ids: torch.Tensor
    offsets: torch.Tensor
    targets: torch.Tensor
    ends: torch.Tensor


def read_streams(
    ids: npt.NDArray[np.int32], offsets: npt.NDArray[np.int64], *, streams: int, steps: int
) -> Iterator[Chunk]:
    """Documents in their order, each taken by the stream that is free first, until all were read.

    Args:
        ids: ``[M]`` words of all documents.
        offsets: ``[D + 1]`` where documents begin; those of fewer than two words have nothing to predict.
        streams: B, streams side by side.
        steps: Most words a stream reads in a chunk.

    Raises:
        ParameterError: Streams or steps below 1.

    Example:
        >>> documents = np.array([1, 2, 3, 4, 5, 6, 7, 8], np.int32), np.array([0, 5, 8])
        >>> for chunk in read_streams(*documents, streams=2, steps=3):
        ...     print(chunk.ids.tolist(), chunk.offsets.tolist(), chunk.targets.tolist(), chunk.ends.tolist())
        [1, 2, 3, 6, 7] [0, 3, 5] [2, 3, 4, 7, 8] [False, True]
        [4] [0, 1, 1] [5] [True, False]
    """
    if streams < 1 or steps < 1:
        raise ParameterError(f"streams={streams} or steps={steps} is below 1")
    waiting = iter([(int(a), int(b)) for a, b in pairwise(offsets) if b - a > 1])
    places: list[tuple[int, int]] = [(0, 0)] * streams  # the next word of each stream, and its document's last
    while True:
        places = [place if place[0] < place[1] else _first(next(waiting, None)) for place in places]
        ends_at = [min(begin + steps, last) for begin, last in places]
        lengths = np.array([end - begin for end, (begin, _) in zip(ends_at, places, strict=True)])
        if not lengths.any():
            return
        read = np.concatenate([np.arange(begin, end) for end, (begin, _) in zip(ends_at, places, strict=True)])
        ends = [begin < last and end == last for end, (begin, last) in zip(ends_at, places, strict=True)]
        yield Chunk(
            torch.from_numpy(ids[read]),
            torch.from_numpy(np.concatenate([[0], lengths.cumsum()])),
            torch.from_numpy(ids[read + 1]),
            torch.tensor(ends),
        )
        places = [(end, last) for end, (_, last) in zip(ends_at, places, strict=True)]


def _first(document: tuple[int, int] | None) -> tuple[int, int]:
    return (0, 0) if document is None else (document[0], document[1] - 1)


@dataclass(frozen=True)
class LanguageModelConfig:
    """Shape of a language model, and how it computes.

    Attributes:
        vocabulary_size: V.
        embedding_size: Numbers a word.
        hidden_size: Width of the LSTM's state.
        layers: Layers of the LSTM.
        input_dropout: Share of the embedding's features dropped in training, by one mask for all words of a stream.
        output_dropout: Share of the hidden states' entries dropped in training.
        precision: ``fp32``, or ``bf16`` for products of bfloat16 with sums and states in float32.
    """

    vocabulary_size: int
    embedding_size: int = 128
    hidden_size: int = 256
    layers: int = 1
    input_dropout: float = 0.0
    output_dropout: float = 0.0
    precision: Precision = "fp32"


class LanguageModel(nn.Module):
    """Predicts each next word of a document from those before it.

    Args:
        config: Shape.
        seed: Seeds the initial weights.

    Attributes:
        noise: Generator of the dropouts; seed it before a step to have the step again.

    Notes:
        A step costs O(N (H (E + H) + S H)) for N words and S samples. Gradients of embedding and output are sparse:
        `gatewise.train.lazy_adam.LazyAdam` takes them.

    Example:
        >>> model = LanguageModel(LanguageModelConfig(vocabulary_size=20, embedding_size=4, hidden_size=8))
        >>> ids, offsets = np.arange(20, dtype=np.int32), np.array([0, 12, 20])
        >>> states = None
        >>> for chunk in read_streams(ids, offsets, streams=2, steps=5):
        ...     loss, states = model(chunk, samples=torch.tensor([3, 7, 11]), states=states)
        ...     loss.backward()
        >>> round(model.perplexity(read_streams(ids, offsets, streams=2, steps=5)))
        20
    """

    def __init__(self, config: LanguageModelConfig, *, seed: int = 0) -> None:
        super().__init__()
        self.config, self.noise = config, torch.Generator()
        self.embedding = SparseEmbedding(config.vocabulary_size, config.embedding_size)
        self.encoder = LSTM(config.embedding_size, config.hidden_size, config.layers, precision=config.precision)
        self.weight = nn.Parameter(torch.empty(config.vocabulary_size, config.hidden_size))
        self.bias = nn.Parameter(torch.empty(config.vocabulary_size))
        self.reset_parameters(seed)

    @torch.no_grad()
    def reset_parameters(self, seed: int) -> None:
        """Draw all weights anew from `seed`: embedding and output small, the LSTM as our models begin."""
        generator, H = torch.Generator().manual_seed(seed), self.config.hidden_size
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1, generator=generator)
        initialise(self.encoder, generator, open_rows=slice(H, 2 * H))
        nn.init.uniform_(self.weight, -0.1, 0.1, generator=generator)
        nn.init.zeros_(self.bias)

    def forward(
        self,
        chunk: Chunk,
        *,
        samples: torch.Tensor | None = None,
        log_expected: torch.Tensor | None = None,
        states: States | None = None,
    ) -> tuple[torch.Tensor, States]:
        """Read the next chunk of the streams.

        Args:
            chunk: Words and their targets, on the CPU or with the model.
            samples: ``[S]`` distinct words to tell targets from; all words, which is exact, when not given.
            log_expected: ``[V]`` log of the expected number of times each word is among the samples, see
                `gatewise.nn.sampled_softmax.Negatives`.
            states: What the chunk before gave; zeros when not given.

        Returns:
            Mean loss a word, in nats; and the streams' states, without gradients and zero where a document ended.

        Raises:
            ParameterError: A wrong shape, dtype or word; it is named.
        """
        drop, device = self.config if self.training else None, self.weight.device
        rows = self.embedding(chunk.ids.to(device))
        if drop:
            rows = locked_dropout(rows, chunk.offsets, drop.input_dropout, self.noise)
        hidden, last = self.encoder(rows, states, offsets=chunk.offsets)
        if drop:
            hidden = elementwise_dropout(hidden, drop.output_dropout, self.noise)
        if samples is None:
            samples = torch.arange(self.config.vocabulary_size)
        loss = sampled_softmax(
            hidden,
            self.weight,
            self.bias,
            chunk.targets.to(device),
            samples.to(device),
            log_expected=log_expected,
            precision=self.config.precision,
        )
        ends = chunk.ends.to(device)[None, :, None]
        h, c = (state.detach().masked_fill(ends, 0.0) for state in last)
        return loss, (h, c)

    @torch.no_grad()
    def perplexity(self, chunks: Iterator[Chunk]) -> float:
        """e to the mean loss a word, by exact softmax over all words, dropouts off.

        Args:
            chunks: Of some documents, from their beginning, see `read_streams`.

        Raises:
            ParameterError: No words, or the same as for `forward`.
        """
        was_training = self.training
        self.eval()
        total, words, states = 0.0, 0, None
        for chunk in chunks:
            loss, states = self(chunk, states=states)
            total, words = total + loss.item() * len(chunk.ids), words + len(chunk.ids)
        self.train(was_training)
        if not words:
            raise ParameterError("there is no word to predict")
        return math.exp(min(total / words, _MOST_NATS))
