"""Documents to read for their words alone, without labels: of text files, tables and the IMDB reviews, one by one."""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gatewise.data.columns import Column
from gatewise.data.leaks import overlap, text_keys
from gatewise.data.lines import encoding_of
from gatewise.data.names import TEST_SPLITS, is_named
from gatewise.data.opening import STDIN, Source, must_be_readable, opened, source_of
from gatewise.data.reader import stream_texts
from gatewise.errors import DataError, ParameterError

# A document is read in pieces of at most so many characters, so that one of any length fits into memory.
LONGEST = 1_000_000

_NAMED = ("imdb", "imdb:train", "imdb:unsup")
_READ = 1 << 18
_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass
class Documents:
    """The documents of one source, read anew by every iteration, in memory that does not grow with the source.

    Args:
        name: ``imdb`` (the labelled training reviews and the unlabelled ones, without those that are copies of test
            reviews), ``imdb:train`` or ``imdb:unsup``; a .txt file, also with .gz, whose documents are separated by
            blank lines; a folder, of which each .txt file below it is a document; a CSV, TSV, JSONL or Parquet table,
            of which each text is one; or ``-`` for standard input, read as a .txt file.
        text: Text column of a table, by name or number (from 1); found by its name unless given.

    Attributes:
        refused: Rows of tables that could not be used, by reason; of the last iteration.

    Raises:
        ParameterError: A test split, or an unknown data set.
        DataError: There is no such file, or it cannot be read; when it breaks off in the middle, after what was before.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "two.txt")
        ...     _ = path.write_text("One document,\\nof two lines.\\n\\nAnother.")
        ...     list(Documents(str(path)))
        ['One document,\\nof two lines.', 'Another.']
    """

    name: str
    text: Column = None
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.name in TEST_SPLITS:
            raise ParameterError(f"{self.name} is a test split", hint="train on others; evaluate reads it")
        if is_named(self.name):
            if self.name not in _NAMED:
                raise ParameterError(f"{self.name!r} is not a known data set", hint=f"known are: {', '.join(_NAMED)}")
        elif not Path(self.name).is_dir():
            source_of(self.name)

    def fingerprint(self) -> list[list[str | int]]:
        """Name and size of each file, to tell whether a source is still what it was.

        Raises:
            DataError: A file is not there, or a folder holds no text.
        """
        if is_named(self.name) or self.name == STDIN:
            return [[self.name, 0]]
        paths = self._files() if Path(self.name).is_dir() else [self.name]
        for path in paths:
            must_be_readable(path)
        return [[path, os.stat(path).st_size] for path in paths]

    def __iter__(self) -> Iterator[str]:
        self.refused.clear()
        if is_named(self.name):
            yield from _reviews(self.name)
        elif Path(self.name).is_dir():
            for path in self._files():
                yield from _pieces(source_of(path), None)
        elif source_of(self.name).format == "txt":
            yield from _pieces(source_of(self.name), _BLANK_LINE)
        else:
            for row in stream_texts(self.name, text=self.text):
                if row.text is None:
                    self.refused[row.refused or ""] += 1
                else:
                    yield row.text

    def _files(self) -> list[str]:
        """The text files below a folder, in the order of their names."""
        found = sorted(
            str(path) for path in Path(self.name).rglob("*") if path.name.lower().endswith((".txt", ".txt.gz"))
        )
        if not found:
            raise DataError("the folder holds no .txt file", where=self.name, hint="each .txt file is a document")
        return found


def _reviews(name: str) -> Iterator[str]:
    from gatewise.data.imdb import load_imdb

    if name in ("imdb", "imdb:train"):
        yield from load_imdb("train").texts
    if name in ("imdb", "imdb:unsup"):
        # Some unlabelled reviews are in the test split too; what is judged there must not have read them.
        unlabelled = load_imdb("unsup").texts
        is_copy = overlap(text_keys(unlabelled), text_keys(load_imdb("test").texts))
        yield from (text for text, known in zip(unlabelled, is_copy.tolist(), strict=True) if not known)


def _pieces(source: Source, separator: re.Pattern[str] | None) -> Iterator[str]:
    """What stands between separators, cut at white space where it is too long; nothing that is blank."""
    rest = ""
    for part in _decoded(source):
        *whole, rest = separator.split(rest + part) if separator else [rest + part]
        while len(rest) > LONGEST:
            cut = max(rest.rfind(" ", 1, LONGEST), rest.rfind("\n", 1, LONGEST))
            cut = cut if cut > 0 else LONGEST
            whole.append(rest[:cut])
            rest = rest[cut:]
        yield from (text for piece in whole if (text := piece.strip()))
    if rest.strip():
        yield rest.strip()


def _decoded(source: Source) -> Iterator[str]:
    with opened(source) as file:
        encoding = encoding_of(b"" if source.is_stdin else file.peek(4)[:4], None, source.name)
        reader = io.TextIOWrapper(file, "utf-8-sig" if encoding == "utf-8" else encoding, newline=None)
        read = 0
        try:
            while part := reader.read(_READ):
                read += len(part)
                yield part
        except UnicodeError as error:
            raise DataError(
                f"is not {encoding} text after its first {read:,} characters",
                where=source.name,
                hint="convert it: iconv -f latin1 -t utf-8 FILE > NEW.txt",
            ) from error
        except OSError as error:
            raise DataError(f"reading failed: {error.strerror or error}", where=source.name) from error
        finally:
            reader.detach()  # Standard input belongs to the caller and stays open.
