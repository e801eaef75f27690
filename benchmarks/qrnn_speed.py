"""A quasi-recurrent layer beside LSTMs of the same width: a training step, and prediction.

A training step goes forward from rows of word vectors and back from given gradients of the hidden states to all
gradients, that of the rows included. Prediction goes from word ids to hidden states, without torch on our sides.
Torch's LSTM reads a batch padded to its longest text, or packed (far slower, so once and for one width alone); ours and
the QRNN read each text for its own length. Figures are seconds a token of the texts themselves: of the processor, not
of the clock, because one thread does all the work and a shared machine may take it away at any moment.

Batches: reviews of IMDB as they come, cut to 400 words; texts of equal length, where padding costs torch nothing; and
few long texts, where an LSTM has the least to do at a time.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from gatewise.nn import LSTM, QRNN
from gatewise.runtime.encoder import Encoder
from gatewise.runtime.network import Network
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged
from reviews import reviews_of
from sidebyside import TURN_SECONDS, Figures, Measured, conditions, finish, keep_memory, parser, use_threads

RIVALS = ("torch packed", "torch padded", "our LSTM")
WINDOWS = (1, 2)
BATCHES = ("32 reviews", "32 texts of 256 words", "4 texts of 512 words")
PACKED = ("32 reviews", 128)


@dataclass(frozen=True)
class Words:
    """A batch of texts: ragged for us, padded for torch."""

    name: str
    texts: Ragged
    vocabulary: int

    @property
    def tokens(self) -> int:
        """Of all texts."""
        return len(self.texts.ids)

    @property
    def padded(self) -> torch.Tensor:
        """``[T, B]`` ids, zeros behind each text."""
        grid = torch.zeros(int(self.texts.lengths.max()), len(self.texts), dtype=torch.int64)
        for b in range(len(self.texts)):
            grid[: self.texts.lengths[b], b] = torch.from_numpy(self.texts[b].astype(np.int64))
        return grid


def batches(names: list[str]) -> list[Words]:
    """The batches of those names."""
    reviews = reviews_of("default")
    ids = reviews.tokens.ids
    texts = {
        "32 reviews": reviews.first(32).tokens,
        "32 texts of 256 words": Ragged(ids[: 32 * 256], np.arange(33, dtype=np.int64) * 256),
        "4 texts of 512 words": Ragged(ids[: 4 * 512], np.arange(5, dtype=np.int64) * 512),
    }
    return [Words(name, texts[name], reviews.vocabulary) for name in names]


class Step:
    """A layer, the rows it reads, and the gradient its hidden states are given."""

    def __init__(self, layer: nn.Module, shape: tuple[int, ...], read: Callable[[torch.Tensor], torch.Tensor]) -> None:
        generator = torch.Generator().manual_seed(0)
        self.layer, self.read = layer, read
        self.x = torch.randn(shape, generator=generator).requires_grad_()
        with torch.no_grad():
            hidden = read(self.x)
        self.given = torch.randn(hidden.shape, generator=generator) / 100

    def __call__(self) -> None:
        """Forward and backward; gradients are new, not added to old ones."""
        self.layer.zero_grad(set_to_none=True)
        self.x.grad = None
        self.read(self.x).backward(self.given)  # type: ignore[no-untyped-call]


def training(words: Words, inputs: int, hidden: int) -> dict[str, Step]:
    """Every side's training step."""
    offsets, lengths = torch.from_numpy(words.texts.offsets), torch.from_numpy(words.texts.lengths)
    rows, grid = (words.tokens, inputs), (*words.padded.shape, inputs)
    rival, ours = nn.LSTM(inputs, hidden), LSTM(inputs, hidden)

    def packed(x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = rival(pack_padded_sequence(x, lengths, enforce_sorted=False))[0].data
        return result

    steps = {
        "torch padded": Step(rival, grid, lambda x: rival(x)[0]),
        "our LSTM": Step(ours, rows, lambda x: ours(x, offsets=offsets)[0]),
    }
    for window in WINDOWS:
        layer = QRNN(inputs, hidden, window=window)
        steps[qrnn_name(window)] = Step(layer, rows, lambda x, layer=layer: layer(x, offsets)[0])  # type: ignore[misc]
    if (words.name, hidden) == PACKED:
        steps["torch packed"] = Step(rival, grid, packed)
    return steps


def qrnn_name(window: int) -> str:
    """How the results call a QRNN."""
    return f"QRNN, window {window}"


def prediction(words: Words, inputs: int, hidden: int) -> dict[str, Callable[[], object]]:
    """Every side's way from word ids to hidden states."""
    embedding, rival, grid = nn.Embedding(words.vocabulary, inputs), nn.LSTM(inputs, hidden), words.padded

    def torch_padded() -> torch.Tensor:
        with torch.inference_mode():
            result: torch.Tensor = rival(embedding(grid))[0]
        return result

    ways: dict[str, Callable[[], object]] = {"torch padded": torch_padded}
    ours = {"our LSTM": {"network": "lstm"}}
    ours |= {qrnn_name(window): {"network": "qrnn", "qrnn_window": window} for window in WINDOWS}  # type: ignore[dict-item]
    for name, options in ours.items():
        encoder = encoder_of(NetworkConfig(words.vocabulary, 2, embedding_size=inputs, hidden_size=hidden, **options))  # type: ignore[arg-type]
        ways[name] = lambda encoder=encoder: encoder.read(words.texts)  # type: ignore[misc]
    return ways


def encoder_of(config: NetworkConfig) -> Encoder:
    """What reads words with random weights."""
    random = np.random.default_rng(0)
    shapes = config.tensor_shapes().items()
    return Network(config, {name: random.normal(size=shape).astype(np.float32) / 10 for name, shape in shapes}).encoder


def take_turns(ways: dict[str, Callable[[], object]], rounds: int) -> Measured:
    """Run every way in turn, each long enough to be timed; seconds of the processor."""
    repeats = {name: math.ceil(TURN_SECONDS / min(_seconds(run), _seconds(run))) for name, run in ways.items()}
    found = Measured({name: name for name in ways}, {name: [] for name in ways}, {name: [] for name in ways})
    for _ in range(rounds):
        for name, run in ways.items():
            # The first step after a change of sides finds cold caches.
            own = [_seconds(run) for _ in range(repeats[name] + 1)][1:]
            found.seconds[name] += own
            found.rounds[name].append(statistics.median(own))
    return found


def _seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def measured(words: Words, ways: dict[str, Callable[[], object]], rounds: int) -> Figures:
    """Seconds a token of every side, and how many times as long as the QRNNs the others take."""
    slow = ways.pop("torch packed", None)
    found = take_turns(ways, rounds)
    if slow is not None:
        once = [_seconds(slow)]
        found.add(Measured({"torch packed": "torch packed"}, {"torch packed": once}, {"torch packed": once}))
    for name, own in found.seconds.items():
        print(f"  {name:16} {1e6 * statistics.median(own) / words.tokens:9.3f} microseconds a token", flush=True)
    return {
        "per_token": found.table(steps_of=words.tokens, unit="processor seconds a token"),
        "ratios": found.ratios(RIVALS, [qrnn_name(window) for window in WINDOWS]),
    }


def products(inputs: int, hidden: int) -> dict[str, int]:
    """Multiplications a token of a layer's matrices: what no way of computing can save."""
    lstm = 4 * hidden * (inputs + hidden)
    return {"LSTM": lstm} | {qrnn_name(window): 3 * hidden * window * inputs for window in WINDOWS}


def measure(words: Words, hidden: int, options: argparse.Namespace) -> Figures:
    """One batch and one width."""
    inputs, lengths = options.inputs, words.texts.lengths
    print(f"{words.name}, E = {inputs}, H = {hidden}", flush=True)
    return {
        "batch": words.name,
        "texts": len(lengths),
        "tokens": words.tokens,
        "filled_share": words.tokens / int(lengths.max() * len(lengths)),
        "embedding_hidden": [inputs, hidden],
        "products_a_token": products(inputs, hidden),
        "training": measured(words, {**training(words, inputs, hidden)}, options.rounds),
        "prediction": measured(words, prediction(words, inputs, hidden), options.rounds),
    }


def main() -> None:
    """Every batch with every width; both sides keep freed memory, as in `gatewise train`."""
    own = parser(__doc__, rounds=5)
    own.add_argument("--hidden", type=int, nargs="+", default=[64, 128, 256, 512], help="widths H")
    own.add_argument("--inputs", type=int, default=128, help="width E of the word vectors")
    own.add_argument("--batch", nargs="+", choices=BATCHES, default=list(BATCHES))
    options = own.parse_args()
    options.threads = [1]
    use_threads(1)
    figures = conditions(options)
    figures["freed_memory_kept"] = keep_memory()
    figures["cases"] = [
        measure(words, hidden, options) for words in batches(options.batch) for hidden in options.hidden
    ]
    finish("qrnn_speed", options, figures)


if __name__ == "__main__":
    main()
