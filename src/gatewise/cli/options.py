"""Options that several verbs share, so that each means the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

ModelName = Annotated[str, typer.Option("--model", help="Model folder, or imdb, which comes with the package.")]
TextColumn = Annotated[str | None, typer.Option("--text", help="Text column, by name or number.")]
LabelColumn = Annotated[
    str | None, typer.Option("--label", help="Label column, by name or number; of imdb also stars.")
]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Encoding of the file.  [default: UTF-8]")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="Field separator.  [default: found by itself]")]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first row that cannot be used.")]
Threads = Annotated[int | None, typer.Option("--threads", help="CPU threads.  [default: all cores]", min=1)]
Abstain = Annotated[
    float | None,
    typer.Option("--abstain", help="Give no class where the highest probability is below this, e.g. 0.8."),
]
Risk = Annotated[
    float | None,
    typer.Option(
        "--risk", help="Abstain so that at most this share of the answers was wrong in development, e.g. 0.05."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
EncoderName = Annotated[
    str | None, typer.Option("--encoder", help="Encoder folder.  [default: imdb-encoder, where the package has it]")
]
