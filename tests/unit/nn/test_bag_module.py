"""Hidden layers over pooled word vectors: gradients, options, and the whole network over ragged texts."""

from __future__ import annotations

import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.models.classifier import Classifier, Dropouts
from gatewise.nn.bag import HiddenLayers
from gatewise.store.config import NetworkConfig
from gatewise.store.networks import ACTIVATIONS

OFFSETS = torch.tensor([0, 3, 3, 4, 9])
IDS = torch.tensor([1, 2, 3, 4, 1, 1, 5, 0, 2])


@pytest.mark.parametrize("activation", ACTIVATIONS["mlp"])
@pytest.mark.parametrize("highway", [False, True])
def test_gradients_are_right_in_every_activation(activation: str, highway: bool) -> None:
    torch.manual_seed(0)
    module = HiddenLayers(4, 3, layers=3, activation=activation, highway=highway).double()
    for parameter in module.parameters():
        # Biases too: where all units below are at zero, only they keep a sum away from the corner of the ReLU.
        torch.nn.init.normal_(parameter)
    x = torch.randn(5, 4, dtype=torch.double, requires_grad=True)
    names, values = zip(*module.named_parameters(), strict=True)

    def outputs(x: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, dict(zip(names, parameters, strict=True)), x)

    assert torch.autograd.gradcheck(outputs, (x, *values), atol=1e-6)


@pytest.mark.parametrize(("network", "options"), [("perceptron", {}), ("mlp", {"layers": 2, "hidden_size": 3})])
def test_gradients_are_right_through_the_mean_of_ragged_texts_and_empty_ones(network: str, options: dict) -> None:
    config = NetworkConfig(6, 3, network, 4, pooling="mean", **options)
    model = Classifier(config, embedding_range=1.0).double()
    names, values = zip(*model.named_parameters(), strict=True)

    def logits(*parameters: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(model, dict(zip(names, parameters, strict=True)), (IDS, OFFSETS))

    assert torch.autograd.gradcheck(logits, values, atol=1e-6)


def test_the_order_of_the_words_makes_no_difference() -> None:
    model = Classifier(NetworkConfig(6, 2, "mlp", 4, 3, pooling="mean")).double()
    backwards = torch.cat([IDS[:3].flip(0), IDS[3:4], IDS[4:].flip(0)])
    torch.testing.assert_close(model(IDS, OFFSETS), model(backwards, OFFSETS), rtol=0, atol=1e-14)


def test_parameters_are_named_as_they_are_stored() -> None:
    for options in ({"layers": 1}, {"layers": 3}, {"layers": 3, "highway": True}):
        config = NetworkConfig(6, 2, "mlp", 4, 3, pooling="mean", **options)
        shapes = {name: tuple(value.shape) for name, value in Classifier(config).state_dict().items()}
        assert shapes == config.tensor_shapes()


def test_the_same_generator_draws_the_same_weights() -> None:
    one, same = (HiddenLayers(4, 3, layers=2, highway=True) for _ in range(2))
    for module in (one, same):
        module.reset_parameters(torch.Generator().manual_seed(1))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not one.layers[0].bias.any()


def test_a_shut_gate_hands_on_what_the_layer_below_gave() -> None:
    module = HiddenLayers(4, 3, layers=2, highway=True)
    torch.nn.init.zeros_(module.gates["1"].weight)
    torch.nn.init.constant_(module.gates["1"].bias, -50.0)
    x = torch.randn(5, 4)
    torch.testing.assert_close(module(x), torch.tanh(module.layers[0](x)))


def test_hidden_dropout_is_noise_between_layers_in_training_alone() -> None:
    config = NetworkConfig(6, 2, "mlp", 4, 50, layers=2, pooling="mean")
    model = Classifier(config, Dropouts(hidden=0.5), embedding_range=1.0)
    plain = Classifier(config, embedding_range=1.0)
    assert not torch.equal(model.train()(IDS, OFFSETS), plain.train()(IDS, OFFSETS))
    assert torch.equal(model.eval()(IDS, OFFSETS), plain.eval()(IDS, OFFSETS))


def test_an_unknown_activation_is_named() -> None:
    with pytest.raises(ParameterError, match="activation='threshold' is not one of linear, sigmoid"):
        HiddenLayers(4, 3, activation="threshold")
