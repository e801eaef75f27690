"""The text classifier: embedding, recurrent encoder, pooling, linear head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from gatewise.nn import LSTM
from gatewise.nn.dropout import elementwise_dropout, embedding_dropout, locked_dropout, word_dropout
from gatewise.nn.encoder import encode, initialise_encoder, make_encoder
from gatewise.nn.layer import Precision
from gatewise.nn.pooling import pool
from gatewise.store.config import NetworkConfig


@dataclass(frozen=True)
class Dropouts:
    """Rates of the noise put in while training, each in [0, 1): see `gatewise.nn.dropout` for what each drops."""

    word: float = 0.0
    embedding: float = 0.0
    input: float = 0.0
    hidden: float = 0.0
    weight: float = 0.0
    output: float = 0.0


class Classifier(nn.Module):
    """A recurrent text classifier over ragged batches.

    Args:
        config: Shape; parameters are named as `NetworkConfig` says.
        dropouts: Noise in training.
        embedding_range: Word vectors begin uniform within plus and minus this.
        unknown_id: Token that word dropout puts in the place of others.
        precision: Of products in an LSTM while training, see `gatewise.nn.LSTM`; evaluation is always ``fp32``, as
            prediction with the stored model is.
        seed: Seeds the initial weights.

    Example:
        >>> import torch
        >>> from gatewise.store.config import NetworkConfig
        >>> net = Classifier(NetworkConfig(vocabulary_size=10, classes=2, embedding_size=4, hidden_size=3))
        >>> net(torch.tensor([1, 2, 3]), torch.tensor([0, 2, 2, 3])).shape
        torch.Size([3, 1])
    """

    def __init__(
        self,
        config: NetworkConfig,
        dropouts: Dropouts | None = None,
        *,
        embedding_range: float = 0.05,
        unknown_id: int = 0,
        precision: Precision = "fp32",
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.config, self.dropouts = config, dropouts or Dropouts()
        self.noise, self.unknown_id, self.precision = torch.Generator(), unknown_id, precision
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        self.encoder = make_encoder(
            config.network,
            config.embedding_size,
            config.hidden_size,
            layers=config.layers,
            bidirectional=config.bidirectional,
            recurrent_bias=config.recurrent_bias,
            hidden_dropout=self.dropouts.hidden,
            weight_dropout=self.dropouts.weight,
            precision=precision,
            noise=self.noise,
        )
        self.head = nn.Linear(config.features, config.outputs)
        self.reset_parameters(embedding_range, seed)

    def reset_parameters(self, embedding_range: float, seed: int) -> None:
        """Draw all weights anew from `seed`."""
        generator = torch.Generator().manual_seed(seed)
        nn.init.uniform_(self.embedding.weight, -embedding_range, embedding_range, generator=generator)
        initialise_encoder(self.encoder, generator)
        nn.init.xavier_uniform_(self.head.weight, generator=generator)
        nn.init.zeros_(self.head.bias)

    def train(self, mode: bool = True) -> Classifier:
        """Training or evaluation mode, as of any module, and the precision that goes with it."""
        super().train(mode)
        if isinstance(self.encoder, LSTM):
            self.encoder.precision = self.precision if mode else "fp32"
        return self

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits of a ragged batch.

        Args:
            ids: ``[N]`` int64 token ids.
            offsets: ``[B + 1]`` int64.

        Returns:
            ``[B, outputs]`` float32.
        """
        drop = self.dropouts if self.training else Dropouts()
        ids = word_dropout(ids, self.unknown_id, drop.word, self.noise)
        x = embedding_dropout(self.embedding.weight, ids, drop.embedding, self.noise)
        x = locked_dropout(x, offsets, drop.input, self.noise)
        hidden, final = encode(self.encoder, x, offsets)
        pooled = pool(hidden, final, offsets, self.config.pooling)
        logits: torch.Tensor = self.head(elementwise_dropout(pooled, drop.output, self.noise))
        return logits

    def to_arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """All parameters as float32 arrays, by name."""
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in self.state_dict().items()}
