"""``gatewise data``: fetch the IMDB reviews, look at a data set, split a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.options import AsJson, Delimiter, Encoding, LabelColumn, Strict, TextColumn
from gatewise.errors import DataError

if TYPE_CHECKING:
    from gatewise.data.download import Progress
    from gatewise.data.examples import Examples, ReadReport
    from gatewise.data.imdb import ImportReport
    from gatewise.data.survey import Survey

app = typer.Typer(
    no_args_is_help=True, help="Fetch the IMDB reviews, check a data set, split a file.", rich_markup_mode=None
)

_SHOWN_REFUSALS = 20
_SHOWN_CLASSES = 20
_MAX_FILE_NAME = 100


@app.command()
def imdb(
    source: Annotated[
        Path | None,
        typer.Option(
            help="A copy on this computer: aclImdb_v1.tar.gz, the folder aclImdb, or a folder of Parquet files."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Fetch it even if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put the IMDB reviews into the cache; downloads 84 MB unless --source is given."""
    from gatewise.data.imdb import fetch_imdb, imdb_folder, import_imdb, is_cached

    if source is None and not again and is_cached():
        found: dict[str, Any] = {"folder": str(imdb_folder()), "is_new": False}
        typer.echo(json.dumps(found) if as_json else f"already in {imdb_folder()}; --again fetches it anew")
        return
    if source is not None:
        report = import_imdb(source)
    else:
        with _progress() as progress:
            report = fetch_imdb(progress=progress)
    _print_import(report, as_json)


@app.command()
def check(
    data: Annotated[str, typer.Argument(help="A file, or imdb, imdb:train, imdb:test, imdb:unsup.")],
    text: TextColumn = None,
    label: LabelColumn = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Show how a data set is read: refused rows, classes, lengths, repeated texts, conflicting labels, leaks."""
    from gatewise.data.names import is_named
    from gatewise.data.survey import survey

    if is_named(data):
        _check_named(data, as_json)
        return
    examples, report = _read(data, text, label, encoding, delimiter, strict)
    found = survey(examples)
    if as_json:
        typer.echo(json.dumps({"read": {**asdict(report), "reasons": report.reasons}, **_survey_json(found)}))
        return
    typer.echo(report.summary())
    _print_refused(report)
    _print_survey(found)


@app.command()
def split(
    data: Annotated[str, typer.Argument(help="A CSV, TSV, JSON-lines or Parquet file, or imdb:train.")],
    share: Annotated[float, typer.Option(help="Share of the examples that go to the test file.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Seed of the random choice.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    text: TextColumn = None,
    label: LabelColumn = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Write NAME.train.csv and NAME.test.csv; equal texts stay together, labels keep their mix."""
    from gatewise.cli.source import read_labelled
    from gatewise.data.split import holdout
    from gatewise.data.writer import write_csv

    examples = read_labelled(data, text=text, label=label, encoding=encoding, delimiter=delimiter, strict=strict)
    parts = dict(zip(("train", "test"), holdout(examples, share, seed), strict=True))
    stem = Path(data.replace(":", "-")).name.partition(".")[0][:_MAX_FILE_NAME] or "data"
    files = {name: out / f"{stem}.{name}.csv" for name in parts}
    for name, part in parts.items():
        _refuse_input(files[name], Path(data))
        write_csv(files[name], part)
    written = {name: {"file": str(files[name]), "examples": len(part)} for name, part in parts.items()}
    if as_json:
        typer.echo(json.dumps(written))
        return
    for name in parts:
        typer.echo(f"{files[name]}: {len(parts[name]):,} examples")


def _read(
    data: str, text: str | None, label: str | None, encoding: str | None, delimiter: str | None, strict: bool
) -> tuple[Examples, ReadReport]:
    from gatewise.data.reader import read_examples

    return read_examples(data, text=text, label=label, encoding=encoding, delimiter=delimiter, strict=strict)


def _refuse_input(target: Path, source: Path) -> None:
    if target.exists() and target.samefile(source):
        raise DataError(
            "would be overwritten by its own part", where=str(source), hint="choose another folder with --out"
        )


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("download", total=None)
        yield lambda have, total: bar.update(task, completed=have, total=total)


def _print_import(report: ImportReport, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps({"folder": str(report.folder), "is_new": True, "rows": report.rows, "altered": report.altered})
        )
        return
    for name, count in report.rows.items():
        typer.echo(f"imdb:{name:<6} {count:>7,} reviews")
    if report.altered:
        typer.echo(
            f"Warning: {', '.join(report.altered)} differ from the published data set; do not compare figures.",
            err=True,
        )
    typer.echo(f"in {report.folder}; try: gatewise data check imdb")


def _check_named(name: str, as_json: bool) -> None:
    from gatewise.data.leaks import find_repeats, overlap, text_keys
    from gatewise.data.names import load_named
    from gatewise.data.survey import survey

    if name != "imdb":
        found = survey(load_named(name))
        typer.echo(json.dumps(_survey_json(found))) if as_json else _print_survey(found)
        return
    splits = {part: load_named(f"imdb:{part}") for part in ("train", "test", "unsup")}
    keys = {part: text_keys(examples.texts) for part, examples in splits.items()}
    surveys = {part: survey(examples) for part, examples in splits.items()}
    shared = {
        "test in train": int(overlap(keys["test"], keys["train"]).sum()),
        "unsup in train": int(overlap(keys["unsup"], keys["train"]).sum()),
        "unsup in test": int(overlap(keys["unsup"], keys["test"]).sum()),
    }
    if as_json:
        typer.echo(json.dumps({**{part: _survey_json(found) for part, found in surveys.items()}, "shared": shared}))
        return
    for part, found in surveys.items():
        _print_survey(found)
        typer.echo(f"  {find_repeats(keys[part]).unique:,} different texts")
    typer.echo("Texts of one split that also occur in another (the official split is kept; scores can leave them out):")
    for pair, count in shared.items():
        typer.echo(f"  {pair}: {count:,}")


def _survey_json(found: Survey) -> dict[str, Any]:
    return {**asdict(found), "warnings": found.warnings()}


def _print_refused(report: ReadReport) -> None:
    for row in report.refused[:_SHOWN_REFUSALS]:
        typer.echo(f"  {row}")
    if len(report.refused) > _SHOWN_REFUSALS:
        typer.echo(f"  ... and {len(report.refused) - _SHOWN_REFUSALS:,} more; --json lists all")


def _print_survey(found: Survey) -> None:
    typer.echo(f"{found.source}: {found.examples:,} examples" + (f", {found.groups:,} groups" if found.groups else ""))
    for label, count in list(found.classes.items())[:_SHOWN_CLASSES]:
        typer.echo(f"  {label!s:<20} {count:>9,}  {count / found.examples:6.1%}")
    if len(found.classes) > _SHOWN_CLASSES:
        typer.echo(f"  ... and {len(found.classes) - _SHOWN_CLASSES:,} more classes")
    low, few, middle, many, high = found.words.values()
    typer.echo(
        f"  words: median {middle:,}, mean {found.mean_words:,.1f}, "
        f"90 % from {few:,} to {many:,}, all {low:,} to {high:,}"
    )
    typer.echo(f"  repeated texts: {found.repeats:,}; with another label: {found.conflicting:,}")
    for warning in found.warnings():
        typer.echo(f"  note: {warning}")
