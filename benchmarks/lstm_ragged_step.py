"""A training step on real lengths: our ragged LSTM beside what torch offers for sequences of different length.

The step is that of a classifier, forward and backward: embedding, LSTM, state after the last word, one logit, summed
binary cross entropy. All sides begin with the same lists of token ids and must arrive at the same sum of losses.
Torch's sides: padded to the longest of a random batch; reviews sorted by length first, so that a batch holds similar
ones; `pack_padded_sequence`, which is so slow that it runs once, after the others, on the first random batch alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

from gatewise.nn import LSTM
from reviews import reviews_of
from sidebyside import Figures, Measured, Way, conditions, finish, lstm_training_flops, our_sides, parser, take_turns

RIVALS, OURS = ("torch padded", "torch sorted", "torch packed"), ("ours", "ours bf16")


@dataclass(frozen=True)
class Batch:
    """Token ids of some reviews and their classes."""

    ids: list[torch.Tensor]
    targets: torch.Tensor

    @property
    def lengths(self) -> torch.Tensor:
        """Tokens of each, ``[B]`` int64."""
        return torch.tensor([len(ids) for ids in self.ids])


class Sentiment(nn.Module):
    """Embedding, LSTM and head around one way to run an LSTM on lists of ids."""

    def __init__(self, vocabulary: int, inputs: int, lstm: nn.LSTM | LSTM, last_state: LastState) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, inputs)
        self.lstm, self.last_state = lstm, last_state
        self.head = nn.Linear(lstm.hidden_size, 1)

    def step(self, batch: Batch) -> float:
        """Forward and backward over one batch; its loss."""
        self.zero_grad(set_to_none=True)
        logits = self.head(self.last_state(self, batch))[:, 0]
        loss = functional.binary_cross_entropy_with_logits(logits, batch.targets, reduction="sum")
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()


LastState = Callable[[Sentiment, Batch], torch.Tensor]


def padded(net: Sentiment, batch: Batch) -> torch.Tensor:
    """Torch's fused kernel over the batch padded to its longest; pads come after every word that is looked at."""
    grid = pad_sequence(batch.ids)
    hidden = net.lstm(net.embedding(grid))[0]
    last: torch.Tensor = hidden[batch.lengths - 1, torch.arange(len(batch.ids))]
    return last


def packed(net: Sentiment, batch: Batch) -> torch.Tensor:
    """Torch's own way for different lengths."""
    rows = pack_padded_sequence(net.embedding(pad_sequence(batch.ids)), batch.lengths, enforce_sorted=False)
    last: torch.Tensor = net.lstm(rows)[1][0][-1]
    return last


def ragged(net: Sentiment, batch: Batch) -> torch.Tensor:
    """Ours: one row a token."""
    offsets = functional.pad(batch.lengths.cumsum(0), (1, 0))
    last: torch.Tensor = net.lstm(net.embedding(torch.cat(batch.ids)), offsets=offsets)[1][0][-1]
    return last


def nets(vocabulary: int, inputs: int, hidden: int, options: argparse.Namespace) -> dict[str, Sentiment]:
    """Every side with the same weights."""
    torch.manual_seed(0)
    plain = Sentiment(vocabulary, inputs, nn.LSTM(inputs, hidden), padded)
    made = {"torch padded": plain, "torch sorted": plain}
    if options.packed_batches:
        made["torch packed"] = Sentiment(vocabulary, inputs, nn.LSTM(inputs, hidden), packed)
    for name, precision in our_sides(options).items():
        made[name] = Sentiment(vocabulary, inputs, LSTM(inputs, hidden, precision=precision), ragged)
    for net in made.values():
        net.load_state_dict(plain.state_dict())
    return made


def run_all(net: Sentiment, batches: list[Batch]) -> float:
    """One step a batch; the sum of the losses."""
    return sum(net.step(batch) for batch in batches)


