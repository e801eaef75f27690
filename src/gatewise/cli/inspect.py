"""``gatewise inspect``: what a model or an encoder is made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewise.cli.options import AsJson

if TYPE_CHECKING:
    from gatewise.store.encoder import StoredEncoder
    from gatewise.store.folder import StoredModel


def inspect(
    model: Annotated[
        str, typer.Argument(help="Folder of a model or encoder, or imdb, which comes with the package.")
    ] = "imdb",
    json_: AsJson = False,
) -> None:
    """Show layers, shapes and parameters of a model or encoder, its classes, and how it was trained."""
    from gatewise.store.encoder import StoredEncoder, is_encoder, read_encoder
    from gatewise.store.folder import FILES, read_model
    from gatewise.store.locate import find_model

    folder = find_model(model)
    stored = read_encoder(folder) if is_encoder(folder) else read_model(folder)
    size = sum((folder / name).stat().st_size for name in FILES if (folder / name).exists())
    if json_:
        typer.echo(json.dumps({**_summary(stored), "bytes": size}, ensure_ascii=False))
        return
    typer.echo(f"{folder}  {size / 1e6:.1f} MB")
    if isinstance(stored, StoredEncoder):
        _print_encoder(stored)
    else:
        _print_model(stored)


def _layers(stored: StoredModel | StoredEncoder) -> list[tuple[str, tuple[int, ...], int]]:
    """Name, shape and parameters of every tensor, in the order of the data."""
    from gatewise.store.encoder import EncoderConfig

    shape = stored.config if isinstance(stored.config, EncoderConfig) else stored.config.network
    return [(name, stored.tensors[name].shape, stored.tensors[name].size) for name in shape.tensor_shapes()]


def _summary(stored: StoredModel | StoredEncoder) -> dict[str, Any]:
    layers = _layers(stored)
    return {
        "config": stored.config.to_json(),
        "layers": [{"name": name, "shape": list(shape), "parameters": count} for name, shape, count in layers],
        "parameters": sum(count for _, _, count in layers),
        "metrics": stored.metrics,
    }


def _print_layers(stored: StoredModel | StoredEncoder) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in ("layer", "shape", "parameters"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    layers = _layers(stored)
    for name, shape, count in layers:
        table.add_row(name, " × ".join(f"{width:,}" for width in shape), f"{count:,}")
    table.add_section()
    table.add_row("all", "", f"{sum(count for _, _, count in layers):,}")
    Console().print(table)


def _print_model(stored: StoredModel) -> None:
    from gatewise.evaluate.wording import development_line
    from gatewise.store.card import describe_blend
    from gatewise.store.config import framed
    from gatewise.store.networks import describe, reading

    config, network = stored.config, stored.config.network
    typer.echo(f"{describe(network)}, pooling {network.pooling}; {reading(network)}")
    _print_layers(stored)
    limit = f"{config.text.truncation}, {config.text.max_tokens:,} tokens" if config.text.max_tokens else "read whole"
    limit += framed(config.text)
    typer.echo(f"classes {', '.join(map(str, config.labels))};  texts {limit};  temperature {config.temperature:.3f}")
    if config.blend is not None:
        typer.echo(f"a blend: {describe_blend(config.blend)}")
    if stored.metrics.get("development"):
        typer.echo(f"{development_line(stored.metrics['development'])};  seed {stored.metrics['seed']}")


def _print_encoder(stored: StoredEncoder) -> None:
    from gatewise.store.encoder_card import describe_encoder

    typer.echo(describe_encoder(stored.config))
    _print_layers(stored)
    held_out = stored.metrics.get("held_out")
    for reader, figures in held_out.items() if isinstance(held_out, dict) else ():
        if isinstance(figures, dict):
            known = {name.replace("_", " "): value for name, value in figures.items() if type(value) in (int, float)}
            shown = ", ".join(f"{name} {value:,.4g}" for name, value in known.items())
            typer.echo(f"{reader} on held-out texts: {shown}")
