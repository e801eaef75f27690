"""Where fine-tuning begins: the classifier's layers say of a text what the language model's own reader says of it."""

from __future__ import annotations

import numpy as np
import pytest
from small import small_examples
from small_encoder import small_encoder
from test_finetune import FINE

from gatewise.runtime.network import Network
from gatewise.runtime.reader import Reader
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.train.fit import fit


@pytest.mark.parametrize("reads", ["forward", "backward"])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_final_state_is_that_of_the_language_model(reads, layers):
    encoder = small_encoder("both", layers=layers)
    still = FINE.with_options(
        transfer_rate=0.0, ema=0.0, embedding_bits=32, epochs=1, pooling="last", softmax=True, reads=reads
    )
    model = fit(small_examples(60), still, source=encoder, rival=False)
    # A head that shows the first two numbers of the state.
    shown = {**model.tensors, "head.weight": np.eye(2, 8, dtype="f4"), "head.bias": np.zeros(2, "f4")}
    batch = tokenizer_from_json(encoder.tokenizer).encode_batch(["a good film", "the plot was dull and some scene"])
    found = Network(model.config.network, shown).logits(batch)
    reader = Reader(encoder.config, encoder.tensors, reads)
    for row, ids in zip(found, batch.reversed() if reads == "backward" else batch, strict=True):
        states = reader.start()
        for word in ids:
            hidden = reader.push(states, int(word))
        # The classifier multiplies words with weights beforehand, the reader as they come: float32 rounds otherwise.
        np.testing.assert_allclose(row, hidden[0, :2], atol=1e-6)
