"""Parquet files, where pyarrow is installed; a row's line is its number in the file, counted from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gatewise.data.opening import must_be_readable
from gatewise.data.rows import Row, Table
from gatewise.errors import DataError, require_extra

_BATCH_ROWS = 1024
_HINT = "write the file anew, or export it as CSV"


def open_parquet(path: str) -> Table:
    """Read the schema of a Parquet file.

    Raises:
        MissingExtraError: If pyarrow is not installed.
        DataError: If the file is damaged.
    """
    require_extra("parquet", "pyarrow", "reading Parquet files")
    import pyarrow as pa
    import pyarrow.parquet as pq

    must_be_readable(path)
    try:
        file = pq.ParquetFile(path)
        names = tuple(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise DataError(f"is not a readable Parquet file: {_first_line(error)}", where=path, hint=_HINT) from error

    def rows(columns: Sequence[int]) -> Iterator[Row]:
        line = 0
        wanted = [names[column] for column in columns]
        try:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
                cells: list[list[Any]] = [batch.column(name).to_pylist() for name in wanted]
                for row in zip(*cells, strict=True):
                    line += 1
                    yield Row(line, row)
        except (pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise DataError(f"damaged after row {line:,}: {_first_line(error)}", where=path, hint=_HINT) from error

    return Table(names, rows)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
