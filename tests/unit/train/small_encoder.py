"""An encoder over the words of the small problem, as if language models had been trained."""

from __future__ import annotations

import numpy as np
from small import small_examples

from gatewise.store.encoder import EncoderConfig, StoredEncoder
from gatewise.text.tokenizer import WordTokenizer


def small_encoder(directions: str = "forward", *, layers: int = 1, seed: int = 0) -> StoredEncoder:
    """Random weights of 8-wide words and 8 units, different in every tensor."""
    tokenizer = WordTokenizer.train(small_examples().texts, max_words=100, min_count=1)
    config = EncoderConfig(
        tokenizer.vocabulary_size, embedding_size=8, hidden_size=8, layers=layers, directions=directions
    )
    random = np.random.default_rng(seed)
    tensors = {name: random.uniform(-0.3, 0.3, at).astype(np.float32) for name, at in config.tensor_shapes().items()}
    return StoredEncoder(config, tensors, tokenizer.to_json(), {"perplexity": 20.0})
