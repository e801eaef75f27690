"""``gatewise predict``: classes and probabilities of a text, of a file larger than memory, or of standard input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewise.cli.abstaining import check_abstaining, threshold_of
from gatewise.cli.options import Abstain, AsJson, Delimiter, Encoding, ModelName, Risk, Strict
from gatewise.errors import DataError, ParameterError
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.data.reader import TextRow
    from gatewise.runtime.predictor import Predictor

_CHUNK = 256
_SHOWN_TEXT = 60
_FILE_ENDING = re.compile(r"\.(csv|tsv|txt|jsonl?|ndjson|parquet)(\.gz)?$", re.IGNORECASE)
_LONGEST_NAME = 200
# Names with slashes between, but not 8/10 or 24/7.
_FOLDERS = re.compile(r"(?!\d+/\d+$)[\w.~-]+(/[\w.~-]+)+/?")
_PATH_START = re.compile(r"(\.{1,2}|~)?[/\\]|[A-Za-z]:[/\\]")


def predict(
    source: Annotated[
        list[str], typer.Argument(help="Texts, one file or known data set, or - for standard input (a text a line).")
    ],
    model: ModelName = "imdb",
    as_text: Annotated[
        bool, typer.Option("--text", help="Take the argument as text even if it looks like a path.")
    ] = False,
    column: Annotated[str | None, typer.Option(help="Text column of a file, by name or number.")] = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    strict: Strict = False,
    abstain: Abstain = None,
    risk: Risk = None,
    json_: AsJson = False,
) -> None:
    """Predict the class of texts with its probability.

    With --abstain or --risk, texts of which the model is less sure get no class: null in JSON, an empty column else.
    """
    check_abstaining(abstain, risk)
    is_file = not as_text and _is_file(source)
    use_one_blas_thread()
    from gatewise.data.names import is_named, load_named
    from gatewise.runtime.predictor import Predictor

    predictor = Predictor.load(model, parts=() if risk is None else ("metrics",))
    said = _Saying(predictor, threshold_of(predictor, abstain, risk), json_)
    if not as_text and len(source) == 1 and is_named(source[0]):
        source = load_named(source[0]).texts
    if is_file:
        from gatewise.data.reader import stream_texts

        rows = stream_texts(source[0], text=column, encoding=encoding, delimiter=delimiter, strict=strict)
        _predict_rows(predictor, rows, said)
        return
    for text, probabilities in zip(source, predictor.predict_proba(source).tolist(), strict=True):
        typer.echo(said.line(probabilities, text))
    said.tell_abstained()


def _is_file(source: list[str]) -> bool:
    """Whether the one argument names a file; one that only looks so is an error."""
    if source == ["-"]:
        return True
    looks_so = [item for item in source if _looks_like_path(item)]
    if not looks_so:
        return False
    if len(source) > 1:
        raise ParameterError(f"{looks_so[0]!r} is a file among several texts", hint="give one file, or --text")
    if not Path(source[0]).expanduser().exists():
        raise DataError("there is no such file", where=source[0], hint="--text takes the argument as a text")
    return True


def _looks_like_path(item: str) -> bool:
    if "\n" in item or "\0" in item or len(item) > 4096:
        return False
    if len(item) < _LONGEST_NAME and _FILE_ENDING.search(item):
        return True
    if not re.search(r"\s", item) and (_PATH_START.match(item) or _FOLDERS.fullmatch(item)):
        return True
    try:
        return Path(item).expanduser().is_file()
    except (OSError, RuntimeError):  # a name too long for the file system, or ~nobody
        return False


def _predict_rows(predictor: Predictor, rows: Iterable[TextRow], said: _Saying) -> None:
    refused = total = 0
    for chunk in _chunks(rows):
        texts = [row.text for row in chunk if row.text is not None]
        answers = iter(predictor.predict_proba(texts).tolist())
        for row in chunk:
            total += 1
            if row.text is None:
                refused += 1
                typer.echo(f"line {row.line}: {row.refused}", err=True)
                typer.echo(json.dumps({"line": row.line, "error": row.refused}) if said.as_json else "-")
            else:
                typer.echo(said.line(next(answers), row.text))
    said.tell_abstained()
    if refused:
        typer.echo(f"{refused:,} of {total:,} rows could not be read", err=True)


def _chunks(rows: Iterable[TextRow]) -> Iterator[list[TextRow]]:
    chunk: list[TextRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class _Saying:
    """How answers are printed; counts those withheld."""

    def __init__(self, predictor: Predictor, abstain: float | None, as_json: bool) -> None:
        self.classes, self.values = predictor.classes_, predictor.values
        self.abstain, self.as_json = abstain, as_json
        self.answers = self.abstained = 0

    def line(self, probabilities: list[float], text: str) -> str:
        """One answer. Where the model abstains the label is null, or an empty column, which no class can be called."""
        best = max(range(len(self.classes)), key=probabilities.__getitem__)
        is_withheld = self.abstain is not None and probabilities[best] < self.abstain
        self.answers += 1
        self.abstained += is_withheld
        label = None if is_withheld else self.classes[best]
        expected = self._expected(probabilities)
        if self.as_json:
            named = {str(name): probability for name, probability in zip(self.classes, probabilities, strict=True)}
            more = {} if expected is None else {"expected": expected}
            return json.dumps({"label": label, "probabilities": named, **more}, ensure_ascii=False)
        from gatewise.explain.wording import visible

        # A text may not command the terminal.
        short = visible(" ".join(text.split()))
        short = short if len(short) <= _SHOWN_TEXT else short[: _SHOWN_TEXT - 1] + "…"
        columns = ["" if label is None else str(label), f"{probabilities[best]:.4f}"]
        columns += [] if expected is None else [f"{expected:.2f}"]
        return "\t".join([*columns, short]).encode("utf-8", "replace").decode()

    def _expected(self, probabilities: list[float]) -> float | None:
        """The expected value of an ordinal model; of any other model None."""
        from gatewise.metrics.ordered import expected_values

        return float(expected_values([probabilities], self.values)[0]) if self.values else None

    def tell_abstained(self) -> None:
        """Say on stderr how many answers were withheld, if any could be."""
        if self.abstain is not None:
            typer.echo(f"abstained on {self.abstained:,} of {self.answers:,} texts", err=True)
