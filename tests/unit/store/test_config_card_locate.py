"""Configuration, model card, and which folder a name means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_models import make_model

from gatewise.errors import ModelError, ParameterError
from gatewise.store import locate
from gatewise.store.card import model_card
from gatewise.store.config import LARGEST, ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import read_model, write_model

RECIPE_A = NetworkConfig(5000, 2, embedding_size=15, hidden_size=10, pooling="last", recurrent_bias=False)
RECIPE_B = NetworkConfig(5000, 2, embedding_size=32, hidden_size=100, pooling="last", recurrent_bias=False)


def parameters(config: NetworkConfig) -> int:
    total = 0
    for shape in config.tensor_shapes().values():
        count = 1
        for extent in shape:
            count *= extent
        total += count
    return total


def test_parameter_counts_are_the_published_ones() -> None:
    assert parameters(RECIPE_A) == 75_000 + 1_040 + 11 == 76_051
    assert parameters(RECIPE_B) == 160_000 + 53_200 + 101


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (2, True)])
def test_encoder_shapes_are_those_of_torch(network: str, layers: int, bidirectional: bool) -> None:
    import torch

    config = NetworkConfig(9, 2, network, 3, 4, layers, bidirectional)
    module = getattr(torch.nn, network.upper())(3, 4, layers, bidirectional=bidirectional)
    ours = {k.removeprefix("encoder."): s for k, s in config.tensor_shapes().items() if k.startswith("encoder.")}
    assert ours == {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def test_a_configuration_survives_its_json() -> None:
    for labels in (("neg", "pos"), (0, 1), ("ü\n😀", "")):
        config = ModelConfig(RECIPE_A, TextConfig(10, "tail"), labels, 2.5, "test")
        assert ModelConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(({name: largest + 1}, f"{name}={largest + 1} is not a whole number") for name, largest in LARGEST.items()),
        ({"classes": 1}, "classes=1 is not a whole number from 2 to 1000"),
        ({"hidden_size": 2.0}, "hidden_size=2.0 is not a whole number"),
        ({"network": "LSTM"}, "network='LSTM' is not one of lstm, gru, rnn"),
        ({"pooling": "sum"}, "pooling='sum' is not one of"),
        ({"bidirectional": 1}, "bidirectional=1 is not True or False"),
        ({"recurrent_bias": None}, "recurrent_bias=None is not True or False"),
    ],
)
def test_an_impossible_shape_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        NetworkConfig(**{"vocabulary_size": 10, "classes": 2, **options})


def test_features_and_outputs_follow_the_shape() -> None:
    wide = NetworkConfig(10, 3, hidden_size=5, bidirectional=True)
    assert (wide.features, wide.outputs, wide.is_causal) == (30, 3, False)
    assert (RECIPE_A.features, RECIPE_A.outputs, RECIPE_A.is_causal) == (10, 1, True)


# --- card -----------------------------------------------------------------------------------------------------------


def card_of(metrics: dict[str, Any], **options: Any) -> str:
    return model_card(make_model().config, metrics, **options)


def test_the_cards_header_is_what_hubs_read() -> None:
    metrics = {
        "development": {"accuracy": 0.9, "confusion": [[1, 2]]},
        "test": {"accuracy": 0.8951, "f1_macro": 0.89},
        "training": {"source": 'a "quoted" file.csv'},
    }
    card = card_of(metrics, name="Films: good or bad", language="en", license="apache-2.0")
    _, header, body = card.split("---\n", 2)
    assert header.splitlines() == [
        'language: "en"',
        'license: "apache-2.0"',
        "library_name: gatewise",
        "pipeline_tag: text-classification",
        "tags:",
        "- gatewise",
        "- lstm",
        "- text-classification",
        "metrics:",
        "- accuracy",
        "- f1_macro",
        "model-index:",
        '- name: "Films: good or bad"',
        "  results:",
        "  - task:",
        "      type: text-classification",
        "    dataset:",
        '      name: "a \\"quoted\\" file.csv"',
        '      type: "a \\"quoted\\" file.csv"',
        '      split: "Development split"',
        "    metrics:",
        "    - type: accuracy",
        '      name: "Accuracy"',
        "      value: 0.9",
        "  - task:",
        "      type: text-classification",
        "    dataset:",
        '      name: "a \\"quoted\\" file.csv"',
        '      type: "a \\"quoted\\" file.csv"',
        '      split: "Test split"',
        "    metrics:",
        "    - type: accuracy",
        '      name: "Accuracy"',
        "      value: 0.8951",
        "    - type: f1_macro",
        '      name: "F1 (macro)"',
        "      value: 0.89",
    ]
    assert "| accuracy | 0.8951 |" in body
    assert "confusion" not in body


def test_a_card_without_figures_claims_nothing() -> None:
    card = card_of({})
    assert "model-index" not in card
    assert "accuracy" not in card
    assert "language" not in card


def test_a_class_name_cannot_begin_a_heading() -> None:
    config = ModelConfig(NetworkConfig(10, 2), TextConfig(), ("a\n# Heading", "---\nlicense: x"))
    card = model_card(config, {})
    assert "\n# Heading" not in card
    assert card.count("\n---\n") == 1


# --- locate ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one model, imdb, and a current folder with another of that name."""
    write_model(tmp_path / "packaged" / "imdb", make_model(1), "card")
    write_model(tmp_path / "here" / "imdb", make_model(2), "card")
    monkeypatch.setattr(locate, "_packaged", lambda: tmp_path / "packaged")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_a_name_is_the_packaged_model_and_a_path_is_a_folder(packaged: Path) -> None:
    assert locate.packaged_models() == ["imdb"]
    folders = ["./imdb", "../here/imdb", Path("imdb"), str(packaged / "here" / "imdb")]
    for name, seed in [("imdb", 1), *((folder, 2) for folder in folders)]:
        assert read_model(locate.find_model(name)).metrics["seed"] == seed


def test_a_plain_name_that_is_not_packaged_is_a_folder(packaged: Path) -> None:
    Path("other").mkdir()
    assert locate.find_model("other") == Path("other")


@pytest.mark.parametrize("name", ["https://example.org/m", "HTTP://x", "file:///tmp", "s3://a/b", "hf:a/b", "hf://a"])
def test_addresses_are_refused(name: str, packaged: Path) -> None:
    with pytest.raises(ModelError, match="not fetched"):
        locate.find_model(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "there is no such folder"),
        ("./nowhere", "there is no such folder"),
        ("imdb/config.json", "this is a file"),
        ("", "no path"),
        ("a\0b", "no path"),
    ],
)
def test_what_is_no_folder_is_refused(name: str, message: str, packaged: Path) -> None:
    with pytest.raises(ModelError, match=message):
        locate.find_model(name)
