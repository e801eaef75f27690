"""Networks that read backwards, and two that are averaged: the order of words, the bits, and what they cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gatewise.errors import ModelError, ParameterError
from gatewise.models.classifier import Classifier
from gatewise.runtime.network import Network
from gatewise.runtime.stream import Stream
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.text.ragged import Ragged

BOTH = NetworkConfig(30, 2, embedding_size=5, hidden_size=6, reads="both")


def tensors(config: NetworkConfig, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {name: random.normal(0, 0.5, shape).astype("f4") for name, shape in config.tensor_shapes().items()}


def batch(seed: int = 0) -> Ragged:
    random = np.random.default_rng(seed)
    return Ragged.from_lists([random.integers(0, 30, length) for length in (4, 0, 1, 40, 7)])


def halves(given: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """The tensors of the forward network, and of the backward one."""
    back = {name.removeprefix("backward."): array for name, array in given.items() if name.startswith("backward.")}
    return [{name: given[name] for name in back}, back]


def test_to_read_backwards_is_to_read_the_mirrored_text():
    given = tensors(replace(BOTH, reads="forward"))
    forward, backward = (Network(replace(BOTH, reads=reads), given) for reads in ("forward", "backward"))
    np.testing.assert_array_equal(backward.logits(batch()), forward.logits(batch().reversed()))
    assert not np.allclose(backward.logits(batch()), forward.logits(batch()))


def test_two_readers_give_the_mean_of_what_each_gives_alone():
    given = tensors(BOTH)
    one, other = (
        Network(single, half).logits(batch()) for single, half in zip(BOTH.single, halves(given), strict=True)
    )
    np.testing.assert_array_equal(Network(BOTH, given).logits(batch()), (one + other) / 2)
    # No weight is shared: with the backward half of another network only that half's answer is another.
    mixed = {**given, **{name: array for name, array in tensors(BOTH, 1).items() if name.startswith("backward.")}}
    changed = Network(BOTH, mixed).logits(batch())
    np.testing.assert_allclose(2 * changed - one, Network(BOTH.single[1], halves(mixed)[1]).logits(batch()), atol=1e-12)


@pytest.mark.parametrize("reads", ["backward", "both"])
def test_a_texts_logits_are_the_same_alone(reads):
    config = replace(BOTH, reads=reads)
    network, texts = Network(config, tensors(config)), batch()
    together = network.logits(texts)
    for b in range(len(texts)):
        np.testing.assert_allclose(network.logits(texts.select([b]))[0], together[b], atol=1e-6)


def test_opinions_are_those_of_each_reader():
    network, texts = Classifier(BOTH, seed=3).eval(), batch()
    ids, offsets = torch.from_numpy(texts.ids.astype(np.int64)), torch.from_numpy(texts.offsets)
    with torch.no_grad():
        one, other = network.opinions(ids, offsets)
        assert torch.equal(network(ids, offsets), torch.stack([one, other]).mean(0))
        mirrored = texts.reversed()
        alone = Classifier(replace(BOTH, reads="forward")).eval()
        alone.load_state_dict(network.backward.state_dict())
        assert torch.equal(other, alone(torch.from_numpy(mirrored.ids.astype(np.int64)), offsets))


def test_the_two_begin_with_different_weights():
    network = Classifier(BOTH, seed=3)
    for name, own in network.backward.state_dict().items():
        if "bias" not in name:
            assert not torch.equal(own, network.state_dict()[name]), name


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"reads": "backward"}, "reads backwards"),
        ({"reads": "both"}, "backward reader"),
        ({"bidirectional": True}, "bidi"),
    ],
    ids=str,
)
def test_a_stream_is_refused_with_the_reason(options, why):
    config = NetworkConfig(30, 2, embedding_size=5, hidden_size=6, **options)
    assert not config.is_causal
    with pytest.raises(ModelError, match=f"{why}.* cannot stream") as refused:
        Stream(Network(config, tensors(config)))
    assert "train with" in refused.value.hint


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"reads": "sideways"}, "reads='sideways' is not one of forward, backward, both"),
        ({"reads": "both", "bidirectional": True}, "every layer reads both ways already"),
        ({"reads": "backward", "network": "mlp", "pooling": "mean"}, "is not there for network='mlp'"),
        ({"reads": "both", "network": "echo_state"}, "is not there for network='echo_state'"),
        ({"reads": None}, "reads=None is not one of"),
    ],
    ids=str,
)
def test_impossible_readers_are_refused(options, told):
    with pytest.raises(ParameterError, match=told):
        NetworkConfig(30, 2, **options)


def test_a_folder_keeps_both_readers_and_halves_both_embeddings(tmp_path):
    weights = tensors(BOTH)
    for name in ("embedding.weight", "backward.embedding.weight"):
        weights[name] = weights[name].astype("f2").astype("f4")
    stored = StoredModel(ModelConfig(BOTH, TextConfig(), ("a", "b")), weights, "{}")
    for name, bits in (("half", 16), ("whole", 32)):
        write_model(tmp_path / name, stored, "", embedding_bits=bits)
        found = read_model(tmp_path / name)
        assert found.config.network == BOTH
        for key, array in weights.items():
            np.testing.assert_array_equal(found.tensors[key], array, err_msg=key)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "half")]
    # Two embeddings of 30 words and 5 numbers, two bytes less a number; the header says F16 for F32, as long.
    assert sizes[0] - sizes[1] == pytest.approx(2 * 30 * 5 * 2, abs=16)


def test_a_configuration_written_before_there_were_readers_is_read():
    content = ModelConfig(replace(BOTH, reads="forward"), TextConfig(), ("a", "b")).to_json()
    del content["network"]["reads"]
    assert ModelConfig.from_json(content).network.reads == "forward"
