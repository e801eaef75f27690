"""Every hostile model folder is refused: quickly, with a ModelError that says what is wrong, and nothing else."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from forging import forge, write_good
from hostile_models import MUTATIONS

from gatewise.errors import ModelError
from gatewise.store.folder import read_model

# The promise is 100 ms on an idle machine. Processor time, so that a busy one does not fail the test.
QUICK = 0.1
FILES = ("config.json", "model.safetensors", "tokenizer.json", "baseline.safetensors", "metrics.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_good(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_hostile_folder_is_refused_quickly_and_by_name(name: str, folder: Path) -> None:
    damage, pattern = MUTATIONS[name]
    damage(folder)
    tries = []
    # The fastest of three: another process can make any single one slow.
    for _ in range(3):
        begin = time.process_time()
        with pytest.raises(ModelError, match=pattern) as caught:
            read_model(folder)
        tries.append(time.process_time() - begin)
    assert min(tries) < QUICK
    assert caught.value.where
    assert len(str(caught.value)) < 1000


def test_there_are_at_least_fifty() -> None:
    assert len(MUTATIONS) >= 50


def test_the_good_folder_is_read(folder: Path) -> None:
    model = read_model(folder)
    assert {name: array.shape for name, array in model.tensors.items()} == model.config.network.tensor_shapes()
    assert model.metrics == {"accuracy": 0.5}
    assert model.baseline is not None
    assert model.training_rows is not None


@pytest.mark.parametrize("missing", ["", "x", "x/y", "model/config.json", "model\0"])
def test_no_folder_no_model(missing: str, folder: Path) -> None:
    with pytest.raises(ModelError):
        read_model(folder.parent / missing)


def test_a_file_that_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Injected and not by chmod, which does not stop the administrator, who runs tests in containers.
    real = os.open

    def denied(path: object, *rest: int) -> int:
        if str(path).endswith("model.safetensors"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(ModelError, match=r"model\.safetensors: the file cannot be read: Permission denied"):
        read_model(folder)


@pytest.mark.parametrize("name", FILES)
def test_random_damage_never_gives_another_exception(name: str, folder: Path) -> None:
    """Bytes flipped, removed, doubled; digests are those of the good file, except for config.json which has none."""
    good, dice = (folder / name).read_bytes(), random.Random(name)
    for _ in range(200):
        data = bytearray(good)
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(data))
            kind = dice.randrange(3)
            if kind == 0:
                data[place] ^= 1 << dice.randrange(8)
            elif kind == 1:
                del data[place : place + dice.randint(1, 50)]
            else:
                data[place:place] = data[place : place + dice.randint(1, 50)]
            if not data:
                break
        (folder / name).write_bytes(data)
        try:
            read_model(folder)
        except ModelError:
            continue
        # config.json may be changed into another good one (a label, a blank); nothing else may.
        assert name == "config.json" or bytes(data) == good


@pytest.mark.parametrize("name", ["model.safetensors", "baseline.safetensors"])
def test_forged_damage_never_gives_another_exception(name: str, folder: Path) -> None:
    """The same with the right digest, so that the parser behind it is reached; also cut at each byte of the header."""
    good, dice = (folder / name).read_bytes(), random.Random(name)
    header = int.from_bytes(good[:8], "little")
    damaged = [good[:end] for end in range(0, header + 8, 7)]
    for _ in range(300):
        data = bytearray(good)
        data[dice.randrange(header + 8)] = dice.randrange(256)
        damaged.append(bytes(data))
    for content in damaged:
        forge(folder, name, content)
        try:
            model = read_model(folder)
        except ModelError:
            continue
        assert {name: array.shape for name, array in model.tensors.items()} == model.config.network.tensor_shapes()
