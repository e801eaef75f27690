"""A small encoder whose every file depends on a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatewise.store.encoder import EncoderConfig, StoredEncoder
from gatewise.text.tokenizer import WordTokenizer

WORDS = ["<unk>", ".", ",", "the", "film", "is", "n't", "good", "bad", '"', "clouds", "sky"]


def make_encoder(seed: int = 0, **shape: Any) -> StoredEncoder:
    """Random weights, large enough that the readers have opinions; `WORDS` are the vocabulary."""
    config = EncoderConfig(len(WORDS), **{"embedding_size": 4, "hidden_size": 6, **shape})
    random = np.random.default_rng(seed)
    tensors = {name: random.normal(size=at).astype(np.float32) for name, at in config.tensor_shapes().items()}
    metrics = {"seed": seed, "held_out": {reader: {"perplexity": 61.25} for reader in config.readers}}
    return StoredEncoder(config, tensors, WordTokenizer(WORDS).to_json(), metrics)
