"""A tiny data set in the shape of the official IMDB archive."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

ROWS = {"train": 6, "test": 6, "unsup": 4}
STARS = {"neg": 2, "pos": 9, "unsup": 0}


def members() -> dict[str, bytes]:
    """Names and contents, the numbers of each label backwards, so that the order in the archive must not matter."""
    files = {
        "aclImdb/README": b"about",
        "aclImdb/imdb.vocab": b"the\nand\n",
        "aclImdb/train/labeledBow.feat": b"1 0:1\n",
    }
    for part in ("train", "test"):
        for label in ("neg", "pos", *(["unsup"] if part == "train" else [])):
            numbers = range(ROWS["unsup"] if label == "unsup" else 3)
            addresses = [f"http://www.imdb.com/title/tt{100 + number // 2:07d}/usercomments" for number in numbers]
            files[f"aclImdb/{part}/urls_{label}.txt"] = "\n".join(addresses).encode()
            for number in reversed(numbers):
                name = f"aclImdb/{part}/{label}/{number}_{STARS[label]}.txt"
                files[name] = f"{part} {label} {number}: café<br />\n\u2028\x85 end".encode()
    return files


def write_tar(path: Path, files: dict[str, bytes] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (members() if files is None else files).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("aclImdb/train/neg/7_1.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return path


def write_folder(folder: Path) -> Path:
    for name, content in members().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
