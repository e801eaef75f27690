"""The model card: README.md with the YAML header that model hubs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gatewise.store.config import BlendConfig, ModelConfig, framed
from gatewise.store.networks import describe, reading

# Scores a hub shows in its own table, if a section of the figures has them.
_HUB_METRICS = {"accuracy": "Accuracy", "f1_macro": "F1 (macro)", "roc_auc": "ROC AUC"}
_SECTIONS = {"development": "Development split", "test": "Test split"}


def model_card(
    config: ModelConfig,
    metrics: Mapping[str, Any],
    *,
    name: str = "Gatewise text classifier",
    language: str | None = None,
    license: str | None = None,
) -> str:
    r"""Write the card of a model.

    Args:
        config: The model's configuration.
        metrics: The content of metrics.json; the numbers in ``development`` and ``test`` become tables, ``recipe`` and
            ``training`` a list each.
        name: Heading.
        language: ISO 639 code for the header, e.g. ``en``; left out when not known.
        license: SPDX name for the header, e.g. ``apache-2.0``; left out when not given.

    Returns:
        Markdown that begins with a YAML header.

    Example:
        >>> from gatewise.store.config import NetworkConfig, TextConfig
        >>> config = ModelConfig(NetworkConfig(100, 2), TextConfig(), ("neg", "pos"))
        >>> print(*model_card(config, {}, language="en").splitlines()[:4], sep="\n")
        ---
        language: "en"
        library_name: gatewise
        pipeline_tag: text-classification
    """
    scores = {title: _numbers(metrics.get(section)) for section, title in _SECTIONS.items()}
    parts = [_header(config, metrics, scores, name, language, license), f"# {as_line(name)}", _about(config)]
    parts += [_table(title, numbers) for title, numbers in scores.items() if numbers]
    parts += run_sections(metrics)
    return "\n\n".join([*parts, _USE]) + "\n"


_USE = """## Use

```python
from gatewise import load

model = load("path/of/this/folder")
model.predict_proba(["What a film!"])
```

The folder holds numbers and names only (safetensors and JSON); opening it runs no code. The classes it knows are those
it was trained on, and its answers on other kinds of text are guesses: measure before you rely on them."""


def _header(
    config: ModelConfig,
    metrics: Mapping[str, Any],
    scores: Mapping[str, Mapping[str, float]],
    name: str,
    language: str | None,
    license: str | None,
) -> str:
    tags = ("gatewise", config.network.network, "text-classification")
    lines = header_lines(language, license, "text-classification", tags)
    shown = [(title, key) for title, numbers in scores.items() for key in _HUB_METRICS if key in numbers]
    if shown:
        training = metrics.get("training")
        source = training.get("source") if isinstance(training, Mapping) else None
        lines += ["metrics:", *(f"- {key}" for key in dict.fromkeys(key for _, key in shown))]
        lines += ["model-index:", f"- name: {as_yaml(name)}", "  results:"]
        for title in dict.fromkeys(title for title, _ in shown):
            dataset = str(source or "not named")
            # The test figures of a model trained on imdb:train are figures on imdb:test.
            dataset = dataset.replace(":train", ":test") if title == _SECTIONS["test"] else dataset
            lines += _result(title, scores[title], dataset)
    return "\n".join([*lines, "---"])


def _result(title: str, numbers: Mapping[str, float], source: str) -> list[str]:
    lines = ["  - task:", "      type: text-classification", "    dataset:"]
    lines += [f"      name: {as_yaml(source)}", f"      type: {as_yaml(source)}", f"      split: {as_yaml(title)}"]
    lines.append("    metrics:")
    for key, label in _HUB_METRICS.items():
        if key in numbers:
            lines += [f"    - type: {key}", f"      name: {as_yaml(label)}", f"      value: {numbers[key]!r}"]
    return lines


def _about(config: ModelConfig) -> str:
    network = config.network
    most, how = config.text.max_tokens, config.text.truncation
    blend = {} if config.blend is None else {"blend": describe_blend(config.blend)}
    return as_list(
        "Model",
        {
            "classes": ", ".join(str(label) for label in config.labels),
            "network": f"{describe(network)}, {reading(network)}",
            "embedding": f"{network.vocabulary_size} words x {network.embedding_size}",
            "pooling": network.pooling,
            "texts": (f"cut to {most} words ({how})" if most else "read whole") + framed(config.text),
            **blend,
            "temperature": config.temperature,
            "written by": config.written_by,
        },
    )


def describe_blend(blend: BlendConfig) -> str:
    """The blend in a few words, for people.

    Example:
        >>> describe_blend(BlendConfig(0.35, network_scale=2.0, rival_scale=1.5))
        "0.35 of the answer's log odds are those of the bag-of-words rival, which is scaled by 1.33"
    """
    weight, factor = f"{blend.weight:g}", f"{blend.network_scale / blend.rival_scale:.3g}"
    return f"{weight} of the answer's log odds are those of the bag-of-words rival, which is scaled by {factor}"


def _table(title: str, numbers: Mapping[str, float]) -> str:
    rows = [f"| {as_line(key)} | {value:.6g} |" for key, value in numbers.items()]
    return "\n".join([f"## {title}", "", "| figure | value |", "|---|---|", *rows])


def header_lines(language: str | None, license: str | None, task: str, tags: Iterable[str]) -> list[str]:
    """The beginning of a card's YAML header, to be closed by ``---``."""
    known = [f"{key}: {as_yaml(value)}" for key, value in (("language", language), ("license", license)) if value]
    named = ["library_name: gatewise", f"pipeline_tag: {task}", "tags:"]
    return ["---", *known, *named, *(f"- {tag}" for tag in tags)]


def run_sections(metrics: Mapping[str, Any]) -> list[str]:
    """How the run was made, as far as it is known."""
    titles = (("training", "Training"), ("recipe", "Recipe"))
    return [as_list(title, metrics[name]) for name, title in titles if isinstance(metrics.get(name), Mapping)]


def as_list(title: str, entries: Mapping[str, Any]) -> str:
    """A section of Markdown with an item an entry."""
    items = (f"- {as_line(key)}: {_item(value)}" for key, value in entries.items())
    return "\n".join([f"## {title}", "", *items])


def _item(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{as_line(key)} {_item(one)}" for key, one in value.items() if one is not None)
    return (", ".join(map(as_line, value)) or "none") if isinstance(value, list) else as_line(value)


def _numbers(section: Any) -> dict[str, float]:
    if not isinstance(section, Mapping):
        return {}
    return {key: value for key, value in section.items() if type(value) in (int, float)}


def as_line(value: Any) -> str:
    """On one line, whatever it is: a class name must not begin a new heading."""
    return " ".join(str(value).split())


def as_yaml(value: str) -> str:
    """A string of YAML."""
    # A JSON string is a YAML string, if no character is escaped as half a pair.
    return json.dumps(value, ensure_ascii=False)
