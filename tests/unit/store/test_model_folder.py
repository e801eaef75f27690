"""What is written is read; what does not fit is not written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_models import make_model, seeds_of

from gatewise.errors import ModelError, ParameterError
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.store.rounding import rounded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model(tmp_path / "model", make_model(), "card 0")
    return tmp_path / "model"


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize(
    "shape",
    [{}, {"layers": 3, "bidirectional": True}, {"recurrent_bias": False, "pooling": "last"}, {"classes": 5}],
)
def test_what_is_written_is_read(network: str, shape: dict[str, Any], tmp_path: Path) -> None:
    model = make_model(3, network=network, **shape)
    write_model(tmp_path / "new" / "folder", model, "card")
    back = read_model(tmp_path / "new" / "folder")
    assert back.config == model.config
    assert (back.tokenizer, back.metrics) == (model.tokenizer, model.metrics)
    for written, read in ((model.tensors, back.tensors), (model.baseline, back.baseline)):
        assert written is not None
        assert read is not None
        assert written.keys() == read.keys()
        for name in written:
            assert read[name].dtype == written[name].dtype
            np.testing.assert_array_equal(read[name], written[name], strict=True)
    np.testing.assert_array_equal(back.training_rows, model.training_rows, strict=True)


def test_the_weights_can_be_written_to(folder: Path) -> None:
    # torch.from_numpy warns of arrays that cannot, and training goes on from them.
    assert all(array.flags.writeable for array in read_model(folder).tensors.values())


@pytest.mark.parametrize(("bits", "bytes_a_word"), [(16, 3 * 2), (8, 3 + 4)])
def test_fewer_bits_make_the_word_vectors_smaller_and_nothing_else(
    bits: int, bytes_a_word: int, tmp_path: Path
) -> None:
    model = make_model(1, vocabulary_size=5000)
    write_model(tmp_path / "whole", model, "card")
    write_model(tmp_path / "small", model, "card", embedding_bits=bits)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("whole", "small")]
    # But for the header: its padding, and with 8 bits the entry of the scales.
    assert sizes[0] - sizes[1] == pytest.approx(5000 * (3 * 4 - bytes_a_word), abs=128)
    back = read_model(tmp_path / "small").tensors
    assert back.keys() == model.tensors.keys()
    for name, array in model.tensors.items():
        assert back[name].flags.writeable
        want = rounded(array, bits) if name == "embedding.weight" else array
        np.testing.assert_array_equal(back[name], want, strict=True)


def test_the_same_model_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "again", make_model(), "card 0")
    for path in folder.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_arrays_in_any_memory_order_are_written_as_they_read(tmp_path: Path) -> None:
    model = make_model(2)
    turned = {name: np.asfortranarray(array) for name, array in model.tensors.items()}
    turned["head.weight"] = np.repeat(model.tensors["head.weight"], 2, axis=1)[:, ::2].astype(np.float64)
    write_model(tmp_path / "model", dataclasses.replace(model, tensors=turned), "card")
    for name, array in read_model(tmp_path / "model").tensors.items():
        np.testing.assert_array_equal(array, model.tensors[name])


def test_optional_parts_are_read_when_asked_for(folder: Path) -> None:
    for name in ("baseline.safetensors", "metrics.json", "training_rows.safetensors"):
        (folder / name).write_bytes(b"damaged")
    bare = read_model(folder, parts=())
    assert (bare.baseline, bare.metrics, bare.training_rows) == (None, {}, None)
    with pytest.raises(ModelError, match=r"metrics\.json"):
        read_model(folder, parts=["metrics"])
    for parts in ("metrics", ["rival"]):
        with pytest.raises(ParameterError, match="baseline, metrics, training_rows"):
            read_model(folder, parts=parts)


def test_a_model_without_optional_parts_removes_those_of_the_one_before(folder: Path) -> None:
    write_model(folder, dataclasses.replace(make_model(1), baseline=None, training_rows=None), "card 1")
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "config.json",
        "metrics.json",
        "model.safetensors",
        "tokenizer.json",
    ]
    back = read_model(folder)
    assert back.baseline is None
    assert back.training_rows is None
    assert (folder / "README.md").read_text() == "card 1"


def test_other_files_in_the_folder_stay(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "checkpoints").mkdir()
    (folder / ".hidden.new").write_text("mine too")
    write_model(folder, make_model(1), "card 1")
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / ".hidden.new").read_text() == "mine too"
    assert (folder / "checkpoints").is_dir()
    assert seeds_of(read_model(folder)) == {1}


def test_the_card_may_be_edited(folder: Path) -> None:
    (folder / "README.md").write_text("my own words")
    assert seeds_of(read_model(folder)) == {0}
    (folder / "README.md").unlink()
    assert seeds_of(read_model(folder)) == {0}


def test_a_linked_file_is_replaced_and_its_target_left_alone(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").rename(tmp_path / "blob")
    (folder / "model.safetensors").symlink_to(tmp_path / "blob")
    before = (tmp_path / "blob").read_bytes()
    write_model(folder, make_model(1), "card")
    assert seeds_of(read_model(folder)) == {1}
    assert (tmp_path / "blob").read_bytes() == before


def test_the_umask_decides_who_may_read(folder: Path) -> None:
    (folder / "plain").write_text("")
    modes = {path.stat().st_mode for path in folder.iterdir()}
    assert len(modes) == 1


def wrong(**changes: Any) -> StoredModel:
    model = make_model()
    tensors = {**model.tensors, **changes.pop("tensors", {})}
    return dataclasses.replace(model, tensors={k: v for k, v in tensors.items() if v is not None}, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tensors": {"head.bias": None}}, r"tensor head\.bias is missing"),
        ({"tensors": {"extra": np.zeros(1)}}, "tensor extra does not belong here"),
        ({"tensors": {"head.bias": np.zeros(2)}}, r"head\.bias has shape \[2\], wanted \[1\]"),
        ({"tensors": {"head.bias": np.zeros(1, int)}}, r"head\.bias has dtype int64"),
        ({"tensors": {"head.bias": np.array([np.nan])}}, r"head\.bias holds nan"),
        ({"tensors": {"head.bias": np.array([1e300])}}, r"head\.bias holds inf"),
        ({"tensors": {"embedding.weight": np.full((7, 3), 7e4)}}, r"embedding\.weight holds inf at position 0"),
        ({"metrics": {"accuracy": float("nan")}}, r"metrics\.json cannot be written"),
        ({"metrics": {"accuracy": np.float32(1)}}, r"metrics\.json cannot be written"),
        ({"metrics": {"text": "\ud800"}}, r"metrics\.json cannot be written"),
        ({"tokenizer": "\ud800"}, r"tokenizer\.json holds half a surrogate"),
        ({"baseline": {"weights": np.array([np.inf])}}, "weights holds inf"),
        ({"baseline": {"Weights": np.zeros(1)}}, "impossible tensor name"),
        ({"baseline": {"weights": np.zeros(1, bool)}}, "dtype BOOL"),
        ({"training_rows": np.array([2, 1], np.uint64)}, "sorted"),
        ({"training_rows": np.array([1, 2])}, "dtype I64"),
    ],
)
def test_what_does_not_fit_is_named_and_not_written(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(ParameterError, match=message):
        write_model(folder, wrong(**changes), "card", embedding_bits=16)
    assert seeds_of(read_model(folder)) == {0}


def test_config_json_holds_what_the_documentation_says(folder: Path) -> None:
    content = json.loads((folder / "config.json").read_text())
    assert content["format"] == "gatewise-text-classifier"
    assert content["labels"] == ["a", "b"]
    assert content["network"]["network"] == "lstm"
    assert set(content["files"]) == {
        "model.safetensors",
        "tokenizer.json",
        "metrics.json",
        "baseline.safetensors",
        "training_rows.safetensors",
    }
