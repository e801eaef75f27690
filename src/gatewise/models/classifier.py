"""The text classifier: embedding, recurrent encoder, pooling, head."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from gatewise.errors import ParameterError
from gatewise.nn import LSTM
from gatewise.nn.bag import HiddenLayers
from gatewise.nn.dropout import elementwise_dropout, embedding_dropout, locked_dropout, word_dropout
from gatewise.nn.encoder import Encoder, EncoderOptions, encode, initialise_encoder, make_encoder
from gatewise.nn.layer import Precision
from gatewise.nn.one_hot import read_one_hot
from gatewise.nn.ordinal import OrdinalHead
from gatewise.nn.pooling import pool
from gatewise.store.config import NetworkConfig
from gatewise.store.networks import BAGS

# Added to the seed of the network that reads backwards, so that it does not begin as the other one does. Torch's
# generator looks at 32 bits of a seed, and a recipe's has 31.
_BACKWARD_SEED = 1 << 31


@dataclass(frozen=True)
class Dropouts:
    """Rates of the noise put in while training, each in [0, 1): see `gatewise.nn.dropout` for what each drops."""

    word: float = 0.0
    embedding: float = 0.0
    input: float = 0.0
    hidden: float = 0.0
    weight: float = 0.0
    output: float = 0.0
    zoneout: float = 0.0


class Classifier(nn.Module):
    """A recurrent text classifier over ragged batches.

    Args:
        config: Shape; parameters are named as `NetworkConfig` says.
        dropouts: Noise in training.
        embedding_range: Word vectors begin uniform within plus and minus this.
        unknown_id: Token that word dropout puts in the place of others.
        precision: Of products in an LSTM while training, see `gatewise.nn.LSTM`; evaluation is always ``fp32``, as
            prediction with the stored model is.
        spectral_radius: Of the recurrent matrix with which an echo state network begins, and stays.
        one_hot: Let the word vectors be the input weights of an LSTM over one-hot vectors, see `read_one_hot`.
        seed: Seeds the initial weights.
        noise: Generator of the dropouts; one of its own when not given.

    Attributes:
        backward: With ``reads="both"`` the classifier that reads backwards, else None.

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
        spectral_radius: float = 0.9,
        one_hot: bool = False,
        seed: int = 0,
        noise: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.config, self.dropouts = config, dropouts or Dropouts()
        self.noise, self.unknown_id, self.precision = noise or torch.Generator(), unknown_id, precision
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        self.encoder = _encoder(config, self.dropouts, precision, spectral_radius, self.noise)
        self.hidden = _hidden_layers(config, self.dropouts, self.noise)
        self.head = (
            OrdinalHead(config.features, config.classes)
            if config.ordinal
            else nn.Linear(config.features, config.outputs)
        )
        self.one_hot = one_hot
        self.backward: Classifier | None = None
        if config.reads == "both":
            self.backward = Classifier(
                replace(config, reads="backward"),
                dropouts,
                unknown_id=unknown_id,
                precision=precision,
                spectral_radius=spectral_radius,
                one_hot=one_hot,
                noise=self.noise,
            )
        self.reset_parameters(embedding_range, seed)

    def reset_parameters(self, embedding_range: float, seed: int) -> None:
        """Draw all weights anew from `seed`."""
        generator = torch.Generator().manual_seed(seed)
        nn.init.uniform_(self.embedding.weight, -embedding_range, embedding_range, generator=generator)
        if self.encoder is not None:
            initialise_encoder(self.encoder, generator)
        if self.hidden is not None:
            self.hidden.reset_parameters(generator)
        if isinstance(self.head, OrdinalHead):
            self.head.reset_parameters(generator)
        else:
            nn.init.xavier_uniform_(self.head.weight, generator=generator)
            nn.init.zeros_(self.head.bias)
        if self.one_hot:
            read_one_hot(self.embedding, self.encoder, generator)
        if self.backward is not None:
            self.backward.reset_parameters(embedding_range, seed + _BACKWARD_SEED)

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
        opinions = self.opinions(ids, offsets)
        return opinions[0] if len(opinions) == 1 else torch.stack(opinions).mean(0)

    def opinions(self, ids: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits ``[B, outputs]`` of each of the networks whose mean `forward` gives; arguments as there."""
        own = self._answers(self.features(ids, offsets))
        return (own,) if self.backward is None else (own, *self.backward.opinions(ids, offsets))

    def features(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """What the head (of two the forward one's) reads, ``[B, features]``; arguments as for `forward`."""
        return self._pooled(self.vectors(ids, offsets), offsets)

    @property
    def readers(self) -> tuple[Classifier, ...]:
        """The networks whose logits `opinions` gives, each with its own `vectors` and `from_vectors`."""
        return (self,) if self.backward is None else (self, self.backward)

    def vectors(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Word vectors ``[N, E]`` as the layers read them, in the order they do, with the noise of training."""
        if self.config.reads == "backward":
            ids = reversed_texts(ids, offsets)
        return self._vectors(ids, offsets)

    def from_vectors(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits ``[B, outputs]`` of this network, of two that are averaged the forward one, by what `vectors` gave."""
        return self._answers(self._pooled(x, offsets))

    def every_word(self, ids: torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits after every word: the answer to the text up to it.

        Args:
            ids: ``[N]`` int64 token ids.
            offsets: ``[B + 1]`` int64.

        Returns:
            ``[N, outputs]``, and for each text the row of its last word, ``[B, outputs]``, which is what `forward`
            gives in evaluation mode.

        Raises:
            ParameterError: The network reads backwards too, or pools by more than the last state.
        """
        if self.encoder is None or not self.config.is_causal or self.config.pooling != "last":
            raise ParameterError(
                "an answer after every word needs a recurrent network that reads forwards and pooling='last'",
                hint="--set pooling=last",
            )
        hidden, _ = encode(self.encoder, self._vectors(ids, offsets), offsets)
        rows = self._answers(hidden)
        unread = self._unread()
        if not len(rows):
            return rows, unread.expand(len(offsets) - 1, -1)
        has_words = (offsets.diff() > 0).unsqueeze(1)
        return rows, torch.where(has_words, rows[(offsets[1:] - 1).clamp(min=0)], unread)

    def _unread(self) -> torch.Tensor:
        """Logits ``[outputs]`` of a text without words, whose features are all zero."""
        if isinstance(self.head, OrdinalHead):
            return self.head.of_score(self.head.steps.new_zeros(1))[0]
        return self.head.bias

    def _vectors(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Word vectors ``[N, E]``, with noise in training."""
        drop = self.dropouts if self.training else Dropouts()
        ids = word_dropout(ids, self.unknown_id, drop.word, self.noise)
        x = embedding_dropout(self.embedding.weight, ids, drop.embedding, self.noise)
        return locked_dropout(x, offsets, drop.input, self.noise)

    def _answers(self, features: torch.Tensor) -> torch.Tensor:
        rate = self.dropouts.output if self.training else 0.0
        logits: torch.Tensor = self.head(elementwise_dropout(features, rate, self.noise))
        return logits

    def _pooled(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """From word vectors ``[N, E]`` to what the head reads, ``[B, features]``."""
        if self.encoder is None:
            mean = pool(x, x, offsets, "mean")
            return mean if self.hidden is None else self.hidden(mean)
        hidden, final = encode(self.encoder, x, offsets)
        return pool(hidden, final, offsets, self.config.pooling)

    def to_arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """All parameters as float32 arrays, by name."""
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in self.state_dict().items()}


def reversed_texts(ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Each text from its last word to its first.

    Example:
        >>> reversed_texts(torch.tensor([1, 2, 3, 4, 5]), torch.tensor([0, 3, 3, 5])).tolist()
        [3, 2, 1, 5, 4]
    """
    mirrored = (offsets[:-1] + offsets[1:] - 1).repeat_interleave(offsets.diff())
    return ids[(mirrored - torch.arange(len(ids), device=offsets.device)).to(ids.device)]


def _encoder(
    config: NetworkConfig, dropouts: Dropouts, precision: Precision, spectral_radius: float, noise: torch.Generator
) -> Encoder | None:
    """The recurrent layers; None for a network that reads a bag of words."""
    if config.network in BAGS:
        return None
    names = {entry.name for entry in fields(EncoderOptions)}
    options = EncoderOptions(
        **{name: value for name, value in asdict(config).items() if name in names},
        hidden_dropout=dropouts.hidden,
        weight_dropout=dropouts.weight,
        zoneout=dropouts.zoneout,
        precision=precision,
        spectral_radius=spectral_radius,
        noise=noise,
    )
    return make_encoder(config.network, config.embedding_size, config.hidden_size, options)


def _hidden_layers(config: NetworkConfig, dropouts: Dropouts, noise: torch.Generator) -> HiddenLayers | None:
    if config.network != "mlp":
        return None
    return HiddenLayers(
        config.embedding_size,
        config.hidden_size,
        layers=config.layers,
        activation=config.activation,
        highway=config.highway,
        hidden_dropout=dropouts.hidden,
        noise=noise,
    )
