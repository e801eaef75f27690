"""The three shapes in which the IMDB data set comes: the official tar, its extracted folder, a folder of Parquet files.

Nothing is ever extracted to disk: the tar is read member by member, and a member whose name does not look like a review
or a list of addresses is passed over, so that names inside an archive never become paths.
"""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gatewise.errors import DataError, require_extra

SPLITS = ("train", "test", "unsup")
LABELS = ("neg", "pos")

# A review has at most 14 thousand characters; the limits stop an archive built to fill memory.
MAX_REVIEW_BYTES = 1_000_000
MAX_ADDRESS_LIST_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 2_000_000_000

_REVIEW_NAME = re.compile(r"(?:^|/)(train|test)/(neg|pos|unsup)/(\d{1,6})_(\d{1,2})\.txt$", re.ASCII)
_ADDRESSES_NAME = re.compile(r"(?:^|/)(train|test)/urls_(neg|pos|unsup)\.txt$", re.ASCII)
_MOVIE = re.compile(rb"/title/tt(\d{1,12})\b")


class Review(NamedTuple):
    """One review: `number` and `stars` are the two parts of its file name, `label` is "" where there is none."""

    label: str
    number: int
    stars: int
    movie: int
    text: str


def read_source(source: Path) -> dict[str, list[Review]]:
    """Read all reviews, sorted by label and number.

    Args:
        source: The official tar, a folder ``aclImdb`` (or one that holds it), or a folder with ``train.parquet``,
            ``test.parquet`` and ``unsup.parquet``.

    Returns:
        Reviews by split: ``train``, ``test``, ``unsup``.

    Raises:
        DataError: If `source` is missing, damaged or none of the three.
        MissingExtraError: If it holds Parquet files and pyarrow is not installed.
    """
    if not source.exists():
        raise DataError("no such file or folder", where=str(source))
    try:
        if source.is_file():
            return _assemble(_tar_members(source), source)
        if all((source / f"{split}.parquet").is_file() for split in SPLITS):
            return {split: _parquet_reviews(source / f"{split}.parquet") for split in SPLITS}
        return _assemble(_folder_members(source), source)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(source)) from error


def _tar_members(source: Path) -> Iterator[tuple[str, bytes]]:
    unpacked = 0
    try:
        with tarfile.open(source, mode="r|*") as archive:
            for member in archive:
                unpacked += member.size
                if unpacked > MAX_UNPACKED_BYTES:
                    raise DataError(
                        f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes; not the IMDB archive", where=str(source)
                    )
                if member.isfile() and _is_wanted(member.name):
                    _check_size(source, member.name, member.size)
                    content = archive.extractfile(member)
                    yield member.name, content.read() if content else b""
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(
            f"not a complete tar archive: {error}", where=str(source), hint="fetch it again: gatewise data imdb"
        ) from error


def _folder_members(source: Path) -> Iterator[tuple[str, bytes]]:
    root = source / "aclImdb" if (source / "aclImdb").is_dir() else source
    for part in ("train", "test"):
        for path in sorted((root / part).glob("urls_*.txt")) + sorted((root / part).glob("*/*.txt")):
            name = path.relative_to(root).as_posix()
            if _is_wanted(name):
                _check_size(source, name, path.stat().st_size)
                yield name, path.read_bytes()


def _is_wanted(name: str) -> bool:
    return bool(_REVIEW_NAME.search(name) or _ADDRESSES_NAME.search(name))


def _check_size(source: Path, name: str, size: int) -> None:
    limit = MAX_REVIEW_BYTES if _REVIEW_NAME.search(name) else MAX_ADDRESS_LIST_BYTES
    if size > limit:
        raise DataError(f"{name} has {size:,} bytes, more than {limit:,}; not the IMDB data set", where=str(source))


def _assemble(members: Iterable[tuple[str, bytes]], source: Path) -> dict[str, list[Review]]:
    reviews: list[tuple[str, str, int, int, str]] = []
    movies: dict[tuple[str, str], list[int]] = {}
    for name, content in members:
        if found := _REVIEW_NAME.search(name):
            part, label, number, stars = found.groups()
            reviews.append((part, label, int(number), int(stars), _decode(content, name, source)))
        elif found := _ADDRESSES_NAME.search(name):
            movies[found[1], found[2]] = _movies(content, name, source)
    if not reviews:
        raise DataError(
            "holds no IMDB reviews",
            where=str(source),
            hint="--source takes aclImdb_v1.tar.gz, the folder aclImdb, or a folder of train, test and unsup.parquet",
        )
    splits: dict[str, list[Review]] = {split: [] for split in SPLITS}
    for part, label, number, stars, text in reviews:
        movie = _movie_of(movies, part, label, number, source)
        if label == "unsup":
            splits["unsup"].append(Review("", number, stars, movie, text))
        else:
            splits[part].append(Review(label, number, stars, movie, text))
    return {split: sorted(rows) for split, rows in splits.items()}


def _decode(content: bytes, name: str, source: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 (byte {error.start})", where=str(source)) from error


def _movies(content: bytes, name: str, source: Path) -> list[int]:
    movies = []
    for line, address in enumerate(content.split(), start=1):
        found = _MOVIE.search(address)
        if not found:
            raise DataError(f"{name}: line {line} is not the address of a title", where=str(source))
        movies.append(int(found[1]))
    return movies


def _movie_of(movies: dict[tuple[str, str], list[int]], part: str, label: str, number: int, source: Path) -> int:
    known = movies.get((part, label), [])
    if number >= len(known):
        raise DataError(
            f"{part}/urls_{label}.txt does not name the movie of review {number}",
            where=str(source),
            hint="use a complete copy: gatewise data imdb",
        )
    return known[number]


def _parquet_reviews(path: Path) -> list[Review]:
    require_extra("parquet", "pyarrow", "reading Parquet files")
    import pyarrow as pa
    import pyarrow.parquet as pq

    labelled = path.name != "unsup.parquet"
    wanted = ["id", "movie", "text", *(["label", "rating"] if labelled else [])]
    try:
        columns = pq.read_table(path, columns=wanted).to_pydict()
        labels = [LABELS[label] for label in columns["label"]] if labelled else [""] * len(columns["id"])
        stars = columns["rating"] if labelled else [0] * len(columns["id"])
        movies = [int(movie.removeprefix("tt")) for movie in columns["movie"]]
        return sorted(map(Review, labels, columns["id"], stars, movies, columns["text"]))
    except (pa.ArrowException, KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise DataError(f"is not one of the IMDB Parquet files: {error}", where=str(path)) from error
