"""Labelled texts in memory, and the report of how a file was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Label = str | int
Indices = Sequence[int] | npt.NDArray[np.int64]

_SHOWN_REFUSALS = 3


@dataclass
class Examples:
    """Texts with their labels, one example per position.

    Attributes:
        texts: ``n`` texts.
        labels: ``n`` labels, all str or all int; an empty list when the texts are unlabelled.
        stars: ``[n]`` float64 ratings, NaN where a text has none; None when no text has one.
        groups: ``[n]`` int64; examples of one group belong together (one movie) and are never split apart.
        ids: ``n`` names of the examples, or None.
        source: Where they come from, for messages: a path or ``imdb:train``.
        columns: Other columns that were asked for, by name: ``n`` words each, empty where a row has none.

    Example:
        >>> examples = Examples(["good", "bad", "fine"], ["pos", "neg", "pos"])
        >>> len(examples), examples.classes()
        (3, ('neg', 'pos'))
        >>> examples.select([2, 0]).texts
        ['fine', 'good']
    """

    texts: list[str]
    labels: list[Label]
    stars: npt.NDArray[np.float64] | None = None
    groups: npt.NDArray[np.int64] | None = None
    ids: list[str] | None = None
    source: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, indices: Indices) -> Examples:
        """The examples at `indices`, in that order."""
        chosen = np.asarray(indices, dtype=np.int64)
        rows = chosen.tolist()
        return Examples(
            texts=[self.texts[row] for row in rows],
            labels=[self.labels[row] for row in rows] if self.labels else [],
            stars=None if self.stars is None else self.stars[chosen],
            groups=None if self.groups is None else self.groups[chosen],
            ids=None if self.ids is None else [self.ids[row] for row in rows],
            source=self.source,
            columns={name: [words[row] for row in rows] for name, words in self.columns.items()},
        )

    def classes(self) -> tuple[Label, ...]:
        """The distinct labels: numbers by value, words alphabetically by code point."""
        whole = [label for label in set(self.labels) if isinstance(label, int)]
        words = [label for label in set(self.labels) if isinstance(label, str)]
        return (*sorted(whole), *sorted(words))


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that was not used.

    Attributes:
        file: The file as the user named it.
        line: Line of the file where the row begins, counted from 1 (in a Parquet file: the row).
        reason: Why, without the row's own content, so that equal reasons can be counted.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class ReadReport:
    """What was read, how, and every row that was refused.

    Attributes:
        file: The file as the user named it.
        rows_read: Rows seen, refused ones included.
        refused: All refused rows in file order.
        text_column: Name of the column that holds the text.
        label_column: Name of the column that holds the label, None when only texts were read.
        star_column: Name of the column that holds the rating, None when there is none.
        delimiter: Field separator of a CSV or TSV file, None for other formats.
        encoding: Encoding the file was read with.
    """

    file: str
    rows_read: int = 0
    refused: list[Refused] = field(default_factory=list)
    text_column: str = ""
    label_column: str | None = None
    star_column: str | None = None
    delimiter: str | None = None
    encoding: str = "utf-8"

    @property
    def reasons(self) -> dict[str, int]:
        """Refused rows by reason, the most frequent first."""
        return dict(Counter(row.reason for row in self.refused).most_common())

    def summary(self) -> str:
        """The report in a few lines for a person."""
        lines = [
            f"{self.file}: {self._how()}",
            f"{self.rows_read - len(self.refused):,} of {self.rows_read:,} rows used",
        ]
        for reason, count in self.reasons.items():
            rows = [row.line for row in self.refused if row.reason == reason]
            places = ", ".join(str(line) for line in rows[:_SHOWN_REFUSALS]) + (
                ", ..." if count > _SHOWN_REFUSALS else ""
            )
            lines.append(f"  refused {count:,}: {reason} (line {places})")
        return "\n".join(lines)

    def _how(self) -> str:
        columns = [f"text in column {self.text_column!r}"] if self.text_column else []
        if self.label_column is not None:
            columns.append(f"label in column {self.label_column!r}")
        if self.star_column is not None:
            columns.append(f"stars in column {self.star_column!r}")
        if self.delimiter is not None:
            columns.append(f"delimiter {self.delimiter!r}")
        return ", ".join([*columns, self.encoding])
