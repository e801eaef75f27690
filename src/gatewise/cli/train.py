"""``gatewise train``: from a file of labelled texts to a model folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.options import AsJson, Delimiter, Encoding, LabelColumn, Strict, TextColumn, Threads
from gatewise.cli.running import begin_process, entry_of, is_finished, seconds_of
from gatewise.errors import ParameterError, require_extra
from gatewise.store.networks import NETWORKS
from gatewise.train.terms import TERMS

if TYPE_CHECKING:
    from gatewise.data.examples import Examples
    from gatewise.store.encoder import StoredEncoder
    from gatewise.store.folder import StoredModel
    from gatewise.train.recipe import Recipe
    from gatewise.train.teachers import Teacher

Data = Annotated[str, typer.Argument(help="CSV, TSV, JSONL or Parquet file, or a known data set: imdb.")]
Out = Annotated[Path, typer.Option(help="Model folder to write.")]
Network = Annotated[str | None, typer.Option(help=f"{', '.join(NETWORKS)}.  [default: lstm]")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the data.  [default: by the number of texts]")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same model.  [default: 0]")]
From = Annotated[
    str | None, typer.Option("--from", help="A model or encoder to begin with: imdb, imdb-encoder, a folder.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what the folder holds.")]
Time = Annotated[str | None, typer.Option(help="Most time training may take, e.g. 90s, 10m, 2h.")]
RecipeName = Annotated[
    str | None,
    typer.Option("--recipe", help="A shipped recipe, e.g. fast, best, or a JSON file of entries."),
]
Entries = Annotated[list[str] | None, typer.Option("--set", help="A recipe entry, e.g. hidden_size=64; repeatable.")]
Direction = Annotated[bool | None, typer.Option("--bidirectional/--causal", help="Read from both ends; cannot stream.")]
Layers = Annotated[int | None, typer.Option(help="Layers, one above the other.  [default: 1; grid_lstm 2]")]
Highway = Annotated[bool | None, typer.Option("--highway/--plain", help="Highway gates around layers above the first.")]
Precise = Annotated[str | None, typer.Option(help="fp32, or bf16 where the processor has it.  [default: fp32]")]
Objective = Annotated[
    str | None,
    typer.Option(
        help=f"cross-entropy, ordinal for labels that are numbers, {', '.join(TERMS)}, or another of the recipe's."
    ),
]
Unlabelled = Annotated[
    list[str] | None,
    typer.Option(help="Texts without labels, for those or a teacher: a file, a folder, imdb:unsup; repeatable."),
]
Teachers = Annotated[
    list[str] | None,
    typer.Option("--teacher", help="Model whose answers to learn too, also of unlabelled texts; repeatable."),
]
Blended = Annotated[bool | None, typer.Option("--blend/--no-blend", help="Mix in the bag-of-words rival.")]
LabelWords = Annotated[
    str | None,
    typer.Option(help='With --from ENCODER: words that tell each class, e.g. "bad: terrible awful | good: great".'),
]
Rate = Annotated[float | None, typer.Option(help="Peak learning rate.")]
Dev = Annotated[str | None, typer.Option(help="Development file, instead of a share of the data.")]


def train(
    data: Data,
    out: Out,
    network: Network = None,
    epochs: Epochs = None,
    seed: Seed = None,
    start_from: From = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    time: Time = None,
    recipe: RecipeName = None,
    entries: Entries = None,
    bidirectional: Direction = None,
    layers: Layers = None,
    highway: Highway = None,
    learning_rate: Rate = None,
    precision: Precise = None,
    objective: Objective = None,
    unlabelled: Unlabelled = None,
    teacher: Teachers = None,
    blend: Blended = None,
    label_words: LabelWords = None,
    text: TextColumn = None,
    label: LabelColumn = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    strict: Strict = False,
    dev: Dev = None,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Train a classifier and store it with its tokenizer, its bag-of-words rival and its record."""
    require_extra("train", "torch", "training")
    if is_finished(out, resume=resume, overwrite=overwrite):
        typer.echo(f"{out} is already finished; there is nothing to resume.", err=True)
        return
    options = {"network": network, "epochs": epochs, "seed": seed, "bidirectional": bidirectional, "layers": layers}
    more = {"learning_rate": learning_rate, "precision": precision, "highway": highway, "objective": objective}
    heads = {"blend": blend, "label_words": label_words}
    limit, chosen = seconds_of(time), _recipe(recipe, start_from, {**options, **more, **heads}, entries or [])
    _refuse_test_splits([data, dev, *(unlabelled or [])])
    begin_process(threads)
    from gatewise.train.fit import fit
    from gatewise.train.progress import default_reporter

    read = _labelled([data, dev], strict, text=text, label=label, encoding=encoding, delimiter=delimiter)
    model = fit(
        read[0],
        chosen,
        dev=read[1] if dev else None,
        unlabelled=_unlabelled(unlabelled, text),
        teachers=_teachers(teacher or []),
        out=out,
        resume=resume,
        source=_source(start_from),
        reporter=default_reporter(),
        time_limit=limit,
    )
    _show(out, model.metrics, json_)


def _refuse_test_splits(names: list[str | None]) -> None:
    from gatewise.data.names import TEST_SPLITS

    for name in names:
        if name in TEST_SPLITS:
            raise ParameterError(f"{name} is a test split", hint="train and select on others; evaluate reads it")


def _source(start_from: str | None) -> StoredModel | StoredEncoder | None:
    from gatewise.store.source import read_source

    return read_source(start_from) if start_from is not None else None


def _labelled(
    names: list[str | None],
    strict: bool,
    *,
    text: str | None,
    label: str | None,
    encoding: str | None,
    delimiter: str | None,
) -> list[Examples]:
    from gatewise.cli.source import read_labelled

    return [
        read_labelled(name, text=text, label=label, encoding=encoding, delimiter=delimiter, strict=strict)
        for name in names
        if name
    ]


def _unlabelled(names: list[str] | None, text: str | None) -> list[str] | None:
    from gatewise.cli.source import read_unlabelled

    return read_unlabelled(names, text) if names else None


def _teachers(names: list[str]) -> list[Teacher]:
    from gatewise.train.teachers import read_teacher

    return [read_teacher(name) for name in names]


def _recipe(name: str | None, start_from: str | None, options: dict[str, Any], entries: list[str]) -> Recipe:
    from gatewise.train.recipe import Recipe
    from gatewise.train.starting import starting_recipe

    given = {name: value for name, value in options.items() if value is not None}
    given |= dict(entry_of(entry) for entry in entries)
    base = Recipe.load(name) if name else starting_recipe(given.get("network", "lstm"), start_from)
    return base.with_options(**given)


def _show(out: Path, metrics: dict[str, Any], as_json: bool) -> None:
    from gatewise.evaluate.wording import development_line

    if as_json:
        # The curve stays in the folder.
        development = {name: value for name, value in metrics["development"].items() if name != "risk_coverage"}
        told = {"model": str(out), "development": development, "training": metrics["training"]}
        typer.echo(json.dumps(told))
        return
    typer.echo(f"model written to {out}")
    if metrics["development"]:
        typer.echo(development_line(metrics["development"]))
    typer.echo(f'next: gatewise evaluate FILE --model {out}   or   gatewise predict "..." --model {out}')
