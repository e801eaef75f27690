"""Bytes become numbered lines: decoded strictly, split at CR, LF or CRLF only, and never longer than a stated limit."""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from gatewise.errors import DataError, ParameterError

MAX_TEXT_CHARACTERS = 10_000_000
# A row holds other columns beside the text, and JSON writes some characters as six.
MAX_ROW_CHARACTERS = 12_000_000
# Each line costs some memory of its own.
MAX_ROW_LINES = 100_000

TOO_LONG = f"row is longer than {MAX_ROW_CHARACTERS:,} characters"

_CHUNK_BYTES = 1 << 20
# Each line may be read again a few times, and any file may be read again a little.
_MOST_READINGS = 4
_FREE_CHARACTERS = 2 * MAX_ROW_CHARACTERS
_LINE_COST = 16
_MARK = "\ufeff"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Line(NamedTuple):
    """One line: its number from 1, its text with its end, and why it cannot be used (its text is then "")."""

    number: int
    text: str
    refused: str | None = None


def encoding_of(head: bytes, given: str | None, where: str) -> str:
    """Encoding of a file that begins with `head`: its byte-order mark, else the one that was given, else UTF-8.

    Raises:
        ParameterError: If the given encoding does not exist.
        DataError: If the mark contradicts it, or the file looks like UTF-16 without a mark.
    """
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if given is None:
        if marked is None and b"\0" in head[:2]:
            raise DataError(
                "is not UTF-8 text; it looks like UTF-16 without a byte-order mark",
                where=where,
                hint="say the encoding: --encoding utf-16-le (or utf-16-be)",
            )
        return marked or "utf-8"
    try:
        name = codecs.lookup(given).name
        b"text".decode(given, "ignore")  # a LookupError for codecs that give no text
        codecs.getincrementaldecoder(given)
    except (LookupError, ValueError, UnicodeError) as error:
        raise ParameterError(
            f"encoding is {given!r}, which is not known", hint="examples: utf-8, cp1252, latin-1, utf-16"
        ) from error
    if marked is not None and not name.startswith(marked):
        raise DataError(
            f"begins with a {marked} mark, but the encoding given is {given}", where=where, hint="leave out --encoding"
        )
    # The plain names read the mark and choose the byte order by it.
    return marked or name


class Lines(Iterator[Line]):
    """The lines of an open file, in order; lines can be given back to be read again.

    Memory is bounded by one chunk and one line of `MAX_ROW_CHARACTERS`, whatever the file holds.

    Raises:
        DataError: On bytes that are not of the encoding, naming byte and line, or when reading fails.
    """

    def __init__(self, file: io.BufferedReader, encoding: str, where: str) -> None:
        self._file = file
        self._encoding = encoding
        self._where = where
        self._again: deque[Line] = deque()
        self._given_back = 0
        self._characters = 0
        self._fresh = self._split()

    def __next__(self) -> Line:
        return self._again.popleft() if self._again else next(self._fresh)

    def give_back(self, lines: list[Line]) -> None:
        """Put lines before those that come next.

        Raises:
            DataError: If so much was given back that reading would take the square of the file's size.
        """
        self._again.extendleft(reversed(lines))
        self._given_back += sum(len(line.text) + _LINE_COST for line in lines)
        if self._given_back > _FREE_CHARACTERS + _MOST_READINGS * self._characters:
            raise DataError(
                "too many quotes are opened and not closed",
                where=f"{self._where}:{self._again[0].number}",
                hint='a quote inside a quoted field is written twice: ""; is the delimiter right?',
            )

    def _split(self) -> Iterator[Line]:
        number, tail, is_skipping = 0, "", False
        for chunk in self._decoded():
            pieces = list(io.StringIO(chunk, newline=""))
            if tail.endswith("\r") and not chunk.startswith("\n"):
                pieces.insert(0, tail)
            else:
                pieces[0] = tail + pieces[0]
            # A piece without LF is unfinished: its rest, or the LF after its CR, may be in the next chunk.
            tail = "" if pieces[-1].endswith("\n") else pieces.pop()
            for piece in pieces:
                number += 1
                too_long = is_skipping or len(piece) > MAX_ROW_CHARACTERS
                yield Line(number, "" if too_long else piece, TOO_LONG if too_long else None)
                is_skipping = False
            if len(tail) > MAX_ROW_CHARACTERS:
                tail, is_skipping = ("\r" if tail.endswith("\r") else ""), True
        # The file may end in the middle of a line, or with a bare CR.
        for piece in [""] if is_skipping else io.StringIO(tail, newline=""):
            number += 1
            yield Line(number, piece, TOO_LONG if is_skipping else None)

    def _decoded(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder(self._encoding)()
        offset, ends, last = 0, 0, ""
        while True:
            data = self._read()
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeError as error:
                raise self._undecodable(error, offset - pending, ends) from error
            if text and offset == 0:
                text = text.removeprefix(_MARK)
            offset += len(data)
            if text:
                ends += _line_ends(text) - (last == "\r" and text[0] == "\n")
                last = text[-1]
                self._characters += len(text)
                yield text
            if not data:
                return

    def _read(self) -> bytes:
        try:
            return self._file.read1(_CHUNK_BYTES)
        except OSError as error:
            raise DataError(f"reading failed: {error.strerror or error}", where=self._where) from error

    def _undecodable(self, error: UnicodeError, offset: int, ends: int) -> DataError:
        hint = "say which encoding it has: --encoding cp1252 (Windows), latin-1, utf-16, ..."
        if not isinstance(error, UnicodeDecodeError):
            return DataError(f"is not {self._encoding} text: {error}", where=self._where, hint=hint)
        line = ends + _line_ends(_decode_again(error)) + 1
        value = error.object[error.start]
        return DataError(
            f"byte {offset + error.start:,} (0x{value:02x}) is not {self._encoding} text",
            where=f"{self._where}:{line}",
            hint=hint,
        )


def _decode_again(error: UnicodeDecodeError) -> str:
    try:
        return error.object[: error.start].decode(error.encoding, errors="replace")
    except LookupError:
        return error.object[: error.start].decode("latin-1")


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
