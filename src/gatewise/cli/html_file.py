"""``--html FILE`` of the verbs that write a page."""

from __future__ import annotations

from pathlib import Path

from gatewise.errors import DataError, ParameterError


def check_target(html: Path | None) -> None:
    """Refuse a file that cannot be written, before the work and not after it.

    Raises:
        ParameterError: The name is taken by something else than a file, or its folder does not exist.
    """
    if html is None:
        return
    if html.exists() and not html.is_file():
        raise ParameterError(f"--html {str(html)!r} is not a file", hint="name a file, e.g. report.html")
    if not html.parent.is_dir():
        raise ParameterError(
            f"--html {str(html)!r} lies in a folder that does not exist", hint=f"mkdir -p {html.parent}"
        )


def write_page(html: Path, page: str) -> None:
    """Write a page, replacing what the file held.

    Raises:
        DataError: The disk is full, the folder read-only, ...
    """
    from gatewise.store.atomic import write_bytes

    try:
        write_bytes(html.resolve(), page.encode("utf-8", "replace"))
    except OSError as problem:
        raise DataError(f"the page cannot be written: {problem.strerror}", where=str(html)) from problem
