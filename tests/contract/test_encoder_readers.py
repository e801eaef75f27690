"""A language model says the same trained by torch and stored as an encoder, forwards and backwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gatewise.models.language_model import LanguageModel as TorchModel
from gatewise.models.language_model import LanguageModelConfig, read_streams
from gatewise.runtime.reader import Reader
from gatewise.store.encoder import EncoderConfig, StoredEncoder, read_encoder, write_encoder
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer

V, E, H = 30, 8, 16
TEXTS = [[3, 4, 5, 6, 7, 1, 2, 29, 28], [3, 10], [8], [], [4, 4, 4, 0, 11, 12]]
# float32 sums of 8 and 16 products in another order.
CLOSE = 1e-5


def turned(text: list[int], name: str) -> list[int]:
    return text[::-1] if name == "backward" else text


@pytest.mark.parametrize("layers", [1, 2])
def test_torch_and_the_stored_encoder_have_the_same_perplexity(layers: int, tmp_path: Path) -> None:
    config = EncoderConfig(V, E, H, layers, "both")
    shape = LanguageModelConfig(V, E, H, layers, is_tied=True)
    models = {name: TorchModel(shape, seed=seed) for seed, name in enumerate(config.readers)}
    tensors = {f"{name}.{key}": a for name, model in models.items() for key, a in model.to_arrays().items()}
    assert {name: array.shape for name, array in tensors.items()} == config.tensor_shapes()
    words = ["<unk>", *(f"w{number}" for number in range(1, V))]
    write_encoder(tmp_path, StoredEncoder(config, tensors, WordTokenizer(words).to_json()), "card")
    stored = read_encoder(tmp_path)

    told = sum(max(0, len(text) - 1) for text in TEXTS)
    for name, model in models.items():
        batch = Ragged.from_lists([turned(text, name) for text in TEXTS])
        wanted = model.perplexity(read_streams(batch.ids, batch.offsets, streams=2, steps=4))
        found = Reader(stored.config, stored.tensors, name).log_likelihood(Ragged.from_lists(TEXTS))
        assert np.exp(-found / told) == pytest.approx(wanted, rel=CLOSE)
