"""Several files that are read and written as one.

A model folder has several files, and a file system replaces only one at a time. So config.json carries size and
SHA-256 of each of the others, and its replacement is the moment at which a new model takes the place of the old:

1. each new file is written, and forced to the disk, under a waiting name made of its own and its digest,
   ``.model.safetensors.0123456789abcdef.new``;
2. config.json is replaced in one step (see `gatewise.store.atomic`);
3. the waiting files take their fixed names, and files that the new model does not have are removed.

A reader takes, for each file, the one whose digest is that in config.json: under the fixed name or, where a writer is
at step 3 or was killed there, under the waiting name. Before step 2 that is all of the old model, after it all of the
new one. If a writer overtakes a reader, the reader finds a config.json that has changed since, and begins again.
Writers of one folder wait for each other, and each first completes a step 3 that was interrupted before it.

Only regular files are opened, by fixed names in the folder given; symbolic links are refused, so that a model folder
cannot make us read anything but itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewise.errors import ModelError
from gatewise.store.atomic import locked, sweep_orphans, sync_folder, write_bytes, write_new
from gatewise.store.strict_json import parse_json, write_json

Wanted = Callable[[dict[str, Any]], Collection[str]]

INDEX = "config.json"
# Names a model folder may have, and the largest size that is read. Generous; a model of the packaged kind is < 10 MB.
LARGEST_FILE = {
    INDEX: 4 << 20,
    "model.safetensors": 2 << 30,
    "tokenizer.json": 256 << 20,
    "baseline.safetensors": 256 << 20,
    "training_rows.safetensors": 1 << 30,
    "metrics.json": 16 << 20,
}
NOTE = "README.md"

_LOCK = ".gatewise.lock"
_WAITING = re.compile(r"\.[a-z_.]+\.[0-9a-f]{16}\.new")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A reader that begins again this often stands beside a writer that does nothing but write.
_ATTEMPTS = 50


@dataclass(frozen=True)
class Seal:
    """What config.json says of another file: its SHA-256 in hexadecimal, and its bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> Seal:
        """The seal of a content."""
        return cls(hashlib.sha256(data).hexdigest(), len(data))

    def waiting(self, name: str) -> str:
        """The name under which the file waits for its fixed one."""
        return f".{name}.{self.sha256[:16]}.new"


