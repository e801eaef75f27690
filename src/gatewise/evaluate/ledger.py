"""The test ledger: one line for every time that a test split was read, so that nobody can choose by it unseen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from gatewise import settings
from gatewise.errors import DataError

_HINT = "let GATEWISE_LEDGER name a file that can be written; a test score is shown only once it is recorded"


def record_test_read(entry: Mapping[str, Any], *, file: Path | None = None) -> int:
    """Append one line to the ledger and give its number.

    The date and the commit (or the version of the package) are put before what `entry` holds. The line is on disk when
    this returns. Several processes may append at once: each line stays whole, and each gets its own number.

    Args:
        entry: What was read and found, as JSON values: data, model, seed, development_accuracy, accuracy.
        file: The ledger; the one that `settings.ledger_file` names when left out.

    Returns:
        The number of the new line, counted from 1.

    Raises:
        DataError: The ledger cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     record_test_read({"data": "imdb:test", "accuracy": 0.9}, file=Path(folder) / "ledger.jsonl")
        1
    """
    path = file or settings.ledger_file()
    dated = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": settings.code_version(),
        **entry,
    }
    line = json.dumps(dated, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    with _opened(path) as descriptor, _locked(descriptor):
        content = _read(descriptor)
        # A line that a crash cut short is ended first, so that it spoils itself only.
        ending = b"" if not content or content.endswith(b"\n") else b"\n"
        _write(descriptor, ending + line)
        os.fsync(descriptor)
        return content.count(b"\n") + len(ending) + 1


def check_writable(file: Path | None = None) -> Path:
    """Raise `DataError` unless the ledger can be written: to be asked before minutes are spent on a score.

    Returns:
        The path of the ledger.
    """
    path = file or settings.ledger_file()
    with _opened(path):
        return path


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    except OSError as problem:
        raise DataError(
            f"the test ledger cannot be opened: {problem.strerror}", where=str(path), hint=_HINT
        ) from problem
    try:
        yield descriptor
    except OSError as problem:
        raise DataError(
            f"the test ledger cannot be written: {problem.strerror}", where=str(path), hint=_HINT
        ) from problem
    finally:
        os.close(descriptor)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Hold the file for this process alone; the lock ends with the file, even when the process is killed."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _read(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    parts = []
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
