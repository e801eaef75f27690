"""Files that are replaced whole or not at all, whatever interrupts: a kill, a full disk, a power cut.

The content goes to a temporary file in the same folder, is forced to the disk, and takes the name in one step; then the
folder's own entry is forced to the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

_TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<process>\d+)-[0-9a-f]{8}\.tmp")
_CHUNK = 1 << 20


def write_bytes(path: Path, data: bytes) -> None:
    """Replace the content of `path`; at every moment the file holds all of the old content or all of the new.

    Args:
        path: File to replace or create; its folder must exist. A symbolic link is replaced, not followed.
        data: New content.

    Raises:
        OSError: The disk is full, the folder read-only, ...; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    write_new(temporary, data)
    try:
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Create a file and force its content to the disk; it must not exist. Nothing is left when that fails."""
    # os.open, not tempfile: the file shall have the permissions that the user's umask gives to any other.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_orphans(folder: Path) -> list[Path]:
    """Remove temporary files that a killed `write_bytes` left behind.

    Call it before the first `write_bytes` of a run: a temporary file that bears this process's own number is taken for
    an orphan too, since in a container every run may have the same number. Files of other living processes stay.

    Returns:
        What was removed.
    """
    orphans = []
    for path in sorted(folder.glob(".*.tmp")):
        match = _TEMPORARY.fullmatch(path.name)
        if match and not _is_another_living_process(int(match["process"])):
            path.unlink(missing_ok=True)
            orphans.append(path)
    return orphans


def _is_another_living_process(number: int) -> bool:
    if number == os.getpid() or os.name == "nt":  # On Windows os.kill would end it; open files cannot be removed there.
        return False
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return number > 0


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextlib.contextmanager
def locked(lock: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file while the block runs; a second process, or thread, waits for its turn.

    Without `wait` it gets a `BlockingIOError` at once instead.

    The system frees the lock of a process that dies. Without ``fcntl`` (Windows) nothing is locked, and keeping two
    writers apart is the caller's business.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before us may have removed the name while we waited: then another file bears it now.
            if not _is_still_named(lock, handle):
                continue
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return
        finally:
            os.close(handle)


def _is_still_named(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(handle))
    except FileNotFoundError:
        return False