def measure(recipe_name: str, batch_texts: int, options: argparse.Namespace) -> Figures:
    """One recipe: nanoseconds a token of every side, and the ratios."""
    reviews = reviews_of(recipe_name).first(options.texts)
    recipe, lengths = reviews.recipe, reviews.tokens.lengths
    print(f"{recipe_name}: {len(lengths)} reviews, {lengths.sum()} tokens, batches of {batch_texts}", flush=True)
    texts = [torch.from_numpy(reviews.tokens[n].astype(np.int64)) for n in range(len(lengths))]
    targets = torch.from_numpy(reviews.targets).float()

    def cut(order: np.ndarray) -> list[Batch]:
        parts = [order[start : start + batch_texts] for start in range(0, len(order), batch_texts)]
        return [Batch([texts[n] for n in part], targets[torch.from_numpy(part)]) for part in parts]

    random, by_length = cut(np.arange(len(lengths))), cut(np.argsort(lengths, kind="stable"))
    few = random[: options.packed_batches]
    sides = nets(reviews.vocabulary, recipe.embedding_size, recipe.hidden_size, options)
    work = {name: {"torch sorted": by_length, "torch packed": few}.get(name, random) for name in sides}
    measured = per_token(sides, work, options)
    tokens = int(lengths.sum())
    return {
        "recipe": recipe_name,
        "embedding_hidden": [recipe.embedding_size, recipe.hidden_size],
        "reviews": len(lengths),
        "tokens": tokens,
        "batch_texts": batch_texts,
        "filled_share": {"random": fill(random), "sorted": fill(by_length)},
        "packed_batches": len(few),
        "per_token": measured.table(unit="seconds a token"),
        "gigaflops_per_second": {
            name: lstm_training_flops(1, recipe.embedding_size, recipe.hidden_size) / min(own) / 1e9
            for name, own in measured.seconds.items()
        },
        "ratios": measured.ratios(RIVALS, OURS),
        "losses_of_two_batches": {name: run_all(net, random[:2]) for name, net in sides.items()},
    }


def fill(batches: list[Batch]) -> float:
    """Share of a padded grid that is tokens."""
    return sum(int(b.lengths.sum()) for b in batches) / sum(int(b.lengths.max()) * len(b.ids) for b in batches)


def per_token(sides: dict[str, Sentiment], work: dict[str, list[Batch]], options: argparse.Namespace) -> Measured:
    """Take turns, then divide every side's seconds by the tokens it read."""
    ways = [
        Way(name, threads, lambda net=net, name=name: run_all(net, work[name]))  # type: ignore[misc]
        for threads in options.threads
        for name, net in sides.items()
    ]
    for name, net in sides.items():
        if name != "torch packed":
            run_all(net, work[name][:1])
    measured = take_turns([way for way in ways if way.side != "torch packed"], options.rounds, warm_up=False)
    measured.add(take_turns([way for way in ways if way.side == "torch packed"], 1, warm_up=False))
    for way in ways:
        tokens = sum(int(batch.lengths.sum()) for batch in work[way.side])
        for kept in (measured.seconds, measured.rounds):
            kept[way.name] = [seconds / tokens for seconds in kept[way.name]]
    return measured


def main() -> None:
    """Configuration (b) with batches of 128, and the default recipe with its batches of 64."""
    own = parser(__doc__, rounds=3)
    own.add_argument("--texts", type=int, default=2048, help="reviews read a turn, and sorted together")
    own.add_argument("--packed-batches", type=int, default=1, help="batches that the packed side reads; 0 for none")
    own.add_argument("--recipe", nargs="+", default=["reproduce-b", "default"])
    options = own.parse_args()
    figures = conditions(options)
    sizes = {"reproduce-b": 128, "default": 64}
    figures["recipes"] = [measure(name, sizes[name], options) for name in options.recipe]
    finish("lstm_ragged_step", options, figures)


if __name__ == "__main__":
    main()
