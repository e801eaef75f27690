"""Every hostile encoder folder is refused with a ModelError that says what is wrong, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from forging import CONFIG, MODEL, TOKENIZER, edit, forge, raw, tensors

from gatewise.errors import ModelError
from gatewise.runtime.language_model import LanguageModel
from gatewise.store.encoder import read_encoder, write_encoder
from tiny_encoder import make_encoder

Damage = Callable[[Path], None]
FILES = ("config.json", "model.safetensors", "tokenizer.json", "metrics.json")


def entry(name: str, value: object) -> Damage:
    return lambda folder: edit(folder, name, value=value)


def tensor(name: str, array: np.ndarray | None) -> Damage:
    return lambda folder: tensors(folder, **{name: array})


MUTATIONS: dict[str, tuple[Damage, str]] = {
    "no_config": (lambda folder: (folder / CONFIG).unlink(), "no model|missing"),
    "no_weights": (lambda folder: (folder / MODEL).unlink(), "missing"),
    "weights_cut": (lambda folder: (folder / MODEL).write_bytes((folder / MODEL).read_bytes()[:-1]), "bytes, wanted"),
    "weights_not_listed": (entry("files", {}), "model.safetensors is not listed"),
    "linked": (
        lambda folder: (folder / MODEL).rename(folder / "blob") and (folder / MODEL).symlink_to(folder / "blob"),
        "symbolic links",
    ),
    "other_format": (entry("format", "gatewise-language-model"), "not the configuration"),
    "format_no_name": (entry("format", ["gatewise-encoder"]), "not the configuration"),
    "classifier_format": (entry("format", "gatewise-text-classifier"), "this is a classifier, wanted an encoder"),
    "other_version": (entry("format_version", 2), "format version 2 is unknown"),
    "unknown_entry": (entry("weights_url", "http://localhost/x"), "unknown entry 'weights_url'"),
    "size_as_text": (entry("hidden_size", "6"), "whole number"),
    "size_as_float": (entry("hidden_size", 6.0), "whole number"),
    "size_huge": (entry("hidden_size", 2**62), "whole number"),
    "size_negative": (entry("embedding_size", -4), "whole number"),
    "size_wrong": (entry("hidden_size", 7), "has shape"),
    "vocabulary_huge": (entry("vocabulary_size", 10**7), "has shape"),
    "layers_too_many": (entry("layers", 2), "is missing"),
    "directions_both": (entry("directions", "both"), "tensor backward.* is missing"),
    "directions_other": (entry("directions", "os.system"), "not one of forward, backward, both"),
    "directions_list": (entry("directions", ["forward"]), "not one of forward, backward, both"),
    "header_no_json": (lambda folder: raw(folder, b"abc"), "damaged safetensors"),
    "weights_pickle": (
        lambda folder: forge(folder, MODEL, b"\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x05posix."),
        "safetens",
    ),
    "tensor_missing": (tensor("forward__output__bias", None), "tensor forward.output.bias is missing"),
    "tensor_extra": (tensor("forward__gate__bias", np.zeros(1, np.float32)), "does not belong here"),
    "tensor_turned": (tensor("forward__projection__weight", np.zeros((6, 4), np.float32)), "has shape"),
    "tensor_double": (tensor("forward__output__bias", np.zeros(12)), "dtype F64"),
    "tensor_nan": (tensor("forward__output__bias", np.full(12, np.nan, np.float32)), "holds nan at position 0"),
    "tensor_half_inf": (tensor("forward__output__bias", np.full(12, np.inf, np.float16)), "holds inf at position 0"),
    "small_no_scale": (
        tensor("forward__embedding__weight", np.zeros((12, 4), np.int8)),
        "tensor forward.embedding.weight.scale is missing",
    ),
    "small_matrix": (tensor("forward__projection__weight", np.zeros((4, 6), np.int8)), "dtype I8, which is for"),
    "tokenizer_no_utf8": (lambda folder: forge(folder, TOKENIZER, b"\xff\xfe"), "not UTF-8"),
    "metrics_list": (lambda folder: forge(folder, "metrics.json", b"[]"), "must be an object"),
    "metrics_nan": (lambda folder: forge(folder, "metrics.json", b'{"perplexity": NaN}'), "NaN is not a number"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_encoder(tmp_path / "encoder", make_encoder(), "card")
    return tmp_path / "encoder"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_hostile_encoder_is_refused_by_name(name: str, folder: Path) -> None:
    damage, pattern = MUTATIONS[name]
    damage(folder)
    with pytest.raises(ModelError, match=pattern) as caught:
        read_encoder(folder)
    assert caught.value.where
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("tokenizer", "pattern"),
    [
        (b"{}", "tokenizer"),
        (b'{"format": "gatewise-hashed"}', "tokenizer"),
        (b"[" * 200_000, "damaged"),
        (b'{"model": {"vocab": {"<unk>": 0}}}', "rules are not those"),
    ],
)
def test_a_hostile_tokenizer_is_refused_by_the_language_model(tokenizer: bytes, pattern: str, folder: Path) -> None:
    forge(folder, TOKENIZER, tokenizer)
    with pytest.raises(ModelError, match=pattern):
        LanguageModel.load(folder)


def test_a_tokenizer_of_another_vocabulary_is_refused(folder: Path) -> None:
    from gatewise.text.tokenizer import WordTokenizer

    forge(folder, TOKENIZER, WordTokenizer(["<unk>", "film"]).to_json().encode())
    with pytest.raises(ModelError, match="the tokenizer has 2 words, the encoder 12"):
        LanguageModel.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_random_damage_never_gives_another_exception(name: str, folder: Path) -> None:
    good, dice = (folder / name).read_bytes(), random.Random(name)
    for _ in range(100):
        data = bytearray(good)
        place = dice.randrange(len(data))
        if dice.randrange(2):
            data[place] ^= 1 << dice.randrange(8)
        else:
            del data[place : place + dice.randint(1, 50)]
        (folder / name).write_bytes(data)
        try:
            read_encoder(folder)
        except ModelError:
            continue
        # config.json may be changed into another good one (a blank, the writer's name); nothing else may.
        assert name == "config.json" or bytes(data) == good
