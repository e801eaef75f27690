"""Model folders with a head for ordered classes: what is stored comes back, old folders load, labels must rise."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from small_models import make_model

from gatewise.errors import ModelError, ParameterError
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import read_model, write_model
from gatewise.store.networks import describe
from gatewise.store.order import in_order, label_values


def config(labels, **network):
    return ModelConfig(NetworkConfig(7, len(labels), ordinal=True, **network), TextConfig(), labels)


def test_a_stored_ordinal_model_is_read_back_equal(tmp_path):
    model = make_model()
    model.config = config(("1", "3.5", "10"), embedding_size=3, hidden_size=4)
    random = np.random.default_rng(0)
    model.tensors = {
        name: random.normal(size=shape).astype(np.float32)
        for name, shape in model.config.network.tensor_shapes().items()
    }
    write_model(tmp_path, model, "# card")
    found = read_model(tmp_path)
    assert found.config == model.config
    assert found.tensors["head.steps"].shape == (2,)
    assert all(np.array_equal(found.tensors[name], array) for name, array in model.tensors.items())


def test_a_folder_from_before_there_were_ordinal_heads_loads():
    content = ModelConfig(NetworkConfig(7, 2), TextConfig(), ("neg", "pos")).to_json()
    del content["network"]["ordinal"]
    assert ModelConfig.from_json(json.loads(json.dumps(content))).network == NetworkConfig(7, 2)


def test_its_head_is_one_score_and_a_step_a_threshold_for_two_classes_too():
    for classes in (2, 5):
        network = NetworkConfig(7, classes, ordinal=True)
        assert network.outputs == classes
        shapes = network.tensor_shapes()
        assert shapes["head.weight"] == (1, network.features)
        assert shapes["head.steps"] == (classes - 1,)
        assert "head.bias" not in shapes
    assert describe(NetworkConfig(7, 5, ordinal=True)) == "LSTM 128 (ordinal)"


def test_labels_of_an_ordinal_model_must_be_numbers_that_rise():
    content = config((1, 2, 3)).to_json()
    for labels in ([1, 3, 2], ["a", "b", "c"], ["1", "2", "2.0"]):
        with pytest.raises(ModelError, match=r"config\.json: the configuration is damaged: .*(rise|not a number)"):
            ModelConfig.from_json({**content, "labels": labels})


def test_softmax_and_ordinal_are_not_had_together():
    with pytest.raises(ParameterError, match="two ways"):
        NetworkConfig(7, 2, softmax=True, ordinal=True)


def test_labels_are_put_in_order_by_their_number():
    assert in_order(["10", "2", "-1", "1.5"]) == ("-1", "1.5", "2", "10")
    assert in_order([10, 9, 1]) == (1, 9, 10)
    assert label_values(["+7", "007.50"]) == (7.0, 7.5)


@pytest.mark.parametrize("label", ["", "ten", "1e3", "1_000", "nan", "inf", "٣", "1 ", "9" * 400, "<script>" * 100])
def test_a_label_that_is_no_plain_number_is_refused(label):
    with pytest.raises(ParameterError, match="not a number") as found:
        in_order(["1", label])
    assert len(str(found.value)) < 200


def test_two_spellings_of_one_number_are_refused():
    with pytest.raises(ParameterError, match=r"must rise, and '1\.0' comes after '1'"):
        in_order(["1", "1.0", "2"])


def test_numbers_too_near_for_float64_are_refused():
    assert math.isclose(2.0**60, 2**60 + 1, rel_tol=1e-17)
    with pytest.raises(ParameterError, match="must rise"):
        in_order([2**60, 2**60 + 1])
