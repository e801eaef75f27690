"""A small LSTM language model trained in the study: its gates have something to remember."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gatewise.nn.initialise import initialise
from gatewise.nn.lstm import LSTM
from gatewise.ops.checks import Floats
from gatewise.studies.gates.grammar import KINDS, Sentence, draw, vocabulary
from gatewise.studies.gates.reader import Reader, from_module
from gatewise.studies.gates.reading import Reading
from gatewise.text.ragged import Ragged

WIDTH, HIDDEN = 32, 64
# Jozefowicz et al. 2015, section 5, begin at 1. With 2 the long gaps are learnt in fewer steps.
FORGET_BIAS = 2.0
_BATCH, _RATE, _CLIP = 32, 1e-2, 1.0


@dataclass(frozen=True)
class Guesser:
    """A trained guesser.

    Attributes:
        reader: Its LSTM.
        head: ``[V, H]`` and ``[V]``: from the hidden state to the next word.
    """

    reader: Reader
    head: tuple[Floats, Floats]

    def read(self, sentence: Sentence) -> Reading:
        """Gates and cell at all words but the last."""
        return self.read_many([sentence])[0]

    def read_many(self, sentences: list[Sentence]) -> list[Reading]:
        """`read` for many sentences."""
        words = [sentence.words[:-1] for sentence in sentences]
        return self.reader.read_many([[self._id(word) for word in own] for own in words], words)

    def is_right(self, sentences: list[Sentence]) -> list[bool]:
        """Whether the likeliest last word is the right one."""
        weight, bias = self.head
        states = np.stack([reading.hidden[-1] for reading in self.read_many(sentences)])
        guesses = (states @ weight.T + bias).argmax(1).tolist()
        return [
            self.reader.vocabulary[guess] == sentence.words[-1]
            for guess, sentence in zip(guesses, sentences, strict=True)
        ]

    def _id(self, word: str) -> int:
        return self.reader.vocabulary.index(word)


def train_guesser(*, seed: int, steps: int, trained: bool = True) -> Guesser:
    """Train on `steps` batches of freshly drawn sentences; the loss is the cross entropy of the last word alone.

    Args:
        seed: Of weights and sentences.
        steps: Steps of Adam; the learning rate falls in a line to zero.
        trained: False leaves the weights as they begin.
    """
    words = vocabulary()
    network = _Network(len(words), torch.Generator().manual_seed(seed))
    if trained:
        _train(network, words, np.random.default_rng(seed), steps)
    head = (network.head.weight.detach().numpy().copy(), network.head.bias.detach().numpy().copy())
    return Guesser(from_module("guesser", network.embedding, network.lstm, words), head)


def held_out(count: int, kind: str | None = None, fillers: int | None = None) -> list[Sentence]:
    """Sentences to test on, always the same; long ones are new to any guesser, the shortest kind has eight in all."""
    random = np.random.default_rng((2015, KINDS.index(kind) if kind else 99, fillers or 0))
    return [draw(random, kind, fillers) for _ in range(count)]


class _Network(nn.Module):
    def __init__(self, size: int, generator: torch.Generator) -> None:
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(size, WIDTH), LSTM(WIDTH, HIDDEN)
        self.head = nn.Linear(HIDDEN, size)
        nn.init.uniform_(self.embedding.weight, -0.5, 0.5, generator=generator)
        initialise(self.lstm, generator)
        with torch.no_grad():
            self.lstm.get_parameter("bias_ih_l0")[HIDDEN : 2 * HIDDEN] = FORGET_BIAS
        nn.init.xavier_uniform_(self.head.weight, generator=generator)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """Logits of the word after each word, ``[N, V]``."""
        hidden, _ = self.lstm(self.embedding(ids), offsets=offsets)
        logits: torch.Tensor = self.head(hidden)
        return logits


def _train(network: _Network, words: tuple[str, ...], random: np.random.Generator, steps: int) -> None:
    number = {word: id for id, word in enumerate(words)}
    optimizer = torch.optim.Adam(network.parameters(), lr=_RATE)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _RATE * (1 - step / steps)
        drawn = [[number[word] for word in draw(random).words] for _ in range(_BATCH)]
        batch = Ragged.from_lists([ids[:-1] for ids in drawn])
        offsets = torch.from_numpy(batch.offsets)
        logits = network(torch.from_numpy(batch.ids).long(), offsets)
        losses = functional.cross_entropy(
            logits, torch.tensor([id for ids in drawn for id in ids[1:]]), reduction="none"
        )
        loss = losses.mean() + losses[offsets[1:] - 1].mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
        optimizer.step()
