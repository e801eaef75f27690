"""A language model: embedding, LSTM, sampled softmax; over streams of documents, see `gatewise.models.streams`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gatewise.errors import ParameterError
from gatewise.models.streams import Chunk as Chunk
from gatewise.models.streams import read_streams as read_streams
from gatewise.nn.dropout import embedding_mask, locked_dropout, word_dropout
from gatewise.nn.initialise import initialise
from gatewise.nn.lstm import LSTM
from gatewise.nn.sampled_softmax import Precision, sampled_softmax
from gatewise.nn.sparse_embedding import SparseEmbedding
from gatewise.store.tensors import Tensors

States = tuple[torch.Tensor, torch.Tensor]

# e to more than this is beyond a float.
_MOST_NATS = 690.0


@dataclass(frozen=True)
class LanguageModelConfig:
    """Shape of a language model, how it computes, and its noise in training.

    Attributes:
        vocabulary_size: V.
        embedding_size: E, numbers a word.
        hidden_size: H, width of the LSTM's state.
        layers: Layers of the LSTM.
        is_tied: Tell the next word by the vectors that words are read by, and have one bias a gate: an encoder's
            reader, see `gatewise.store.encoder.EncoderConfig`. Else the output has vectors of its own, of H numbers.
        word_dropout: Share of the words read as word 0, which is the unknown one.
        embedding_dropout: Share of the words of the vocabulary whose vectors are zero in a chunk.
        input_dropout: Share of the embedding's features dropped, by one mask for all words of a stream.
        hidden_dropout: Share of the features dropped between layers, by one mask for all words of a stream.
        weight_dropout: DropConnect: share of the recurrent weights dropped in a chunk.
        output_dropout: Share of the last layer's features dropped, by one mask for all words of a stream.
        precision: ``fp32``, or ``bf16`` for products of bfloat16 with sums and states in float32.

    Reference:
        Tied vectors: Press and Wolf (2017), arXiv:1608.05859; Inan et al. (2017), arXiv:1611.01462. The dropouts:
        Merity et al. (2017), arXiv:1708.02182, sections 2 and 4.
    """

    vocabulary_size: int
    embedding_size: int = 128
    hidden_size: int = 256
    layers: int = 1
    is_tied: bool = False
    word_dropout: float = 0.0
    embedding_dropout: float = 0.0
    input_dropout: float = 0.0
    hidden_dropout: float = 0.0
    weight_dropout: float = 0.0
    output_dropout: float = 0.0
    precision: Precision = "fp32"


class LanguageModel(nn.Module):
    """Predicts each next word of a document from those before it.

    Logits after the hidden state h, of a tied model and of another::

        embedding.weight (projection.weight h + projection.bias) + bias             weight h + bias

    Args:
        config: Shape.
        seed: Seeds the initial weights.
        noise: Generator of the dropouts, best on the device of the model; one of its own on the CPU when not given.

    Attributes:
        noise: The generator of the dropouts; seed it before a step to have the step again.

    Notes:
        A step costs O(N (H (E + H) + S F)) for N words and S samples, F = E of a tied model, else H. Gradients of
        embedding and output are sparse: `gatewise.train.lazy_adam.LazyAdam` takes them.

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

    def __init__(self, config: LanguageModelConfig, *, seed: int = 0, noise: torch.Generator | None = None) -> None:
        super().__init__()
        self.config, self.noise = config, noise or torch.Generator()
        V, E, H = config.vocabulary_size, config.embedding_size, config.hidden_size
        self.embedding = SparseEmbedding(V, E)
        self.encoder = LSTM(
            E,
            H,
            config.layers,
            locked_dropout=config.hidden_dropout if config.layers > 1 else 0.0,
            weight_dropout=config.weight_dropout,
            precision=config.precision,
            recurrent_bias=not config.is_tied,
            noise=self.noise,
        )
        if config.is_tied:
            self.projection = nn.Linear(H, E)
        else:
            self.weight = nn.Parameter(torch.empty(V, H))
        self.bias = nn.Parameter(torch.empty(V))
        self.reset_parameters(seed)

    @torch.no_grad()
    def reset_parameters(self, seed: int) -> None:
        """Draw all weights anew from `seed`: embedding and output small, the LSTM as our models begin."""
        generator, H = torch.Generator().manual_seed(seed), self.config.hidden_size
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1, generator=generator)
        initialise(self.encoder, generator, open_rows=slice(H, 2 * H))
        if self.config.is_tied:
            nn.init.xavier_uniform_(self.projection.weight, generator=generator)
            nn.init.zeros_(self.projection.bias)
        else:
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
        device = self.bias.device
        rows, last = self._read(chunk, states)
        if samples is None:
            samples = torch.arange(self.config.vocabulary_size)
        loss = sampled_softmax(
            rows,
            self.embedding.weight if self.config.is_tied else self.weight,
            self.bias,
            chunk.targets.to(device),
            samples.to(device),
            log_expected=log_expected,
            precision=self.config.precision,
        )
        ends = chunk.ends.to(device)[None, :, None]
        h, c = (state.detach().masked_fill(ends, 0.0) for state in last)
        return loss, (h, c)

    def _read(self, chunk: Chunk, states: States | None) -> tuple[torch.Tensor, States]:
        """What the vectors of next words are multiplied with, ``[N, F]``, and the streams' last states."""
        drop, ids = self.config if self.training else None, chunk.ids.to(self.bias.device)
        if drop:
            ids = word_dropout(ids, 0, drop.word_dropout, self.noise)
        rows = self.embedding(ids)
        if drop and drop.embedding_dropout:
            rows = rows * embedding_mask(self.embedding.weight, drop.embedding_dropout, self.noise)[ids.long()]
        if drop:
            rows = locked_dropout(rows, chunk.offsets, drop.input_dropout, self.noise)
        hidden, last = self.encoder(rows, states, offsets=chunk.offsets)
        if drop:
            hidden = locked_dropout(hidden, chunk.offsets, drop.output_dropout, self.noise)
        return (self._project(hidden) if self.config.is_tied else hidden), last

    def _project(self, hidden: torch.Tensor) -> torch.Tensor:
        """``[N, H]`` to ``[N, E]``."""
        if self.config.precision == "fp32":
            projected: torch.Tensor = self.projection(hidden)
            return projected
        product = functional.linear(hidden.bfloat16(), self.projection.weight.bfloat16())
        return product.float() + self.projection.bias

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

    def to_arrays(self) -> Tensors:
        """The weights by name, float32; those of a tied model are named as a reader's of an encoder, without its name.

        Example:
            >>> config = LanguageModelConfig(vocabulary_size=20, embedding_size=4, hidden_size=8, is_tied=True)
            >>> list(LanguageModel(config).to_arrays())[-3:]
            ['projection.weight', 'projection.bias', 'output.bias']
        """
        arrays = {name: tensor.detach().cpu().float().numpy() for name, tensor in self.state_dict().items()}
        # Torch lists a module's own parameters before those of its parts.
        arrays["output.bias"] = arrays.pop("bias")
        return arrays

    def load_arrays(self, arrays: Mapping[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> None:
        """Take weights as `to_arrays` gives them.

        Raises:
            RuntimeError: Other names or shapes than this model's.
        """
        names = {name: "bias" if name == "output.bias" else name for name in arrays}
        self.load_state_dict({names[name]: torch.from_numpy(array.copy()) for name, array in arrays.items()})
