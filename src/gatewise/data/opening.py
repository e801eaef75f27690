"""Opening a file of the user's: what kind it is, and every reason why it cannot be read.

The name says the format and the first bytes must agree with it. Nothing is guessed from the content, so that a mistake
is named instead of being read as something else.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gatewise.errors import DataError

STDIN = "-"
FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".txt": "txt",
}

# Text compresses 3 to 10 times; what unpacks to more than 200 times its size is not text worth reading. Small files
# are let through: 10 MB fill no disk and no memory.
MAX_RATIO = 200
RATIO_FREE_BYTES = 10_000_000

_BUFFER = 1 << 20
_KINDS = (
    (b"\x1f\x8b", "is gzip-compressed", "give it a name that ends in .gz, e.g. reviews.csv.gz"),
    (b"PK\x03\x04", "is a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook", "save the sheet as CSV (UTF-8)"),
    (b"BZh", "is bzip2-compressed", "unpack it first, or compress it with gzip"),
    (b"\xfd7zXZ", "is xz-compressed", "unpack it first, or compress it with gzip"),
    (b"PAR1", "is a Parquet file", "give it a name that ends in .parquet"),
    (b"%PDF", "is a PDF document", "a table is needed: CSV, TSV, JSON lines or Parquet"),
    (b"SQLite format 3", "is an SQLite database", "export the table as CSV"),
)
_FOLDER_HINT = "name one of the files in it"
_NAMES_HINT = "names end in .csv, .tsv, .jsonl (each also with .gz), .parquet or, for texts alone, .txt"


@dataclass(frozen=True)
class Source:
    """A file to read: `name` as the user wrote it, its `format`, and whether it is gzip-compressed."""

    name: str
    format: str
    is_compressed: bool = False
    is_stdin: bool = False


def source_of(path: str | Path) -> Source:
    """Tell the format from the name.

    Raises:
        DataError: If the name does not end in one of the known ways.

    Example:
        >>> source_of("reviews.CSV.gz")
        Source(name='reviews.CSV.gz', format='csv', is_compressed=True, is_stdin=False)
    """
    name = str(path)
    if name == STDIN:
        return Source("standard input", "txt", is_stdin=True)
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    is_compressed = suffixes[-1:] == [".gz"]
    last = suffixes[-2:-1] if is_compressed else suffixes[-1:]
    kind = FORMATS.get(last[0]) if last else None
    if kind is None or (kind == "parquet" and is_compressed):
        must_be_readable(name)
        raise DataError("the name does not tell the format", where=name, hint=_NAMES_HINT)
    return Source(name, kind, is_compressed)


@contextmanager
def opened(source: Source) -> Iterator[io.BufferedReader]:
    """Open a text source for reading bytes, decompressed.

    Raises:
        DataError: If it is missing, a folder, not a regular file, not permitted, or of another kind than its name says.
    """
    if source.is_stdin:
        if sys.stdin is None:
            raise DataError("there is no standard input", hint="give a file, or feed texts through a pipe")
        # The stream belongs to the caller and stays open.
        yield sys.stdin.buffer  # type: ignore[misc]
        return
    with _open_regular(source.name) as raw:
        file: io.BufferedReader = io.BufferedReader(raw, _BUFFER)
        head = file.peek(16)[:16]
        if source.is_compressed:
            if head and not head.startswith(b"\x1f\x8b"):
                raise DataError(
                    "is not gzip-compressed although its name ends in .gz",
                    where=source.name,
                    hint="rename it without .gz, or fetch it again",
                )
            yield io.BufferedReader(_Unpacked(file, source.name), _BUFFER)
            return
        for magic, what, hint in _KINDS:
            if head.startswith(magic):
                raise DataError(what, where=source.name, hint=hint)
        yield file


def _open_regular(name: str) -> io.FileIO:
    try:
        # A FIFO would block here for ever without O_NONBLOCK, which regular files ignore.
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        raise _cannot_open(name, error) from error
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return io.FileIO(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise DataError("is a folder, not a file", where=name, hint=_FOLDER_HINT)
    raise DataError("is not a regular file", where=name, hint="feed it through a pipe: ... | gatewise predict -")


def _cannot_open(name: str, error: OSError | ValueError) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError("no such file", where=name, hint="check the spelling and the current folder")
    if isinstance(error, PermissionError):
        # Opening a folder is "permission denied" on Windows.
        if os.path.isdir(name):
            return DataError("is a folder, not a file", where=name, hint=_FOLDER_HINT)
        return DataError("no permission to read it", where=name, hint="chmod u+r it, or copy it to a place of yours")
    reason = getattr(error, "strerror", None) or error
    return DataError(f"cannot be opened: {reason}", where=repr(name), hint="check the name of the file")


def must_be_readable(name: str) -> None:
    """Raise `DataError` unless `name` is a regular file that may be read."""
    _open_regular(name).close()


class _Unpacked(io.RawIOBase):
    """The decompressed bytes of a gzip file, with damage and bombs reported as DataError."""

    def __init__(self, packed: io.BufferedReader, name: str) -> None:
        self._packed = packed
        self._gzip = gzip.GzipFile(fileobj=packed, mode="rb")
        self._name = name
        self._unpacked = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._gzip.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"the gzip data are damaged or cut off after {self._unpacked:,} unpacked bytes",
                where=self._name,
                hint="copy or download the file again",
            ) from error
        self._unpacked += len(data)
        if self._unpacked > RATIO_FREE_BYTES and self._unpacked > MAX_RATIO * self._packed.tell():
            raise DataError(
                f"unpacks to more than {MAX_RATIO} times its size; this is not text",
                where=self._name,
                hint="if it is, unpack the file first",
            )
        buffer[: len(data)] = data
        return len(data)
