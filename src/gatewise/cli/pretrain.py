"""``gatewise pretrain``: from texts without labels to an encoder folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.options import AsJson, TextColumn, Threads
from gatewise.cli.running import begin_process, entry_of, is_finished, seconds_of
from gatewise.errors import require_extra

if TYPE_CHECKING:
    from gatewise.store.encoder import StoredEncoder
    from gatewise.train.pretrain.recipe import PretrainRecipe

Texts = Annotated[
    list[str],
    typer.Argument(
        metavar="TEXT...",
        help="Any of: a .txt file, documents separated by blank lines; a folder, each .txt file a document; CSV, TSV, "
        "JSONL or Parquet; - for standard input; imdb, the reviews without their labels.",
    ),
]
Out = Annotated[Path, typer.Option(help="Encoder folder to write.")]
Direction = Annotated[str | None, typer.Option(help="forward, backward or both.  [default: the preset's]")]
Preset = Annotated[str, typer.Option(help="fast, default or best, or a JSON file of recipe entries.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the texts.  [default: the preset's]")]
Hidden = Annotated[int | None, typer.Option("--hidden-size", help="Width of the state.  [default: the preset's]")]
Embedding = Annotated[int | None, typer.Option("--embedding-size", help="Numbers a word.  [default: the preset's]")]
Layers = Annotated[int | None, typer.Option(help="Layers, one above the other.  [default: the preset's]")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same encoder.  [default: 0]")]
Time = Annotated[str | None, typer.Option(help="Most time training may take, e.g. 90s, 10m, 2h.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what the folder holds.")]
Vocabulary = Annotated[str | None, typer.Option(help="Use the words of another encoder, or of a model.")]
From = Annotated[
    str | None, typer.Option("--from", help="Encoder to go on from, with its shape and words: imdb-encoder ...")
]
Device = Annotated[str, typer.Option(help="cpu, or cuda for a GPU.")]
Entries = Annotated[list[str] | None, typer.Option("--set", help="A recipe entry, e.g. samples=2048; repeatable.")]


def pretrain(
    texts: Texts,
    out: Out,
    direction: Direction = None,
    preset: Preset = "default",
    epochs: Epochs = None,
    hidden_size: Hidden = None,
    embedding_size: Embedding = None,
    layers: Layers = None,
    seed: Seed = None,
    time: Time = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    vocabulary: Vocabulary = None,
    start_from: From = None,
    device: Device = "cpu",
    entries: Entries = None,
    text: TextColumn = None,
    threads: Threads = None,
    json_: AsJson = False,
) -> None:
    """Train a language model on texts without labels and store it for classifiers to begin with."""
    require_extra("train", "torch", "pre-training")
    if is_finished(out, resume=resume, overwrite=overwrite, kind="an encoder"):
        typer.echo(f"{out} is already finished; there is nothing to resume.", err=True)
        return
    limit = seconds_of(time)
    begin_process(threads)
    from gatewise.data.documents import Documents
    from gatewise.store.encoder import read_encoder
    from gatewise.store.locate import find_model
    from gatewise.train.pretrain.run import pretrain as run
    from gatewise.train.progress import default_reporter

    options = {"direction": direction, "epochs": epochs, "layers": layers, "seed": seed}
    sizes = {"hidden_size": hidden_size, "embedding_size": embedding_size}
    start = None if start_from is None else read_encoder(find_model(start_from))
    encoder = run(
        [Documents(name, text) for name in texts],
        _recipe(preset, {**options, **sizes}, entries or [], start),
        out,
        resume=resume,
        vocabulary=_vocabulary(vocabulary),
        start=start,
        device=device,
        reporter=default_reporter(),
        time_limit=limit,
    )
    _show(out, encoder, json_)


def _recipe(preset: str, options: dict[str, Any], entries: list[str], start: StoredEncoder | None) -> PretrainRecipe:
    from gatewise.train.pretrain.recipe import PretrainRecipe
    from gatewise.train.pretrain.start import shape_of

    recipe = PretrainRecipe.load(preset)
    if start is not None:
        # A shape that the preset asks for is left to be refused where it is another.
        default, shape = PretrainRecipe(), shape_of(start.config)
        undecided = {name: value for name, value in shape.items() if getattr(recipe, name) == getattr(default, name)}
        recipe = recipe.with_options(**undecided)
    given = {name: value for name, value in options.items() if value is not None}
    return recipe.with_options(**given).with_options(**dict(map(entry_of, entries)))


def _vocabulary(name: str | None) -> str | None:
    from gatewise.store.source import read_source

    return None if name is None else read_source(name).tokenizer


def _show(out: Path, encoder: StoredEncoder, as_json: bool) -> None:
    metrics = encoder.metrics
    if as_json:
        told = {"encoder": str(out), "held_out": metrics["held_out"], "training": metrics["training"]}
        typer.echo(json.dumps(told))
        return
    typer.echo(f"encoder written to {out}")
    for reader, figures in metrics["held_out"].items():
        typer.echo(
            f"{reader}: perplexity {figures['perplexity']:.1f} on {metrics['training']['held_out_words']:,} words "
            f"held out; of a model that knows only how frequent words are, {figures['unigram_perplexity']:.1f}"
        )
    first = f'gatewise next "..." --encoder {out}   or   ' if "forward" in metrics["held_out"] else ""
    typer.echo(f"next: {first}gatewise train FILE --from {out} --out MODEL")
