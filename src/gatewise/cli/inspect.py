"""``gatewise inspect``: what a model is made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.options import AsJson

if TYPE_CHECKING:
    from gatewise.store.folder import StoredModel


def inspect(
    model: Annotated[str, typer.Argument(help="Model folder, or imdb, which comes with the package.")] = "imdb",
    json_: AsJson = False,
) -> None:
    """Show layers, shapes and parameters of a model, its classes, and how it was trained."""
    from gatewise.store.folder import FILES, read_model
    from gatewise.store.locate import find_model

    folder = find_model(model)
    stored = read_model(folder)
    size = sum((folder / name).stat().st_size for name in FILES if (folder / name).exists())
    if json_:
        typer.echo(json.dumps({**_summary(stored), "bytes": size}, ensure_ascii=False))
        return
    _print(stored, str(folder), size)


def _layers(stored: StoredModel) -> list[tuple[str, tuple[int, ...], int]]:
    """Name, shape and parameters of every tensor, in the order of the data."""
    names = stored.config.network.tensor_shapes()
    return [(name, stored.tensors[name].shape, stored.tensors[name].size) for name in names]


def _summary(stored: StoredModel) -> dict[str, Any]:
    layers = _layers(stored)
    return {
        "config": stored.config.to_json(),
        "layers": [{"name": name, "shape": list(shape), "parameters": count} for name, shape, count in layers],
        "parameters": sum(count for _, _, count in layers),
        "metrics": stored.metrics,
    }


def _print(stored: StoredModel, folder: str, size: int) -> None:
    from rich.console import Console
    from rich.table import Table

    from gatewise.evaluate.wording import development_line
    from gatewise.store.networks import describe

    config, network = stored.config, stored.config.network
    reads = "forwards only: can stream" if network.is_causal else "both directions: cannot stream"
    table = Table()
    for heading in ("layer", "shape", "parameters"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    layers = _layers(stored)
    for name, shape, count in layers:
        table.add_row(name, " × ".join(f"{width:,}" for width in shape), f"{count:,}")
    table.add_section()
    table.add_row("all", "", f"{sum(count for _, _, count in layers):,}")
    console = Console()
    console.print(f"{folder}  {size / 1e6:.1f} MB", highlight=False, markup=False)
    console.print(f"{describe(network)}, pooling {network.pooling}; reads {reads}", highlight=False)
    console.print(table)
    limit = f"{config.text.truncation}, {config.text.max_tokens:,} tokens" if config.text.max_tokens else "read whole"
    typer.echo(f"classes {', '.join(map(str, config.labels))};  texts {limit};  temperature {config.temperature:.3f}")
    if stored.metrics.get("development"):
        typer.echo(f"{development_line(stored.metrics['development'])};  seed {stored.metrics['seed']}")
