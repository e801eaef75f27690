"""Fetching one file over HTTP: resumed where it stopped, checked before anybody opens it."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from gatewise.errors import DataError

Progress = Callable[[int, int | None], None]

_CHUNK = 1 << 18
_TIMEOUT_SECONDS = 30.0
_MAX_BYTES = 1_000_000_000
_RESUMED = 206
_NOTHING_LEFT = 416


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def download(
    address: str,
    path: Path,
    *,
    sha256: str,
    progress: Progress | None = None,
    max_bytes: int = _MAX_BYTES,
    timeout: float = _TIMEOUT_SECONDS,
) -> None:
    """Fetch `address` into `path`; what was fetched before an interruption lies in ``path + ".part"`` and is kept.

    Args:
        address: An http or https address.
        path: Where the complete, checked file appears.
        sha256: Checksum of the complete file.
        progress: Called with bytes so far and bytes in all (None where the server does not say).
        max_bytes: A server that sends more is stopped.
        timeout: Seconds without any byte after which the connection counts as lost.

    Raises:
        DataError: If the address cannot be reached, refuses, breaks off, or sends something else than promised. After
            a break the next call continues; after a wrong checksum it starts anew.
    """
    if not address.startswith(("https://", "http://")):
        raise DataError("only http and https addresses can be fetched", where=address)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(address, part, progress, max_bytes, timeout)
        found = sha256_of(part)
    except urllib.error.HTTPError as error:
        error.close()
        raise DataError(f"the server answered {error.code} {error.reason}", where=address, hint=_hint(path)) from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"the download broke off: {reason}", where=address, hint=_hint(path)) from error
    if found != sha256:
        part.unlink()
        raise DataError(
            f"the file has checksum {found}, expected {sha256}; it was deleted", where=address, hint=_hint(path)
        )
    os.replace(part, path)


def _hint(path: Path) -> str:
    return f"try again (it continues where it stopped), or fetch {path.name} by other means and use --source"


def _fetch(address: str, part: Path, progress: Progress | None, max_bytes: int, timeout: float) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        # Everything was there already and only the check was missing.
        if error.code == _NOTHING_LEFT and have:
            error.close()
            return
        raise
    with answer:
        if not _goes_on(answer, have):
            have = 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else None
        with part.open("ab" if have else "wb") as file:
            while chunk := answer.read(_CHUNK):
                have += len(chunk)
                if have > max_bytes:
                    raise OSError(f"the server sends more than {max_bytes:,} bytes")
                file.write(chunk)
                if progress:
                    progress(have, total)
    if total is not None and have < total:
        raise OSError(f"the connection was lost after {have:,} of {total:,} bytes")


def _goes_on(answer: http.client.HTTPResponse, have: int) -> bool:
    """Whether the answer continues where the part on disk ends; otherwise it is the whole file."""
    return answer.status == _RESUMED and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
