"""What recipes share: entries that are checked, changed by name, and read from JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, TypeVar

from gatewise.errors import ParameterError


class Entries(Protocol):
    """A frozen data class of plain values with defaults."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Recipe = TypeVar("Recipe", bound=Entries)
Choices = Mapping[str, tuple[str, ...] | tuple[int, ...]]
Ranges = Mapping[str, tuple[float, float]]

# Range of every rate at which something is dropped: above it next to nothing is left to learn from.
DROPOUT = (0.0, 0.95)


def check_entries(recipe: Entries, choices: Choices, ranges: Ranges) -> None:
    """Raise `ParameterError` for an entry of another type than its default, or outside its choices or range.

    A whole number where a fraction is wanted becomes one.
    """
    for entry in fields(recipe):
        value, default = getattr(recipe, entry.name), entry.default
        if isinstance(default, float) and type(value) is int:
            object.__setattr__(recipe, entry.name, float(value))
        elif type(value) is not type(default):
            raise ParameterError(f"{entry.name}={value!r} is not of type {type(default).__name__}")
    for name, allowed in choices.items():
        if getattr(recipe, name) not in allowed:
            raise ParameterError(f"{name}={getattr(recipe, name)!r} is not one of {', '.join(map(str, allowed))}")
    for name, (low, high) in ranges.items():
        if not low <= getattr(recipe, name) <= high:
            raise ParameterError(f"{name}={getattr(recipe, name)!r} is outside {low:,} to {high:,}")


def changed(
    recipe: Recipe, kind: str, options: Mapping[str, Any], *, earlier: Mapping[str, str] = MappingProxyType({})
) -> Recipe:
    """A copy with some entries replaced.

    Args:
        recipe: A data class.
        kind: What it is called, with its article.
        options: Entries by name; an unknown name is a `ParameterError` that names those near to it.
        earlier: Entries of bits that once were a switch, old name to new: true is 16 bits, false 32.
    """
    options = _of_today(options, earlier)
    names = [entry.name for entry in fields(recipe)]
    for unknown in sorted(set(options) - set(names)):
        near = get_close_matches(unknown, names)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the entries are: {', '.join(names)}"
        raise ParameterError(f"{kind} has no entry named {unknown}", hint=hint)
    return replace(recipe, **options)


def _of_today(options: Mapping[str, Any], earlier: Mapping[str, str]) -> dict[str, Any]:
    """Options with the names they have now."""
    known = dict(options)
    for old in sorted(earlier.keys() & options.keys()):
        new, value = earlier[old], known.pop(old)
        if type(value) is not bool or new in known:
            raise ParameterError(f"{old}={value!r} is the earlier name of {new}", hint=f"give {new} alone: 8, 16 or 32")
        known[new] = 16 if value else 32
    return known


def read_entries(name_or_path: str, kind: str, shipped: Mapping[str, Path]) -> dict[str, Any]:
    """The entries in a JSON file: one that comes with the package, by name, or any other by its path.

    Raises:
        ParameterError: The file cannot be read, or is no JSON object.
    """
    path = shipped.get(name_or_path, Path(name_or_path))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ParameterError(
            f"the {kind} cannot be read: {problem}",
            where=str(path),
            hint=f"a JSON file, or one of: {', '.join(sorted(shipped))}",
        ) from problem
    if not isinstance(content, dict):
        raise ParameterError(f"a {kind} is a JSON object of entries", where=str(path))
    return content


def files_in(folder: Path) -> dict[str, Path]:
    """The JSON files of a folder, by name."""
    return {file.stem: file for file in folder.glob("*.json")}
