"""The quasi-recurrent layer without torch: what the torch module gives, whole and word by word."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gatewise.models.classifier import Classifier
from gatewise.runtime.network import Network
from gatewise.runtime.qrnn import qrnn_layer
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

TEXTS = Ragged.from_lists([[1, 2, 3, 1, 4], [], [5], [6, 6, 2], []])
SHAPE = {"vocabulary_size": 7, "classes": 3, "network": "qrnn", "embedding_size": 5, "hidden_size": 4}


def twins(dtype: torch.dtype = torch.double, **options: object) -> tuple[Classifier, Network]:
    config = NetworkConfig(**SHAPE, **options)
    module = Classifier(config, seed=1).to(dtype).eval()
    generator = torch.Generator().manual_seed(2)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    return module, Network(config, {name: tensor.detach().numpy() for name, tensor in module.state_dict().items()})


@pytest.mark.parametrize("pooling", ["f", "fo", "ifo"])
@pytest.mark.parametrize("window", [1, 2, 4])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"layers": 3, "qrnn_dense": True},
        {"layers": 2, "bidirectional": True, "qrnn_dense": True},
        {"layers": 3, "bidirectional": True, "highway": True},
    ],
)
def test_answers_are_the_torch_modules(pooling: str, window: int, options: dict[str, object]) -> None:
    module, network = twins(qrnn_pooling=pooling, qrnn_window=window, **options)
    wanted = module(torch.from_numpy(TEXTS.ids).long(), torch.from_numpy(TEXTS.offsets))
    # Products in another order, in doubles, of logits up to some tens.
    np.testing.assert_allclose(network.logits(TEXTS), wanted.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float, torch.double])
@pytest.mark.parametrize("pooling", ["f", "fo", "ifo"])
@pytest.mark.parametrize("window", [1, 2, 4])
def test_a_stream_is_the_batch(dtype: torch.dtype, pooling: str, window: int) -> None:
    _, network = twins(dtype, qrnn_pooling=pooling, qrnn_window=window, layers=2, qrnn_dense=True)
    for text in (TEXTS[0], TEXTS[3]):
        hidden, _ = network.encoder.read(Ragged.from_lists([text.tolist()]))
        states = network.encoder.start()
        for word, row in zip(text.tolist(), hidden, strict=True):
            np.testing.assert_allclose(network.encoder.push(states, word)[0], row, rtol=0, atol=1e-6)


def test_a_text_alone_is_the_text_in_company() -> None:
    _, network = twins(torch.float, layers=2, bidirectional=True)
    together = network.logits(TEXTS)
    for number, text in enumerate(TEXTS[b].tolist() for b in range(len(TEXTS))):
        np.testing.assert_allclose(network.logits(Ragged.from_lists([text]))[0], together[number], rtol=0, atol=1e-5)


def test_what_a_word_gives_does_not_depend_on_its_neighbours() -> None:
    random = np.random.default_rng(0)
    layer = qrnn_layer([(random.normal(size=(6, 10)), np.zeros(6))], window=2, pooling="fo")
    rows = random.normal(size=(3, 5))
    np.testing.assert_allclose(layer.project(rows[1:2]).table, layer.project(rows).table[1:2], rtol=1e-12, atol=1e-12)
