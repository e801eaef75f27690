"""The tools that damage a good model folder, and the list of what they make of it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save

from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel, write_model

Mutation = tuple[Callable[[Path], None], str]
MUTATIONS: dict[str, Mutation] = {}
MODEL, CONFIG, TOKENIZER = "model.safetensors", "config.json", "tokenizer.json"


def mutation(pattern: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def keep(function: Callable[[Path], None]) -> Callable[[Path], None]:
        MUTATIONS[function.__name__] = (function, pattern)
        return function

    return keep


def forge(folder: Path, name: str, data: bytes) -> None:
    """Replace a file, and its digest in config.json."""
    (folder / name).write_bytes(data)
    config = json.loads((folder / CONFIG).read_text())
    config["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (folder / CONFIG).write_text(json.dumps(config))


def edit(folder: Path, *path: str, value: Any) -> None:
    """Set one entry of config.json."""
    config = json.loads((folder / CONFIG).read_text())
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    (folder / CONFIG).write_text(json.dumps(config))


def tensors(folder: Path, **changes: np.ndarray | None) -> None:
    """Forge model.safetensors with some tensors replaced, or removed where None; ``__`` in a name stands for a dot."""
    known = load_file(folder / MODEL)
    for name, array in changes.items():
        known.pop(name.replace("__", "."), None)
        if array is not None:
            known[name.replace("__", ".")] = array
    forge(folder, MODEL, save(known))


def raw(folder: Path, header: bytes, body: bytes = b"", length: int | None = None) -> None:
    """Forge model.safetensors from a header and a body of its own."""
    forge(folder, MODEL, struct.pack("<Q", len(header) if length is None else length) + header + body)


def write_good(folder: Path) -> None:
    """A model folder without fault, every optional part in it."""
    shape = NetworkConfig(vocabulary_size=7, classes=2, embedding_size=3, hidden_size=4)
    random = np.random.default_rng(0)
    model = StoredModel(
        config=ModelConfig(shape, TextConfig(50, "head"), ("neg", "pos")),
        tensors={name: random.normal(size=at).astype(np.float32) for name, at in shape.tensor_shapes().items()},
        tokenizer='{"kind": "none"}',
        baseline={"weights": np.zeros((1, 8), np.float16)},
        metrics={"accuracy": 0.5},
        training_rows=np.arange(3, dtype=np.uint64),
    )
    write_model(folder, model, "card")


def add(name: str, pattern: str, function: Callable[..., None], *args: Any, **options: Any) -> None:
    MUTATIONS[name] = (lambda folder: function(folder, *args, **options), pattern)


def split(folder: Path) -> tuple[dict[str, Any], bytes]:
    data = (folder / MODEL).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + size]), data[8 + size :]
