"""``gatewise serve``: models behind HTTP, on this machine unless told otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gatewise.errors import DataError, require_extra
from gatewise.settings import service_token, use_one_blas_thread

_LONGEST_TOKEN_FILE = 8_192


def serve(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Model folders, or imdb, which is the default. Requests choose one by its folder's name."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine's own need a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port; 0 for any that is free.", min=0, max=65_535)] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the token that requests must bear.  [default: GATEWISE_TOKEN, if it is set]"),
    ] = None,
    allowed_host: Annotated[
        list[str] | None, typer.Option(help="Another name that the service goes by; may be given several times.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads.  [default: all cores]", min=1, max=1_024)] = None,
    max_body: Annotated[int, typer.Option(help="Bytes of a request.", min=1_024, max=64 << 20)] = 1 << 20,
    max_texts: Annotated[int, typer.Option(help="Texts in a request.", min=1, max=4_096)] = 256,
    max_characters: Annotated[int, typer.Option(help="Characters of a text.", min=1, max=1_000_000)] = 20_000,
    max_wait: Annotated[
        float, typer.Option(help="Seconds a request may have to wait for its turn.", min=0.001, max=60)
    ] = 0.05,
    max_seconds: Annotated[float, typer.Option(help="Seconds a request may take in all.", min=0.1, max=3_600)] = 30.0,
    max_queue: Annotated[int, typer.Option(help="Texts that may wait.", min=1, max=100_000)] = 2_048,
    max_connections: Annotated[int, typer.Option(help="Connections at a time.", min=1, max=100_000)] = 900,
    drain: Annotated[
        float, typer.Option(help="Seconds to go on accepting after a signal to stop.", min=0, max=60)
    ] = 0.5,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log no requests but those that failed here.")] = False,
) -> None:
    """Answer HTTP requests: POST /v1/predict, /v1/explain and /v1/stream, a page at /, /openapi.json, /metrics.

    SIGTERM or Ctrl-C ends it; every request that was accepted is answered first.
    """
    for module in ("fastapi", "uvicorn", "httptools", "prometheus_client"):
        require_extra("serve", module, "serving")
    use_one_blas_thread()
    from gatewise.serve.access import Access
    from gatewise.serve.limits import Limits

    access = Access.of(host, _token(token_file), allowed_host or ())
    limits = Limits(
        body_bytes=max_body,
        texts=max_texts,
        characters=max_characters,
        wait_seconds=float(max_wait),
        total_seconds=float(max_seconds),
        queued_texts=max_queue,
        connections=max_connections,
        drain_seconds=float(drain),
    )
    from gatewise.serve.journal import Journal
    from gatewise.serve.server import listen, run
    from gatewise.serve.service import Service

    with listen(host, port) as bound:
        _use_threads(threads)
        service = Service.of(models or ["imdb"], limits=limits, journal=Journal(is_quiet=quiet))
        address = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}"
        run(service, access, bound, tell=lambda: _tell(address, list(service.models), access.token is not None))


def _token(file: Path | None) -> str | None:
    if file is None:
        return service_token()
    try:
        with file.open(encoding="utf-8") as opened:
            return opened.read(_LONGEST_TOKEN_FILE)
    except (OSError, UnicodeDecodeError) as problem:
        why = getattr(problem, "strerror", None) or "it is not UTF-8"
        raise DataError(f"the token cannot be read: {why}", where=str(file)) from problem


def _use_threads(threads: int | None) -> None:
    from gatewise.ops import native

    if threads is not None and native.is_available():
        native.use_threads(threads)


def _tell(address: str, models: list[str], needs_token: bool) -> None:
    token = " -H 'Authorization: Bearer TOKEN'" if needs_token else ""
    body = json.dumps({"texts": ["A great film."]})
    typer.echo(f"serving {', '.join(models)} on {address}")
    typer.echo(f"  curl{token} {address}/v1/predict -H 'Content-Type: application/json' -d '{body}'")
