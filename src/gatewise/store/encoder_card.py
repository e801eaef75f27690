"""The card of an encoder: README.md with the YAML header that model hubs read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gatewise.store.card import as_line, as_list, header_lines, run_sections
from gatewise.store.encoder import EncoderConfig


def encoder_card(
    config: EncoderConfig,
    metrics: Mapping[str, Any],
    *,
    name: str = "Gatewise encoder",
    language: str | None = None,
    license: str | None = None,
) -> str:
    """Write the card of an encoder.

    Args:
        config: Its configuration.
        metrics: The content of metrics.json. ``held_out`` has figures by reader, e.g. ``{"forward": {"perplexity":
            61.3}}``, which become a table; ``training`` and ``recipe`` a list each.
        name: Heading.
        language: ISO 639 code for the header, e.g. ``en``; left out when not known.
        license: SPDX name for the header, e.g. ``apache-2.0``; left out when not given.

    Returns:
        Markdown that begins with a YAML header.

    Example:
        >>> card = encoder_card(EncoderConfig(100), {"held_out": {"forward": {"perplexity": 61.3}}})
        >>> "| perplexity | 61.3 |" in card
        True
    """
    header = header_lines(language, license, "text-generation", ("gatewise", "lstm", "language-model"))
    parts = ["\n".join([*header, "---"]), f"# {as_line(name)}", as_list("Model", _about(config))]
    held_out = metrics.get("held_out")
    if isinstance(held_out, Mapping) and _table(held_out):
        parts.append(_table(held_out))
    return "\n\n".join([*parts, *run_sections(metrics), _USE]) + "\n"


_USE = """## Use

```sh
gatewise next "The clouds are in the" --encoder path/of/this/folder
gatewise generate "This film is" --encoder path/of/this/folder
gatewise train reviews.csv --from path/of/this/folder --out model
```

The folder holds numbers and names only (safetensors and JSON); opening it runs no code. What it writes is what its
texts made likely: their opinions and their mistakes are in it, and nothing it says is true for that."""


def describe_encoder(config: EncoderConfig) -> str:
    """The language models in a few words, for people.

    Example:
        >>> describe_encoder(EncoderConfig(100, hidden_size=512, directions="both"))
        'LSTM 512, language models: forward and backward'
        >>> describe_encoder(EncoderConfig(100, layers=2))
        'LSTM 2 layers of 256, language model: forward'
    """
    size = f"{config.layers} layers of {config.hidden_size}" if config.layers > 1 else str(config.hidden_size)
    models = "language models" if len(config.readers) > 1 else "language model"
    return f"LSTM {size}, {models}: {' and '.join(config.readers)}"


def _about(config: EncoderConfig) -> dict[str, Any]:
    return {
        "network": describe_encoder(config),
        "embedding": f"{config.vocabulary_size} words x {config.embedding_size}, tied with the softmax",
        "written by": config.written_by,
    }


def _table(held_out: Mapping[str, Any]) -> str:
    """The numbers of each reader side by side; empty where there are none."""
    readers = {reader: figures for reader, figures in held_out.items() if isinstance(figures, Mapping)}
    keys = [key for figures in readers.values() for key, value in figures.items() if type(value) in (int, float)]
    if not keys:
        return ""
    rows = [
        " | ".join([as_line(key), *(_cell(figures.get(key)) for figures in readers.values())])
        for key in dict.fromkeys(keys)
    ]
    heads = ["## Held-out texts", "", f"| figure | {' | '.join(as_line(reader) for reader in readers)} |"]
    return "\n".join([*heads, "|---" * (1 + len(readers)) + "|", *(f"| {row} |" for row in rows)])


def _cell(value: Any) -> str:
    return f"{value:.6g}" if type(value) in (int, float) else ""
