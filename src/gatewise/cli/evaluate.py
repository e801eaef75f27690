"""``gatewise evaluate``: how good a model is on labelled texts, beside the bag-of-words rival."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.abstaining import check_abstaining, threshold_of
from gatewise.cli.html_file import check_target, write_page
from gatewise.cli.options import (
    Abstain,
    AsJson,
    Delimiter,
    Encoding,
    LabelColumn,
    ModelName,
    Risk,
    Strict,
    TextColumn,
)
from gatewise.settings import use_one_blas_thread

if TYPE_CHECKING:
    from gatewise.data.examples import Examples
    from gatewise.runtime.predictor import Predictor


def evaluate(
    data: Annotated[str, typer.Argument(help="CSV, TSV, JSONL or Parquet file with labels, or imdb:test, imdb:train.")],
    model: ModelName = "imdb",
    text: TextColumn = None,
    label: LabelColumn = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    strict: Strict = False,
    html: Annotated[Path | None, typer.Option(help="Also write a report with plots to this file.")] = None,
    worst: Annotated[int, typer.Option(help="How many of the surest errors to show.", min=0)] = 5,
    by: Annotated[str | None, typer.Option(help="Also judge the parts of this column apart, by its name.")] = None,
    pairs: Annotated[
        str | None, typer.Option(help="Column that names pairs of texts: how often are both of a pair right?")
    ] = None,
    test_split: Annotated[
        bool, typer.Option("--test-split", help="The file is a test split: record this read in the test ledger.")
    ] = False,
    abstain: Abstain = None,
    risk: Risk = None,
    json_: AsJson = False,
) -> None:
    """Judge a model on labelled texts: scores with intervals, the rival, calibration, slices, worst errors.

    A read of imdb:test, or of a file with --test-split, is recorded in the test ledger before its score is shown.
    """
    use_one_blas_thread()
    from gatewise.cli.source import read_labelled
    from gatewise.data.names import TEST_SPLITS
    from gatewise.evaluate.html import html_report
    from gatewise.evaluate.ledger import check_writable
    from gatewise.runtime.predictor import Predictor

    is_test = test_split or data in TEST_SPLITS
    # What would fail at the end, after minutes of work, fails now.
    if is_test:
        check_writable()
    check_target(html)
    check_abstaining(abstain, risk)
    also = [column for column in dict.fromkeys((by, pairs)) if column is not None]
    examples = read_labelled(
        data, text=text, label=label, encoding=encoding, delimiter=delimiter, strict=strict, also=also
    )
    predictor = Predictor.load(model)
    threshold = threshold_of(predictor, abstain, risk)
    result = _judge(predictor, examples, data, worst=worst, abstain=threshold, by=by, pairs=pairs)
    if is_test:
        result["ledger_line"] = _record(result, predictor, data, model)
    if html is not None:
        write_page(html, html_report(result))
    _show(result, html, as_json=json_)


def _judge(predictor: Predictor, examples: Examples, data: str, **options: Any) -> dict[str, Any]:
    from rich.console import Console

    from gatewise.data.names import is_named
    from gatewise.evaluate.evaluation import evaluate as judge

    name = data if is_named(data) else Path(data).name
    errors = Console(stderr=True)
    if not errors.is_terminal:
        return judge(predictor, examples, name=name, **options)
    with errors.status(f"reading {len(examples):,} texts"):
        return judge(predictor, examples, name=name, **options)


def _record(result: Mapping[str, Any], predictor: Predictor, data: str, model: str) -> int:
    from gatewise.evaluate.ledger import record_test_read
    from gatewise.evaluate.wording import model_line
    from gatewise.store.atomic import sha256_file
    from gatewise.store.folder import MODEL
    from gatewise.store.locate import find_model

    folder = find_model(model)
    return record_test_read(
        {
            "data": result["name"],
            "n": result["n"],
            # The name of a folder only: the ledger is committed, and where a folder lies is nobody's business.
            "model": folder.name,
            "weights": sha256_file(folder / MODEL)[:16],
            "network": model_line(result),
            "recipe": predictor.metrics.get("recipe"),
            "seed": result["training"]["seed"],
            "development_accuracy": result["training"]["development_accuracy"],
            "accuracy": result["accuracy"]["value"],
            "baseline_accuracy": result["accuracy"]["rival"],
        }
    )


def _show(result: Mapping[str, Any], html: Path | None, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, allow_nan=False))
        return
    from gatewise.evaluate.terminal import show

    show(result)
    if html is not None:
        typer.echo(f"\nreport with plots: {html}")
