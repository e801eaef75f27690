"""The torch network and the NumPy one that predicts: the same weights give the same logits."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from gatewise.models.classifier import Classifier, Dropouts
from gatewise.nn.pooling import pool
from gatewise.runtime.network import Network
from gatewise.store.config import POOLINGS, NetworkConfig
from gatewise.text.ragged import Ragged


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(("bidirectional", "layers", "classes", "bias"), [(False, 1, 2, False), (True, 2, 4, True)])
def test_torch_and_numpy_agree(network, pooling, bidirectional, layers, classes, bias):
    config = NetworkConfig(
        40, classes, network, 6, 5, layers=layers, bidirectional=bidirectional, pooling=pooling, recurrent_bias=bias
    )
    model = Classifier(config, seed=3).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    rng = np.random.default_rng(0)
    batch = Ragged.from_lists([rng.integers(0, 40, length) for length in (1, 0, 30, 7, 30, 2)])
    with torch.no_grad():
        expected = model(torch.from_numpy(batch.ids.astype(np.int64)), torch.from_numpy(batch.offsets)).numpy()
    logits = Network(config, model.to_arrays()).logits(batch)
    # The promise of the package is 1e-5 on probabilities; logits of order one in float32 must meet it too.
    np.testing.assert_allclose(logits, expected, rtol=0, atol=1e-5)


def test_seed_decides_the_weights():
    config = NetworkConfig(20, 2, embedding_size=4, hidden_size=3)
    one, same, other = (Classifier(config, seed=seed).to_arrays() for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not np.array_equal(one["encoder.weight_hh_l0"], other["encoder.weight_hh_l0"])


def test_dropouts_act_in_training_only():
    config = NetworkConfig(20, 2, embedding_size=8, hidden_size=8)
    network = Classifier(config, Dropouts(0.3, 0.3, 0.3, 0.3, 0.3, 0.3), seed=0)
    ids, offsets = torch.arange(20), torch.tensor([0, 12, 20])
    noisy = [network(ids, offsets) for _ in range(2)]
    assert not torch.equal(*noisy)
    network.eval()
    assert torch.equal(network(ids, offsets), network(ids, offsets))


def test_pooling_of_a_batch_of_empty_texts_is_zero():
    pooled = pool(torch.zeros(0, 3), torch.zeros(2, 3), torch.tensor([0, 0, 0]), "last+max+mean")
    assert pooled.shape == (2, 9)
    assert not pooled.any()


def test_pooling_takes_maximum_and_mean_of_each_text():
    hidden = torch.tensor([[1.0], [5.0], [-2.0]])
    pooled = pool(hidden, torch.tensor([[5.0], [0.0], [-2.0]]), torch.tensor([0, 2, 2, 3]), "last+max+mean")
    assert pooled.tolist() == [[5.0, 5.0, 3.0], [0.0, 0.0, 0.0], [-2.0, -2.0, -2.0]]


@pytest.mark.parametrize(("network", "total"), [("lstm", 8.541465), ("gru", -19.056320), ("rnn", -12.900214)])
def test_a_seed_gives_the_initial_weights_it_always_gave(network, total):
    config = NetworkConfig(20, 2, network, embedding_size=8, hidden_size=6, layers=2, bidirectional=True)
    arrays = Classifier(config, seed=5).to_arrays().values()
    # Noted before there was a native core. LAPACK makes the orthogonal matrices and may round otherwise elsewhere.
    assert sum(float(array.astype(np.float64).sum()) for array in arrays) == pytest.approx(total, abs=1e-4)


def test_evaluation_is_in_full_precision():
    config = NetworkConfig(20, 2, embedding_size=8, hidden_size=6)
    network = Classifier(config, precision="bf16")
    assert network.encoder.precision == "bf16"
    assert network.eval().encoder.precision == "fp32"
    assert network.train().encoder.precision == "bf16"


def test_a_copy_shares_its_noise_with_its_own_encoder():
    network = copy.deepcopy(Classifier(NetworkConfig(20, 2, embedding_size=8, hidden_size=6)))
    assert network.encoder.noise is network.noise