def read_files(folder: Path, wanted: Wanted) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read config.json and the files wanted, all of one and the same model.

    Args:
        folder: The model folder.
        wanted: From the content of config.json to fixed names; those that this model does not have are left out.

    Returns:
        The content of config.json without its list of files, and the content of each file.

    Raises:
        ModelError: No model, not a regular file, too large, damaged, or not the file that was written.
    """
    before, problem = None, ModelError("another process rewrites this model all the time", where=str(folder))
    for _ in range(_ATTEMPTS):
        data = _read_index(folder)
        if data == before:  # Nobody has written meanwhile: the damage is real.
            break
        try:
            config, seals = _parse_index(data)
            return config, {name: _read_sealed(folder, name, seals[name]) for name in wanted(config) if name in seals}
        except ModelError as found:
            before, problem = data, found
    raise problem


def write_files(folder: Path, config: Mapping[str, Any], files: Mapping[str, bytes], note: bytes) -> None:
    """Put a model in the place of the one that is there, if any; other files in the folder stay.

    Args:
        folder: Created where missing.
        config: Content of config.json, without the list of files.
        files: Content of the other files by fixed name.
        note: Content of README.md, which people may edit and nobody checks.

    Raises:
        ModelError: The disk is full, the folder read-only, ...; says whether the old model or the new one is in place.
    """
    seals = {name: Seal.of(data) for name, data in files.items()}
    listed = {name: {"sha256": seal.sha256, "bytes": seal.size} for name, seal in seals.items()}
    index = write_json({**config, "files": listed}, INDEX)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK):
            _prepare(folder)
            _stage(folder, files, seals)
            _commit(folder, index, seals)
            _settle(folder, seals)
            write_bytes(folder / NOTE, note)
            sync_folder(folder)
    except OSError as fault:
        is_new = _holds(folder / INDEX, index)
        state = "the new model is in place, the folder untidy" if is_new else "what was there before is unchanged"
        what = f"the model could not be written: {fault.strerror or fault}"
        raise ModelError(what, where=str(fault.filename or folder), hint=state) from fault


def _read_index(folder: Path) -> bytes:
    try:
        return _read_regular(folder / INDEX)
    except (FileNotFoundError, NotADirectoryError):
        hint = "give the folder that `gatewise train --out` or `gatewise pretrain --out` wrote"
        raise ModelError("there is no model in this folder", where=str(folder), hint=hint) from None


def _parse_index(data: bytes) -> tuple[dict[str, Any], dict[str, Seal]]:
    config = parse_json(data, INDEX)
    listed = config.pop("files", None) if isinstance(config, dict) else None
    if not isinstance(listed, dict):
        raise ModelError("this is not the configuration of a Gatewise model", where=INDEX)
    return config, {name: _parse_seal(name, entry) for name, entry in listed.items()}


def _parse_seal(name: str, entry: Any) -> Seal:
    if name not in LARGEST_FILE or name == INDEX:
        raise ModelError(f"unknown file {name[:100]!r}", where=INDEX)
    if not isinstance(entry, dict) or entry.keys() != {"sha256", "bytes"}:
        raise ModelError(f"the entry of {name} must have sha256 and bytes", where=INDEX)
    digest, size = entry["sha256"], entry["bytes"]
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ModelError(f"the sha256 of {name} is no SHA-256", where=INDEX)
    if type(size) is not int or not 0 <= size <= LARGEST_FILE[name]:
        raise ModelError(f"{name} must have 0 to {LARGEST_FILE[name]} bytes", where=INDEX)
    return Seal(digest, size)


def _read_sealed(folder: Path, name: str, seal: Seal) -> bytes:
    # The fixed name comes twice: a writer may move the file from the waiting name to it between our first two looks.
    problem = None
    for file in (name, seal.waiting(name), name):
        try:
            data = _read_regular(folder / file, seal.size)
        except (FileNotFoundError, NotADirectoryError):
            problem = problem or ModelError("the file is missing", where=name)
            continue
        except ModelError as found:
            problem = problem or found
            continue
        if hashlib.sha256(data).hexdigest() == seal.sha256:
            return data
        problem = problem or ModelError("the file is not the one that was written: its SHA-256 differs", where=name)
    assert problem is not None
    raise problem


def _read_regular(path: Path, size: int | None = None) -> bytes:
    """The content of a regular file, of exactly `size` bytes where given; FileNotFoundError where there is none."""
    largest = LARGEST_FILE[INDEX] if size is None else size
    if path.is_symlink():
        raise ModelError("symbolic links are not followed", where=str(path), hint="copy the folder with cp -rL")
    # O_NONBLOCK: opening a named pipe would wait for a writer for ever.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise ModelError("this is not a regular file", where=str(path))
            if found.st_size > largest or (size is not None and found.st_size != size):
                wanted = f"{size}" if size is not None else f"at most {largest}"
                raise ModelError(f"the file has {found.st_size} bytes, wanted {wanted}", where=str(path))
            with os.fdopen(handle, "rb", closefd=False) as file:
                return file.read(found.st_size)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as fault:
        raise ModelError(f"the file cannot be read: {fault.strerror or fault}", where=str(path)) from fault
    except ValueError as fault:  # A NUL in the path.
        raise ModelError(f"the file cannot be read: {fault}", where=str(path)) from fault


def _prepare(folder: Path) -> None:
    """Complete what a killed writer has begun, and remove what it has left."""
    for name in (*LARGEST_FILE, NOTE):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            raise ModelError("a folder stands where a file of the model should be", where=str(path))
    try:
        _, seals = _parse_index(_read_index(folder))
    except ModelError as problem:
        if isinstance(problem.__cause__, OSError):  # The disk's fault: there may well be a model.
            raise
        seals = {}  # No model, or one that nobody can read: nothing to save.
    for name, seal in seals.items():
        if _is_whole(folder / seal.waiting(name), seal):
            os.replace(folder / seal.waiting(name), folder / name)
    for path in folder.iterdir():
        if _WAITING.fullmatch(path.name):
            path.unlink()
    sweep_orphans(folder)


def _is_whole(waiting: Path, seal: Seal) -> bool:
    """Whether a waiting file is all there.

    Who saves the model that is in place once more, and is killed while writing, leaves a part of a file under the
    waiting name of a file that is in place.
    """
    try:
        return Seal.of(_read_regular(waiting, seal.size)) == seal
    except (OSError, ModelError):
        return False


def _stage(folder: Path, files: Mapping[str, bytes], seals: Mapping[str, Seal]) -> None:
    try:
        for name, data in files.items():
            write_new(folder / seals[name].waiting(name), data)
        sync_folder(folder)
    except BaseException:
        _unstage(folder, seals)
        raise


def _commit(folder: Path, index: bytes, seals: Mapping[str, Seal]) -> None:
    try:
        write_bytes(folder / INDEX, index)
    except BaseException:
        # The fault may have come after the replacement; then the waiting files are the model.
        if not _holds(folder / INDEX, index):
            _unstage(folder, seals)
        raise


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _unstage(folder: Path, seals: Mapping[str, Seal]) -> None:
    for name, seal in seals.items():
        (folder / seal.waiting(name)).unlink(missing_ok=True)


def _settle(folder: Path, seals: Mapping[str, Seal]) -> None:
    for name, seal in seals.items():
        os.replace(folder / seal.waiting(name), folder / name)
    for name in LARGEST_FILE.keys() - seals.keys() - {INDEX}:
        (folder / name).unlink(missing_ok=True)
