"""Checkpoints that survive being killed: one safetensors file each, written aside, synced, then renamed into place.

A checkpoint holds the weights, their running mean, the optimizer's moments and, as JSON in the header, the place in the
run and a SHA-256 of all tensors. The last two are kept, and beside them ``best.safetensors`` and, in a
run with teachers, what each of them says; a damaged newest one is
reported and the one before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from gatewise.errors import TrainingError
from gatewise.store.atomic import locked, sweep_orphans, write_bytes

_NAME = re.compile(r"step-(\d{9})\.safetensors")
_SCORES = "teacher-{}.safetensors"
_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and the JSON state that goes with them."""

    tensors: dict[str, torch.Tensor]
    state: dict[str, Any]


class CheckpointFolder:
    """The checkpoints of one run.

    Args:
        folder: Where they lie; made when missing. Files left half-written by a killed run are swept away.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        sweep_orphans(folder)

    def save(self, step: int, checkpoint: Checkpoint) -> Path:
        """Write the checkpoint after `step` steps, then remove all but the last two."""
        path = self.folder / f"step-{step:09d}.safetensors"
        _write(path, checkpoint)
        for old in self._steps()[:-_KEPT]:
            old.unlink()
        return path

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Write the best weights so far."""
        _write(self.folder / "best.safetensors", checkpoint)

    def best(self) -> Checkpoint | None:
        """The best weights so far, or None before the first evaluation."""
        path = self.folder / "best.safetensors"
        return _read(path) if path.exists() else None

    def save_scores(self, key: str, scores: torch.Tensor) -> None:
        """Write what a teacher says, ``[n, K]``, before the first step."""
        _write(self._of_teacher(key), Checkpoint({"scores": scores}, {}))

    def scores(self, key: str, warn: Callable[[str], None]) -> torch.Tensor | None:
        """What `save_scores` wrote; None where there is nothing, or it is damaged, of which `warn` is told."""
        path = self._of_teacher(key)
        if not path.exists():
            return None
        try:
            return _read(path).tensors["scores"]
        except TrainingError as problem:
            warn(f"{problem.what} ({path.name}); asking the teacher again")
            return None

    def newest(self, warn: Callable[[str], None]) -> Checkpoint | None:
        """The newest readable checkpoint, or None when there is none.

        Args:
            warn: Told of every damaged file passed over.

        Raises:
            TrainingError: There are checkpoints, and none can be read.
        """
        paths = self._steps()
        for path in reversed(paths):
            try:
                return _read(path)
            except TrainingError as problem:
                warn(f"{problem.what} ({path.name}); trying the one before it")
        if paths:
            raise TrainingError(
                "no checkpoint of this run can be read",
                where=str(self.folder),
                hint="remove the folder to begin anew; it is never begun anew silently",
            )
        return None

    def is_empty(self) -> bool:
        """Whether nothing was saved yet."""
        return not self._steps()

    def clear(self) -> None:
        """Remove all checkpoints, at the end of a run."""
        for path in [*self._steps(), *self.folder.glob(_SCORES.format("*")), self.folder / "best.safetensors"]:
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def _of_teacher(self, key: str) -> Path:
        return self.folder / _SCORES.format(key)

    def _steps(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))


@contextlib.contextmanager
def sole_writer(out: Path | None) -> Iterator[None]:
    """Two runs in one folder would spoil each other's checkpoints: the second one is refused.

    Raises:
        TrainingError: Another run has the folder.
    """
    if out is None:
        yield
        return
    try:
        with locked(out / ".train.lock", wait=False):
            yield
    except BlockingIOError as problem:
        raise TrainingError(
            "another run is writing to this folder", where=str(out), hint="wait for it, or choose another --out"
        ) from problem


def _digest(tensors: Mapping[str, torch.Tensor]) -> str:
    sha = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        sha.update(tensor.numpy().tobytes())
    return sha.hexdigest()


def _write(path: Path, checkpoint: Checkpoint) -> None:
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    header = {"state": json.dumps(checkpoint.state), "sha256": _digest(tensors)}
    try:
        write_bytes(path, save(tensors, header))
    except OSError as problem:
        raise TrainingError(
            f"a checkpoint cannot be written: {problem.strerror}",
            where=str(path),
            hint="the one before it is whole: make room, then the same command with --resume",
        ) from problem


def _read(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        if header["sha256"] != _digest(tensors):
            raise TrainingError("a checkpoint is damaged: its checksum does not match", where=str(path))
        return Checkpoint(tensors, json.loads(header["state"]))
    except (OSError, SafetensorError, KeyError, ValueError) as problem:
        raise TrainingError(f"a checkpoint is damaged: {problem}", where=str(path)) from problem
