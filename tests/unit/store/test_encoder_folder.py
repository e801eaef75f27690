"""An encoder that is written is read; it and a classifier are never taken for each other."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import make_model

from gatewise.errors import ModelError, ParameterError
from gatewise.store import locate
from gatewise.store.encoder import EncoderConfig, StoredEncoder, is_encoder, read_encoder, write_encoder
from gatewise.store.encoder_card import encoder_card
from gatewise.store.folder import read_model, write_model
from gatewise.store.rounding import fewest_bits, rounded
from tiny_encoder import make_encoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_encoder(tmp_path / "encoder", make_encoder(), "card 0")
    return tmp_path / "encoder"


@pytest.mark.parametrize("shape", [{}, {"layers": 3}, {"directions": "backward"}, {"directions": "both", "layers": 2}])
def test_what_is_written_is_read(shape: dict[str, Any], tmp_path: Path) -> None:
    encoder = make_encoder(3, **shape)
    write_encoder(tmp_path / "new" / "folder", encoder, "card")
    back = read_encoder(tmp_path / "new" / "folder")
    assert (back.config, back.tokenizer, back.metrics) == (encoder.config, encoder.tokenizer, encoder.metrics)
    assert back.tensors.keys() == encoder.tensors.keys()
    for name, array in encoder.tensors.items():
        np.testing.assert_array_equal(back.tensors[name], array, strict=True)
        assert back.tensors[name].flags.writeable
    assert (tmp_path / "new" / "folder" / "README.md").read_text() == "card"


def test_each_reader_has_all_tensors_of_a_language_model() -> None:
    config = EncoderConfig(50, embedding_size=4, hidden_size=6, layers=2, directions="both")
    shapes = config.tensor_shapes()
    names = {reader: {n.partition(".")[2] for n in shapes if n.startswith(reader)} for reader in config.readers}
    assert names["forward"] == names["backward"]
    assert shapes["forward.embedding.weight"] == (50, 4)
    assert shapes["backward.encoder.weight_ih_l0"] == (24, 4)
    assert shapes["backward.encoder.weight_ih_l1"] == (24, 6)
    assert shapes["forward.projection.weight"] == (4, 6)
    assert shapes["forward.output.bias"] == (50,)
    assert not any("bias_hh" in name for name in shapes)


@pytest.mark.parametrize(("embedding_bits", "matrix_bits"), [(16, 32), (32, 16), (16, 16), (8, 16), (8, 32)])
def test_what_is_asked_for_is_stored_in_fewer_bits(embedding_bits: int, matrix_bits: int, tmp_path: Path) -> None:
    encoder = make_encoder(1, directions="both")
    write_encoder(tmp_path, encoder, "card", embedding_bits=embedding_bits, matrix_bits=matrix_bits)
    back = read_encoder(tmp_path).tensors
    for name, array in encoder.tensors.items():
        bits = embedding_bits if name.endswith("embedding.weight") else matrix_bits if array.ndim == 2 else 32
        np.testing.assert_array_equal(back[name], rounded(array, bits), strict=True)
    # What was read is stored again without change, and says by itself how it was stored.
    write_encoder(
        tmp_path / "again",
        dataclasses.replace(encoder, tensors=back),
        "card",
        embedding_bits=embedding_bits,
        matrix_bits=matrix_bits,
    )
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (tmp_path / "model.safetensors").read_bytes()
    assert fewest_bits([back["forward.embedding.weight"]]) == embedding_bits


def test_the_same_encoder_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_encoder(tmp_path / "again", make_encoder(), "card 0")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"vocabulary_size": 0}, "vocabulary_size=0 is not a whole number from 1"),
        ({"embedding_size": 4.0}, r"embedding_size=4\.0 is not a whole number"),
        ({"hidden_size": True}, "hidden_size=True is not a whole number"),
        ({"layers": 65}, "layers=65 is not a whole number from 1 to 64"),
        ({"directions": "sideways"}, "directions='sideways' is not one of forward, backward, both"),
        ({"written_by": 5}, "written_by=5 is not a string"),
    ],
)
def test_an_impossible_shape_is_refused_by_name(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        EncoderConfig(**{"vocabulary_size": 10, **entries})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tensors": {"forward.output.bias": None}}, r"tensor forward\.output\.bias is missing"),
        ({"tensors": {"backward.output.bias": np.zeros(12)}}, r"backward\.output\.bias does not belong here"),
        ({"tensors": {"forward.projection.bias": np.zeros(5)}}, r"has shape \[5\], wanted \[4\]"),
        ({"tensors": {"forward.projection.bias": np.zeros(4, int)}}, "has dtype int64"),
        ({"tensors": {"forward.projection.bias": np.full(4, np.nan)}}, r"forward\.projection\.bias holds nan"),
        ({"tensors": {"forward.embedding.weight": np.full((12, 4), 7e4)}}, r"embedding\.weight holds inf"),
        ({"metrics": {"perplexity": float("inf")}}, r"metrics\.json cannot be written"),
        ({"tokenizer": "\ud800"}, r"tokenizer\.json holds half a surrogate"),
    ],
)
def test_what_does_not_fit_is_named_and_not_written(changes: dict[str, Any], message: str, folder: Path) -> None:
    good = make_encoder(1)
    tensors = {**good.tensors, **changes.pop("tensors", {})}
    wrong = dataclasses.replace(good, tensors={k: v for k, v in tensors.items() if v is not None}, **changes)
    with pytest.raises(ParameterError, match=message):
        write_encoder(folder, wrong, "card", embedding_bits=16)
    assert read_encoder(folder).metrics["seed"] == 0


def test_a_full_disk_leaves_the_old_encoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("gatewise.store.snapshot.write_new", full)
    with pytest.raises(ModelError, match="No space left"):
        write_encoder(folder, make_encoder(1), "card 1")
    assert read_encoder(folder).metrics["seed"] == 0


def test_a_folder_with_a_foreign_readme_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ModelError, match=r"holds README\.md but no model"):
        write_encoder(tmp_path, make_encoder(), "card")
    assert (tmp_path / "README.md").read_text() == "mine"


def test_an_encoder_opened_as_a_classifier_says_what_it_is(folder: Path) -> None:
    with pytest.raises(ModelError, match="this is an encoder, wanted a classifier") as caught:
        read_model(folder)
    assert "gatewise next" in str(caught.value.hint)
    assert "train DATA --from" in str(caught.value.hint)


def test_a_classifier_opened_as_an_encoder_says_what_it_is(tmp_path: Path) -> None:
    write_model(tmp_path, make_model(), "card")
    with pytest.raises(ModelError, match="this is a classifier, wanted an encoder") as caught:
        read_encoder(tmp_path)
    assert "gatewise predict --model" in str(caught.value.hint)


def test_is_encoder_tells_by_the_format_alone(folder: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "classifier", make_model(), "card")
    assert is_encoder(folder)
    assert not is_encoder(tmp_path / "classifier")
    assert not is_encoder(tmp_path / "nothing")
    (folder / "model.safetensors").unlink()
    assert is_encoder(folder)
    (folder / "config.json").write_text("{")
    assert not is_encoder(folder)


def test_a_classifier_takes_the_place_of_an_encoder_whole(folder: Path) -> None:
    write_model(folder, make_model(4), "card")
    assert read_model(folder).metrics["seed"] == 4
    write_encoder(folder, make_encoder(5), "card")
    assert read_encoder(folder).metrics["seed"] == 5
    names = {"config.json", "model.safetensors", "tokenizer.json", "metrics.json", "README.md"}
    assert {path.name for path in folder.iterdir()} == names


def test_config_json_holds_what_the_documentation_says(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    assert (content["format"], content["format_version"]) == ("gatewise-encoder", 1)
    assert content["directions"] == "forward"
    assert set(content["files"]) == {"model.safetensors", "tokenizer.json", "metrics.json"}


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locate, "_packaged", lambda: tmp_path / "packaged")
    return tmp_path / "packaged"


def test_without_a_packaged_encoder_the_error_says_how_to_make_one(packaged: Path) -> None:
    with pytest.raises(ModelError, match="none comes with this package") as caught:
        locate.find_encoder()
    assert "gatewise pretrain" in str(caught.value.hint)


def test_the_packaged_encoder_is_meant_where_none_is_named(packaged: Path, folder: Path) -> None:
    write_encoder(packaged / "imdb-encoder", make_encoder(7), "card")
    assert read_encoder(locate.find_encoder()).metrics["seed"] == 7
    assert locate.find_encoder("imdb-encoder") == locate.find_encoder()
    assert locate.find_encoder(folder) == folder


def test_the_card_has_the_figures_of_each_reader() -> None:
    config = EncoderConfig(30_000, hidden_size=512, directions="both")
    held_out = {"forward": {"perplexity": 61.3, "words": 1000}, "backward": {"perplexity": 70, "note": "x"}}
    metrics = {"held_out": held_out, "recipe": {"epochs": 4}, "training": {"documents": 74_730}}
    card = encoder_card(config, metrics, name="Films\n# again", language="en", license="apache-2.0")
    assert card.startswith('---\nlanguage: "en"\nlicense: "apache-2.0"\nlibrary_name: gatewise\n')
    assert "| figure | forward | backward |\n|---|---|---|\n| perplexity | 61.3 | 70 |\n| words | 1000 |  |" in card
    assert "# Films # again\n" in card
    assert "- network: LSTM 512, language models: forward and backward\n" in card
    assert "- embedding: 30000 words x 128, tied with the softmax\n" in card
    assert "- epochs: 4" in card
    assert "- documents: 74730" in card


@pytest.mark.parametrize("held_out", [None, [], {"forward": 3}, {"forward": {"perplexity": "low"}}, {}])
def test_a_card_without_figures_has_no_table(held_out: Any) -> None:
    assert "Held-out" not in encoder_card(EncoderConfig(10), {"held_out": held_out})


def test_a_stored_encoder_needs_no_metrics(tmp_path: Path) -> None:
    whole = make_encoder()
    write_encoder(tmp_path, StoredEncoder(whole.config, whole.tensors, whole.tokenizer), "card")
    assert read_encoder(tmp_path).metrics == {}
