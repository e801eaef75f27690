"""docs/pretraining.md has every entry with its default, every preset, and the presets are what it says."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from gatewise.train.pretrain.recipe import FOLDER, PretrainRecipe

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "pretraining.md").read_text(encoding="utf-8")
TABLE = PAGE.split("| entry |")[1]


def test_every_entry_is_told_with_its_default():
    told = {}
    for row in TABLE.splitlines():
        if row.startswith("| `"):
            names, defaults, _ = (cell.strip() for cell in row.strip("|").split("|", 2))
            told |= dict(zip(re.findall(r"`(\w+)`", names), defaults.split(), strict=True))
    assert told == {entry.name: str(entry.default) for entry in fields(PretrainRecipe)}


def test_every_preset_is_told_and_can_be_loaded():
    for name in (file.stem for file in FOLDER.glob("*.json")):
        assert f"| `{name}` |" in PAGE
        PretrainRecipe.load(name)
    assert PretrainRecipe.load("default") == PretrainRecipe()
    assert (PretrainRecipe.load("fast").hidden_size, PretrainRecipe.load("fast").epochs) == (256, 1)
    best = PretrainRecipe.load("best")
    assert (best.hidden_size, best.embedding_size, best.epochs) == (1024, 256, 8)
