"""Reviews a second, and the latency of one review: our classifier beside ONNX Runtime and torch, fp32.

LSTM-128 and BiLSTM-128 of the default recipe's shape with random weights, on IMDB train reviews of their own lengths
in random order. All begin with token ids; sorting, padding and putting back in order are in the timing. Every side is
tried with several sizes of batch and numbers of threads; the best of each counts. Needs onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from classifier_rivals import Logits, OnnxClassifier, TorchClassifier, random_tensors
from gatewise.runtime.network import Network
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged
from reviews import Reviews, reviews_of
from sidebyside import Figures, Way, conditions, finish, parser, take_turns

RIVALS, OURS = ("onnxruntime", "torch"), ("ours",)
LATENCY_TOKENS = 250


Answer = Callable[[Ragged, int], Logits]


class Sides:
    """All classifiers with the same weights."""

    def __init__(self, config: NetworkConfig, options: argparse.Namespace) -> None:
        tensors = random_tensors(config)
        self.torch = TorchClassifier(config, tensors)
        self.onnx = {threads: OnnxClassifier(config, tensors, threads) for threads in options.threads}
        self.ours = None if options.rivals_only else our_network(config, tensors)

    def ways(self, tokens: Ragged, batches: list[int], our_batches: list[int], threads: int) -> list[Way]:
        """Every side with every size of batch."""
        tried: dict[str, tuple[Answer, list[int]]] = {
            "onnxruntime": (self.onnx[threads].logits, batches),
            "torch": (self.torch.logits, batches),
        }
        if self.ours is not None:
            tried["ours"] = (partial(our_logits, self.ours), our_batches)
        return [
            Way(side, threads, partial(answer, tokens, size), f"batches of {size}")
            for side, (answer, sizes) in tried.items()
            for size in sizes
        ]


def our_network(config: NetworkConfig, tensors: dict[str, np.ndarray]) -> Network:
    """Our side as the runtime loads it."""
    return Network(config, tensors)


def our_logits(network: Network, tokens: Ragged, batch_texts: int) -> Logits:
    """Ours in batches as they come: it sorts by itself."""
    ends = range(0, len(tokens), batch_texts)
    parts = [tokens.select(range(start, min(start + batch_texts, len(tokens)))) for start in ends]
    return np.concatenate([network.logits(part) for part in parts])


def differences(sides: Sides, tokens: Ragged) -> Figures:
    """Largest difference of a logit from torch's, batches of 16."""
    truth = sides.torch.logits(tokens, 16)
    answers = {"onnxruntime": next(iter(sides.onnx.values())).logits(tokens, 16)}
    if sides.ours:
        answers["ours"] = our_logits(sides.ours, tokens, len(tokens))
    return {name: float(np.abs(answer - truth).max()) for name, answer in answers.items()}


def measure(reviews: Reviews, options: argparse.Namespace, *, bidirectional: bool) -> Figures:
    """One classifier: seconds a review, then milliseconds for one review, and the ratios."""
    recipe = reviews.recipe
    config = NetworkConfig(
        reviews.vocabulary,
        2,
        embedding_size=recipe.embedding_size,
        hidden_size=recipe.hidden_size,
        bidirectional=bidirectional,
        pooling=options.pooling,
    )
    sides = Sides(config, options)
    tokens = reviews.tokens
    one = Ragged(tokens.ids[:LATENCY_TOKENS], np.array([0, LATENCY_TOKENS]))
    print(f"{'BiLSTM' if bidirectional else 'LSTM'}-{recipe.hidden_size}: {len(tokens)} reviews", flush=True)
    many = [
        way for threads in options.threads for way in sides.ways(tokens, options.batches, options.our_batches, threads)
    ]
    rate = take_turns(many, options.rounds)
    print(f"one review of {LATENCY_TOKENS} tokens", flush=True)
    single = [way for threads in options.threads for way in sides.ways(one, [1], [1], threads)]
    latency = take_turns(single, 5 * options.rounds)
    return {
        "bidirectional": bidirectional,
        "embedding_hidden": [recipe.embedding_size, recipe.hidden_size],
        "pooling": config.pooling,
        "reviews": len(tokens),
        "tokens": len(tokens.ids),
        "per_review": rate.table(steps_of=len(tokens), unit="seconds a review"),
        "reviews_per_second_at_best": {
            side: len(tokens) / float(np.median(rate.seconds[rate.best(side)]))
            for side in sorted({w.side for w in many})
        },
        "ratios": rate.ratios(RIVALS, OURS),
        "one_review": latency.table(),
        "ratios_of_one_review": latency.ratios(RIVALS, OURS),
        "largest_difference_of_logits_from_torch": differences(sides, tokens.select(range(64))),
    }


def main() -> None:
    """Both classifiers."""
    own = parser(__doc__, rounds=3)
    own.add_argument("--reviews", type=int, default=1000)
    own.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 64, 128], help="sizes tried for the rivals")
    own.add_argument("--our-batches", type=int, nargs="+", default=[64, 256, 1000], help="sizes tried for ours")
    own.add_argument("--pooling", default="last+max+mean", help="as in a model's config; the recipe's unless given")
    own.add_argument("--direction", nargs="+", choices=("one", "both"), default=["one", "both"])
    options = own.parse_args()
    figures = conditions(options)
    reviews = reviews_of("default").first(options.reviews)
    for direction in options.direction:
        bidirectional = direction == "both"
        name = "bilstm" if bidirectional else "lstm"
        figures[name] = measure(reviews, options, bidirectional=bidirectional)
    finish("predict_rate", options, figures)


if __name__ == "__main__":
    main()
