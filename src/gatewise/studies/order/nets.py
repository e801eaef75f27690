"""The classifiers that are compared: two that cannot see order, one that sees three words, and two that read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from gatewise.baseline.nbsvm import NBSVM
from gatewise.nn.encoder import encode, initialise_encoder, make_encoder
from gatewise.nn.pooling import pool
from gatewise.text.batches import batches, ordered_batches
from gatewise.text.ragged import Ragged

Logits = npt.NDArray[np.float64]
_WIDTH, _HIDDEN = 32, 32
_BATCH, _TOKENS, _WINDOW, _CLIP = 32, 8_192, 2_000, 1.0


class Rival(Protocol):
    """Anything that gives one logit a text."""

    def __call__(self, texts: Ragged) -> Logits:
        """``[B]`` logits; above 0 says class 1."""


Make = Callable[[int, torch.Generator], nn.Module]


@dataclass(frozen=True)
class Kind:
    """A classifier to train.

    Attributes:
        make: A network of so many words from a generator; None for n-grams, which liblinear fits.
        epochs: Passes over the texts; fixed, nothing is selected.
        rate: Of Adam.
    """

    make: Make | None
    epochs: int = 0
    rate: float = 0.0


class BagOfWords(nn.Module):
    """Logistic regression on which words occur: the logit is a sum of one weight for each distinct word."""

    def __init__(self, words: int, generator: torch.Generator) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(words)), nn.Parameter(torch.zeros(1))

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits ``[B]``."""
        text = torch.repeat_interleave(torch.arange(len(offsets) - 1), offsets.diff())
        distinct = torch.unique(text * len(self.weight) + ids)
        text, ids = distinct // len(self.weight), distinct % len(self.weight)
        return torch.zeros(len(offsets) - 1).index_add(0, text, self.weight[ids]) + self.bias


class MeanMLP(nn.Module):
    """A hidden ReLU layer over the mean of the word vectors."""

    def __init__(self, words: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding, self.hidden, self.head = nn.Embedding(words, _WIDTH), nn.Linear(_WIDTH, _HIDDEN), _head(1)
        _initialise(self, generator)

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits ``[B]``."""
        mean = torch.segment_reduce(self.embedding(ids), "mean", lengths=offsets.diff(), axis=0)
        logits: torch.Tensor = self.head(torch.relu(self.hidden(mean)))
        return logits[:, 0]


class Recurrent(nn.Module):
    """An encoder of this package over word vectors, its states pooled."""

    def __init__(self, network: str, pooling: str, words: int, generator: torch.Generator) -> None:
        super().__init__()
        self.pooling, self.embedding = pooling, nn.Embedding(words, _WIDTH)
        self.encoder, self.head = make_encoder(network, _WIDTH, _HIDDEN), _head(pooling.count("+") + 1)
        _initialise(self, generator)
        initialise_encoder(self.encoder, generator)

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits ``[B]``."""
        hidden, final = encode(self.encoder, self.embedding(ids), offsets)
        logits: torch.Tensor = self.head(pool(hidden, final, offsets, self.pooling))
        return logits[:, 0]


def _head(parts: int) -> nn.Linear:
    return nn.Linear(parts * _HIDDEN, 1)


def _initialise(network: nn.Module, generator: torch.Generator) -> None:
    """Word vectors small, other matrices Glorot-uniform, biases zero."""
    for name, parameter in network.named_parameters():
        if name.startswith("embedding"):
            nn.init.uniform_(parameter, -0.1, 0.1, generator=generator)
        elif parameter.dim() == 2:
            nn.init.xavier_uniform_(parameter, generator=generator)
        else:
            nn.init.zeros_(parameter)


def train(
    kind: Kind, texts: Ragged, targets: npt.NDArray[np.int64], vocabulary: tuple[str, ...], *, seed: int
) -> Rival:
    """Train a classifier for its fixed number of epochs.

    Args:
        kind: What and how.
        texts: Training texts as ids.
        targets: ``[B]`` 0 or 1.
        vocabulary: The words by id.
        seed: Of weights and batches.
    """
    if kind.make is None:
        return _fit_ngrams(texts, targets, vocabulary)
    network = kind.make(len(vocabulary), torch.Generator().manual_seed(seed))
    optimizer = torch.optim.Adam(network.parameters(), lr=kind.rate)
    wanted = torch.from_numpy(targets).float()
    for epoch in range(kind.epochs):
        order = batches(texts.lengths, token_budget=_TOKENS, max_texts=_BATCH, window=_WINDOW, seed=seed, epoch=epoch)
        for rows in order:
            loss = functional.binary_cross_entropy_with_logits(network(*_tensors(texts.select(rows))), wanted[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
            optimizer.step()
    return lambda asked: _answers(network, asked)


def _tensors(texts: Ragged) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(texts.ids).long(), torch.from_numpy(texts.offsets)


@torch.no_grad()
def _answers(network: nn.Module, texts: Ragged) -> Logits:
    logits: Logits = np.zeros(len(texts))
    for rows in ordered_batches(texts.lengths, token_budget=32_768, max_texts=1_000):
        logits[rows] = network(*_tensors(texts.select(rows))).numpy()
    return logits


def _fit_ngrams(texts: Ragged, targets: npt.NDArray[np.int64], vocabulary: tuple[str, ...]) -> Rival:
    def words(asked: Ragged) -> list[list[str]]:
        return [[vocabulary[id] for id in asked[row].tolist()] for row in range(len(asked))]

    model: Any = NBSVM.fit(words(texts), targets, 2)
    return lambda asked: model.logits(words(asked))


BAG, NGRAMS, MLP = "bag of words", "1- to 3-grams", "mlp"
RNN, LSTM, RNN_LAST, LSTM_LAST = "rnn, mean", "lstm, mean", "rnn, last state", "lstm, last state"
NETWORKS: dict[str, Make | None] = {
    BAG: BagOfWords,
    NGRAMS: None,
    MLP: MeanMLP,
    RNN: partial(Recurrent, "rnn", "mean"),
    LSTM: partial(Recurrent, "lstm", "mean"),
    RNN_LAST: partial(Recurrent, "rnn", "last"),
    LSTM_LAST: partial(Recurrent, "lstm", "last"),
}


def kinds(epochs: dict[str, int]) -> dict[str, Kind]:
    """The classifiers by name, each with its rate, to be trained for so many epochs."""
    return {name: Kind(make, epochs[name], _RATES[name]) for name, make in NETWORKS.items()}


# Each the best of 0.001, 0.003, 0.005 and 0.01 as far as tried, on other draws of the data.
_RATES = {BAG: 1e-2, NGRAMS: 0.0, MLP: 5e-3, RNN: 1e-3, LSTM: 1e-2, RNN_LAST: 1e-3, LSTM_LAST: 1e-2}
