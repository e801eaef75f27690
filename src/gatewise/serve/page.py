"""The files of the page: a table in memory, made when somebody first looks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fastapi import Response

from gatewise.serve.refusal import Refusal
from gatewise.serve.served import Served


@dataclass(frozen=True)
class File:
    """One file as it is sent."""

    content: bytes
    media_type: str
    tag: str


class Page:
    """The page of a model.

    Args:
        model: The model that it shows.
    """

    def __init__(self, model: Served) -> None:
        self._model = model
        self._files: dict[str, File] | None = None

    def file(self, path: str) -> File:
        """The file at a path; a name in a table, never one in a file system.

        Raises:
            Refusal: 404.
        """
        if self._files is None:
            self._files = _files(self._model)
        file = self._files.get(path)
        if file is None:
            raise Refusal(404, "not_found", "the page has no such file")
        return file

    def response(self, file: File, known: str | None) -> Response:
        """The file, or 304 where the browser has it."""
        headers = {"etag": file.tag, "cache-control": "no-cache"}
        if known == file.tag:
            return Response(None, 304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)


def _files(model: Served) -> dict[str, File]:
    from gatewise.page.files import page_files

    files = page_files(model.predictor, model.name)
    return {path: File(file.content, file.media_type, _tag(file.content)) for path, file in files.items()}


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
