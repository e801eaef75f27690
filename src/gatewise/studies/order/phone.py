"""R1 "This phone is very fast" against R2 "This very is phone fast": who can tell them apart at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from gatewise.studies.order.nets import BAG, LSTM, MLP, NETWORKS, NGRAMS, RNN
from gatewise.studies.order.reviews import load_packaged

R1, R2 = "This phone is very fast", "This very is phone fast"
# Sums of a few float32 numbers in another order differ by less.
_ROUNDING = 1e-5


def measure_phone(seed: int) -> list[dict[str, Any]]:
    """Logits of R1 and R2: by networks with random weights, so that only their form counts, and by trained models."""
    found = [{"name": name, "weights": "random", **_random(name, seed)} for name in (BAG, MLP, RNN, LSTM)]
    predictor, rival = load_packaged()
    lstm = predictor.network_logits([R1, R2])[:, 0].tolist()
    ngrams = rival.logits(predictor.tokenizer.words_batch([R1, R2])).tolist()
    trained = [
        {"name": f"{NGRAMS}, packaged", "weights": "trained", "r1": ngrams[0], "r2": ngrams[1]},
        {"name": "lstm, packaged", "weights": "trained", "r1": lstm[0], "r2": lstm[1]},
    ]
    return [{**one, "can_tell": abs(one["r1"] - one["r2"]) > _ROUNDING} for one in [*found, *trained]]


@torch.no_grad()
def _random(name: str, seed: int) -> dict[str, float]:
    words = sorted(set(R1.lower().split()))
    make, generator = NETWORKS[name], torch.Generator().manual_seed(seed)
    assert make is not None
    network = make(len(words), generator)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.5, generator=generator)
    ids = [[words.index(word) for word in text.lower().split()] for text in (R1, R2)]
    logits = network(torch.tensor(np.concatenate(ids)), torch.tensor([0, len(ids[0]), len(ids[0]) + len(ids[1])]))
    return {"r1": float(logits[0]), "r2": float(logits[1])}
