"""A step of training a language model: our bf16 step beside the same in torch under bf16 autocast, tokens a second.

Embedding, LSTM with carried state, sampled softmax (shared negatives, log expected counts subtracted, a negative that
is a row's own target does not count), backward, Adam, where it is sparse on the rows of words that occurred alone.
Words are those of the IMDB train reviews, one after the other in B streams. Both sides are given the same negatives.

Torch is written in two ways: plainly (all logits in one matrix, `cross_entropy`), and as fast as we could make it (no
concatenation, no comparison of all negatives with all targets, log-sum-exp in bf16); each with sparse and dense Adam.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from gatewise.models.language_model import Chunk, LanguageModel, LanguageModelConfig
from gatewise.nn.sampled_softmax import Negatives
from gatewise.train.lazy_adam import LazyAdam
from reviews import reviews_of
from sidebyside import Figures, Precision, Way, conditions, finish, our_sides, parser, take_turns

INPUTS, HIDDEN, NEGATIVES, BATCH, STEPS, WORDS, WINDOWS = 128, 256, 4096, 64, 100, 30_000, 8
_NEVER = -1e4  # a logit whose exponential is zero, and which bf16 can hold
RIVALS, OURS = ("torch", "torch plain"), ("ours bf16", "ours")


@dataclass(frozen=True)
class Window:
    """What one step reads: ``inputs`` and ``targets`` [T, B], distinct ``negatives`` [S]."""

    inputs: torch.Tensor
    targets: torch.Tensor
    negatives: torch.Tensor


@dataclass(frozen=True)
class Text:
    """Some consecutive windows, and ``log_expected`` [V]: log of how often a word is drawn as a negative."""

    windows: list[Window]
    log_expected: torch.Tensor


def read_text() -> Text:
    """The reviews as B streams, cut into windows."""
    reviews = reviews_of("default", max_words=WORDS - 1)  # the unknown word is one more
    ids = torch.from_numpy(reviews.tokens.ids[: BATCH * (STEPS * WINDOWS + 1)].astype(np.int64))
    streams = ids.view(BATCH, -1).T.contiguous()
    drawn = Negatives(np.bincount(reviews.tokens.ids, minlength=WORDS) + 1.0, samples=NEGATIVES)
    noise = np.random.default_rng(0)
    windows = [
        Window(streams[t : t + STEPS], streams[t + 1 : t + STEPS + 1], drawn.draw(noise).long())
        for t in range(0, STEPS * WINDOWS, STEPS)
    ]
    return Text(windows, drawn.log_expected)


class Torch:
    """Torch's side; rows of embedding and output are `nn.Embedding` so that their gradients can be sparse."""

    def __init__(
        self, text: Text, *, sparse: bool, loss: Callable[[Torch, torch.Tensor, Window], torch.Tensor]
    ) -> None:
        torch.manual_seed(0)
        self.log_expected, self.loss = text.log_expected, loss
        self.windows = cycle(text.windows)
        self.embedding = nn.Embedding(WORDS, INPUTS, sparse=sparse)
        self.lstm = nn.LSTM(INPUTS, HIDDEN)
        self.output, self.bias = nn.Embedding(WORDS, HIDDEN, sparse=sparse), nn.Embedding(WORDS, 1, sparse=sparse)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.uniform_(self.output.weight, -0.1, 0.1)
        nn.init.zeros_(self.bias.weight)
        rows = [self.embedding.weight, self.output.weight, self.bias.weight]
        dense = list(self.lstm.parameters())
        self.optimizers: list[torch.optim.Optimizer] = (
            [torch.optim.SparseAdam(rows), torch.optim.Adam(dense, fused=True)]
            if sparse
            else [torch.optim.Adam([*rows, *dense], fused=True)]
        )
        self.state: tuple[torch.Tensor, ...] | None = None

    def step(self) -> float:
        """One window, forward to update; its mean loss."""
        window = next(self.windows)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            hidden, state = self.lstm(self.embedding(window.inputs), self.state)
            loss = self.loss(self, hidden.reshape(-1, HIDDEN), window)
        loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
        self.state = tuple(part.detach() for part in state)
        return loss.item()

    def corrected_bias(self, words: torch.Tensor) -> torch.Tensor:
        """What is added to the products of these words."""
        return self.bias(words)[:, 0] - self.log_expected[words]

    def target_logits(self, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """``[N]``, each row's own target."""
        return (hidden * self.output(targets)).sum(1).float() + self.corrected_bias(targets)


Loss = Callable[[Torch, torch.Tensor, Window], torch.Tensor]


def plain_loss(net: Torch, hidden: torch.Tensor, window: Window) -> torch.Tensor:
    """As one writes it down: target and negatives side by side, cross entropy over 1 + S logits."""
    targets, negatives = window.targets.reshape(-1), window.negatives
    others = functional.linear(hidden, net.output(negatives)) + net.corrected_bias(negatives)
    others = others.masked_fill(targets[:, None] == negatives, _NEVER)
    logits = torch.cat([net.target_logits(hidden, targets)[:, None], others], dim=1)
    return functional.cross_entropy(logits, torch.zeros_like(targets))


def fast_loss(net: Torch, hidden: torch.Tensor, window: Window) -> torch.Tensor:
    """The same with the fewest passes over the [N, S] logits that torch allows."""
    targets, negatives = window.targets.reshape(-1), window.negatives
    others = functional.linear(hidden, net.output(negatives), net.corrected_bias(negatives))
    place = torch.full((WORDS,), -1).index_put((negatives,), torch.arange(NEGATIVES))[targets]
    own = torch.nonzero(place >= 0)[:, 0]
    others = others.index_put((own, place[own]), torch.tensor(_NEVER, dtype=others.dtype))
    target = net.target_logits(hidden, targets)
    return (torch.logaddexp(torch.logsumexp(others, 1).float(), target) - target).mean()


class Ours:
    """Our side: the package's own language model and optimizer."""

    def __init__(self, text: Text, precision: Precision) -> None:
        config = LanguageModelConfig(WORDS, embedding_size=INPUTS, hidden_size=HIDDEN, precision=precision)
        self.model, self.log_expected = LanguageModel(config), text.log_expected
        self.optimizer = LazyAdam(self.model.parameters())
        self.states: tuple[torch.Tensor, torch.Tensor] | None = None
        self.chunks = cycle([(_chunk(window), window.negatives.int()) for window in text.windows])

    def step(self) -> float:
        """One window, forward to update; its mean loss."""
        chunk, negatives = next(self.chunks)
        self.optimizer.zero_grad(set_to_none=True)
        loss, self.states = self.model(chunk, samples=negatives, log_expected=self.log_expected, states=self.states)
        loss.backward()
        self.optimizer.step()
        return float(loss.item())


def _chunk(window: Window) -> Chunk:
    """The same words, one stream after the other."""
    offsets = torch.arange(BATCH + 1) * STEPS
    ids, targets = (words.T.reshape(-1).int() for words in (window.inputs, window.targets))
    return Chunk(ids, offsets, targets, torch.zeros(BATCH, dtype=torch.bool))


def sides(text: Text, options: argparse.Namespace) -> dict[str, list[Callable[[], float]]]:
    """Ways of each side to make one step; the best of them counts."""
    found: dict[str, list[Callable[[], float]]] = {
        "torch": [Torch(text, sparse=sparse, loss=fast_loss).step for sparse in (True, False)],
        "torch plain": [Torch(text, sparse=sparse, loss=plain_loss).step for sparse in (True, False)],
    }
    return found | {name: [Ours(text, precision).step] for name, precision in our_sides(options).items()}


def main() -> None:
    """Steps in turn; tokens a second from the median step."""
    options = parser(__doc__, rounds=8).parse_args()
    figures = conditions(options)
    text = read_text()
    ways = [
        Way(name, threads, step, detail="" if len(steps) == 1 else ("sparse Adam", "dense Adam")[number])
        for threads in options.threads
        for name, steps in sides(text, options).items()
        for number, step in enumerate(steps)
    ]
    first_losses = {way.name: float(way.run()) for way in ways}  # type: ignore[arg-type]
    measured = take_turns(ways, options.rounds)
    tokens = BATCH * STEPS
    speed: Figures = {name: tokens / figure["median"] for name, figure in measured.table().items()}
    for name, value in speed.items():
        print(f"  {name:40} {value:10.0f} tokens/s")
    finish(
        "language_model_step",
        options,
        {
            **figures,
            "setting": {
                "embedding": INPUTS,
                "hidden": HIDDEN,
                "negatives": NEGATIVES,
                "B": BATCH,
                "T": STEPS,
                "words": WORDS,
            },
            "seconds": measured.table(),
            "tokens_per_second": speed,
            "gigaflops_per_token": 6 * (4 * HIDDEN * (INPUTS + HIDDEN) + HIDDEN * (NEGATIVES + 1)) / 1e9,
            "ratios": measured.ratios(RIVALS, OURS),
            "first_losses": first_losses,
        },
    )


if __name__ == "__main__":
    main()
