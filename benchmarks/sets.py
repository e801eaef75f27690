"""Small public data sets for the benchmarks. They are not shipped: GATEWISE_DATA names the folder that holds them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet

from gatewise.data.examples import Examples
from gatewise.errors import DataError

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def data_folder() -> Path:
    """``$GATEWISE_DATA``, else ``shared/data`` beside the checkout."""
    return Path(os.environ.get("GATEWISE_DATA") or BESIDE)


def read_set(
    file: str, label: str, *, text: tuple[str, ...] = ("text",), classes: Mapping[Any, str | int] | None = None
) -> Examples:
    """The rows of a Parquet file.

    Args:
        file: Below `data_folder`.
        label: Column of the label.
        text: Columns of the text, joined by a full stop.
        classes: Value of `label` to class; rows with another value are left out. None takes the values as they are.
    """
    path = data_folder() / file
    if not path.is_file():
        raise DataError("no such file", where=file, hint="let GATEWISE_DATA name the folder of the data sets")
    rows = parquet.read_table(path, columns=[*text, label]).to_pylist()
    if classes is not None:
        rows = [{**row, label: classes[row[label]]} for row in rows if row[label] in classes]
    texts = [". ".join(row[column] for column in text) for row in rows]
    return Examples(texts, [row[label] for row in rows], source=file)


def fixed_draw(examples: Examples, most: int) -> Examples:
    """All of them, or `most` at random, always the same, in their order."""
    if len(examples) <= most:
        return examples
    return examples.select(np.sort(np.random.default_rng(0).permutation(len(examples))[:most]))
