"""The IMDB Large Movie Review Dataset (Maas et al. 2011) in the user's cache.

The cache holds one ``jsonl.gz`` file per split, one review a line, sorted by label and number: in ``train`` and
``test`` the 12,500 negative reviews come first, then the 12,500 positive ones, each in the order of the number in its
official file name. `load_imdb` reads it; only `fetch_imdb` uses the network, and only when it is called.

Reference: Andrew L. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from gatewise.data.download import Progress, download, sha256_of
from gatewise.data.examples import Examples, Label
from gatewise.data.files import replacing
from gatewise.data.imdb_sources import SPLITS, Review, read_source
from gatewise.errors import DataError, ParameterError
from gatewise.settings import cache_folder

ARCHIVE_ADDRESS = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz"
ARCHIVE_SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
ARCHIVE_BYTES = 84_125_825
ARCHIVE_NAME = "aclImdb_v1.tar.gz"

PUBLISHED_ROWS: Mapping[str, int] = MappingProxyType({"train": 25_000, "test": 25_000, "unsup": 50_000})

# SHA-256 of each split as JSON lines before compression. Copies with altered reviews are in circulation; a figure
# measured on one of them must not be compared with published figures.
PUBLISHED_CONTENT: Mapping[str, str] = MappingProxyType(
    {
        "train": "8c607c7195a2e53b313bffaf3d04448f3c98d3f9fd6274ca8960c6f409a6d4df",
        "test": "894ed76d413dd6f14bf01404367e26d67d45e901692b0aac098f507d30574eff",
        "unsup": "4bfbc4507d058b5f582c0c0c12e3d788931dfef026435b5139899613c5eba3bf",
    }
)

_HINT = "gatewise data imdb    (or, with a copy at hand: gatewise data imdb --source FILE_OR_FOLDER)"
_DESCRIPTION = "imdb.json"
_FORMAT = 1


@dataclass(frozen=True)
class ImportReport:
    """What an import put into the cache.

    Attributes:
        folder: Where it lies.
        rows: Reviews per split.
        altered: Splits whose content differs from the published data set; empty is what one wants.
    """

    folder: Path
    rows: dict[str, int]
    altered: tuple[str, ...]


def imdb_folder() -> Path:
    """Folder of the cached data set, present or not."""
    return cache_folder() / "imdb"


def is_cached(folder: Path | None = None) -> bool:
    """Whether a complete import lies in the cache."""
    # The description is written last.
    return ((folder or imdb_folder()) / _DESCRIPTION).is_file()


def load_imdb(split: str = "train", *, folder: Path | None = None) -> Examples:
    """Load one split from the cache, sorted by label and number; never downloads.

    Args:
        split: ``train`` and ``test`` (labels ``neg`` and ``pos``, stars 1-4 and 7-10) or ``unsup`` (no labels).
        folder: Where the data set lies; the user's cache unless given.

    Returns:
        Examples with `groups` (the movie's number) and `ids` (``test/pos/123_8``, the official file names).

    Raises:
        ParameterError: If there is no such split.
        DataError: If the data set is not in the cache, or damaged there.
    """
    if split not in SPLITS:
        raise ParameterError(f"split is {split!r}; the IMDB data set has {', '.join(SPLITS)}")
    path = (folder or imdb_folder()) / f"{split}.jsonl.gz"
    try:
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        return _examples(rows, split)
    except FileNotFoundError as error:
        raise DataError("the IMDB data set is not on this computer yet", where=str(path), hint=_HINT) from error
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path), hint=_HINT) from error
    except (zlib.error, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError("is damaged", where=str(path), hint=f"make it anew: {_HINT}") from error


def import_imdb(
    source: Path | str,
    *,
    folder: Path | None = None,
    rows: Mapping[str, int] = PUBLISHED_ROWS,
    content: Mapping[str, str] = PUBLISHED_CONTENT,
) -> ImportReport:
    """Put the data set into the cache from a copy on this computer.

    Args:
        source: ``aclImdb_v1.tar.gz``, its extracted folder, or a folder of Parquet files (see `read_source`).
        folder: Where to put it; the user's cache unless given.
        rows: Reviews that each split must have.
        content: SHA-256 of each split's JSON lines; a split that differs is reported as altered, not refused.

    Raises:
        DataError: If the source cannot be read or a split is incomplete; the cache is then left as it was.
    """
    splits = read_source(Path(source))
    for split, expected in rows.items():
        if len(splits[split]) != expected:
            raise DataError(
                f"{split} has {len(splits[split]):,} reviews; the published data set has {expected:,}",
                where=str(source),
                hint="this copy is incomplete or altered; fetch the official one: gatewise data imdb",
            )
    target = folder or imdb_folder()
    digests = {split: _write_split(target / f"{split}.jsonl.gz", splits[split], split) for split in SPLITS}
    description = {"format": _FORMAT, "rows": {split: len(splits[split]) for split in SPLITS}, "sha256": digests}
    with replacing(target / _DESCRIPTION) as file:
        file.write(json.dumps(description, indent=2).encode() + b"\n")
    altered = tuple(split for split, digest in digests.items() if content.get(split, digest) != digest)
    return ImportReport(target, {split: len(splits[split]) for split in SPLITS}, altered)


def fetch_imdb(
    *,
    folder: Path | None = None,
    address: str = ARCHIVE_ADDRESS,
    sha256: str = ARCHIVE_SHA256,
    rows: Mapping[str, int] = PUBLISHED_ROWS,
    progress: Progress | None = None,
) -> ImportReport:
    """Download the official archive (84 MB), check it and import it; an interrupted download is continued.

    Args:
        folder: Where to put it; the user's cache unless given.
        address: Address of the archive.
        sha256: Its checksum; a file that does not match is never opened.
        rows: Reviews that each split must have.
        progress: Called with bytes so far and bytes in all (None where unknown).

    Raises:
        DataError: If the archive cannot be fetched or is not the official one.
    """
    target = folder or imdb_folder()
    archive = target / ARCHIVE_NAME
    if not (archive.is_file() and sha256_of(archive) == sha256):
        download(address, archive, sha256=sha256, progress=progress, max_bytes=2 * ARCHIVE_BYTES)
    # The archive's own checksum says that nothing is altered.
    report = import_imdb(archive, folder=target, rows=rows, content={})
    # The reviews are in the cache now; the archive would only take another 84 MB.
    archive.unlink()
    return report


def _write_split(path: Path, reviews: list[Review], split: str) -> str:
    lines = "".join(
        json.dumps({**review._asdict(), "id": _example_id(split, review)}, ensure_ascii=False) + "\n"
        for review in reviews
    ).encode()
    with replacing(path) as file:
        file.write(gzip.compress(lines, compresslevel=6, mtime=0))
    return hashlib.sha256(lines).hexdigest()


def _example_id(split: str, review: Review) -> str:
    middle = f"{review.label}/" if review.label else ""
    return f"{split}/{middle}{review.number}_{review.stars}"


def _examples(rows: list[dict[str, str | int]], split: str) -> Examples:
    labelled = split != "unsup"
    labels: list[Label] = [str(row["label"]) for row in rows] if labelled else []
    return Examples(
        texts=[str(row["text"]) for row in rows],
        labels=labels,
        stars=np.array([row["stars"] for row in rows], dtype=np.float64) if labelled else None,
        groups=np.array([row["movie"] for row in rows], dtype=np.int64),
        ids=[str(row["id"]) for row in rows],
        source=f"imdb:{split}",
    )
