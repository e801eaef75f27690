"""Examples to a CSV file that `read_examples` reads back unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gatewise.data.examples import Examples
from gatewise.data.files import replacing


def write_csv(path: Path, examples: Examples) -> None:
    """Write columns text, label and, where present, stars; UTF-8, every text quoted, the file replaced at once.

    Raises:
        DataError: If it cannot be written; a file that was there before is then left as it was.
    """
    with replacing(path) as file:
        for line in _lines(examples):
            file.write(line.encode("utf-8"))


def _lines(examples: Examples) -> Iterator[str]:
    columns = [map(_quoted, examples.texts), (_quoted(str(label)) for label in examples.labels)]
    names = ["text", "label"]
    if examples.stars is not None:
        names.append("stars")
        columns.append("" if np.isnan(star) else f"{star:g}" for star in examples.stars.tolist())
    yield ",".join(names) + "\n"
    for cells in zip(*columns, strict=True):
        yield ",".join(cells) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
