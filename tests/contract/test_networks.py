"""What every network keeps: torch and NumPy agree, gradients are right, neighbours do not matter, streams match."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.network_cases import CASES, CAUSAL, arrays, classifier, config_of, read, texts
from gatewise.models.classifier import Classifier
from gatewise.runtime.network import Network
from gatewise.runtime.stream import Stream
from gatewise.store.networks import NETWORKS
from gatewise.text.ragged import Ragged

# Two programs that sum in float64 in another order.
EXACT = 1e-11
# The promise of the package in float32: alone, in company, and word by word.
SAME = 1e-6


def test_every_network_is_here():
    assert {options.get("network", "lstm") for options in CASES.values()} == set(NETWORKS)


@pytest.mark.parametrize("name", CASES)
def test_its_tensors_are_those_the_configuration_names(name):
    network = Classifier(config_of(CASES[name]))
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    assert shapes == network.config.tensor_shapes()


@pytest.mark.parametrize("name", CASES)
def test_torch_and_numpy_give_the_same_logits(name):
    network, batch = classifier(CASES[name]), texts([4, 0, 1, 9, 4, 30])
    with torch.no_grad():
        expected = read(network, batch).numpy()
    np.testing.assert_allclose(Network(network.config, arrays(network)).logits(batch), expected, rtol=EXACT, atol=EXACT)


@pytest.mark.parametrize("name", CASES)
def test_gradients_equal_differences(name):
    network, batch = classifier(CASES[name]), texts([3, 0, 1, 5])
    # Through the random layers of an echo state network nothing is learnt: only its head is.
    start = "head." if network.config.network == "echo_state" else ""
    trained = {key: value for key, value in network.named_parameters() if key.startswith(start)}
    weight = torch.randn(4, network.config.outputs, dtype=torch.float64)

    def loss() -> torch.Tensor:
        return (read(network, batch) * weight).sum()

    network.zero_grad()
    loss().backward()
    random = np.random.default_rng(0)
    for key, parameter in trained.items():
        got = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        for place in random.choice(parameter.numel(), min(6, parameter.numel()), replace=False):
            assert got.view(-1)[place].item() == pytest.approx(_slope(loss, parameter, int(place)), abs=1e-6), key


@torch.no_grad()
def _slope(loss, parameter: torch.Tensor, place: int, step: float = 1e-5) -> float:
    """Central difference: of the order of step^2 = 1e-10 off, and rounding 1e-16 / step = 1e-11."""
    values, was = parameter.view(-1), float(parameter.view(-1)[place])
    ends = []
    for value in (was + step, was - step):
        values[place] = value
        ends.append(loss().item())
    values[place] = was
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("name", CASES)
@given(lengths=st.lists(st.integers(0, 40), min_size=1, max_size=8), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_neighbours_and_order_do_not_matter(name, lengths, seed):
    network, batch = classifier(CASES[name]), texts(lengths, seed)
    net = Network(network.config, arrays(network, np.float32))
    together = net.logits(batch)
    order = np.random.default_rng(seed).permutation(len(batch))
    np.testing.assert_allclose(net.logits(batch.select(order)), together[order], atol=SAME)
    for b in range(len(batch)):
        np.testing.assert_allclose(net.logits(batch.select([b]))[0], together[b], atol=SAME)


@pytest.mark.parametrize("name", CAUSAL)
def test_the_stream_gives_the_batchs_logits_after_every_word(name):
    network, ids = classifier(CAUSAL[name]), texts([60])[0]
    net = Network(network.config, arrays(network, np.float32))
    stream = Stream(net)
    streamed = np.stack([stream.push(int(word)) for word in ids])
    prefixes = Ragged.from_lists([ids[:end] for end in range(1, len(ids) + 1)])
    np.testing.assert_allclose(streamed, net.logits(prefixes), atol=SAME)


@pytest.mark.parametrize("name", CASES)
def test_an_empty_batch_and_empty_texts_are_read(name):
    network = classifier(CASES[name])
    net = Network(network.config, arrays(network))
    assert net.logits(texts([])).shape == (0, network.config.outputs)
    with torch.no_grad():
        np.testing.assert_allclose(net.logits(texts([0, 0])), read(network, texts([0, 0])).numpy(), atol=EXACT)


@pytest.mark.parametrize("name", CASES)
def test_a_seed_decides_the_weights(name):
    one, same, other = (Classifier(config_of(CASES[name]), seed=seed).to_arrays() for seed in (1, 1, 2))
    assert all(np.array_equal(one[key], same[key]) for key in one)
    between = [key for key in one if not key.startswith(("head", "embedding"))]
    drawn = [key for key in between if not any(part in key for part in ("bias", "peep", "steps"))]
    assert all(not np.array_equal(one[key], other[key]) for key in drawn)
