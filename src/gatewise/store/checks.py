"""Checks of what a folder says of itself, shared by the kinds of folders there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from gatewise.errors import ModelError, ParameterError
from gatewise.store.strict_json import parse_json

CLASSIFIER_FORMAT = "gatewise-text-classifier"
ENCODER_FORMAT = "gatewise-encoder"

# What a folder of each format is, and what takes it: for who has given the one where the other was wanted.
_KINDS = {
    CLASSIFIER_FORMAT: ("a classifier", "gatewise predict --model DIR, gatewise train DATA --from DIR"),
    ENCODER_FORMAT: ("an encoder", "gatewise next TEXT --encoder DIR, gatewise train DATA --from DIR"),
}


def check_format(content: Any, wanted: str, version: int, where: str) -> dict[str, Any]:
    """The entries of config.json without its format, which must be the one wanted.

    Args:
        content: The JSON value, of any kind; nothing is taken for granted.
        wanted: `CLASSIFIER_FORMAT` or `ENCODER_FORMAT`.
        version: The one version of it that we read.
        where: Name of the file, for messages.

    Raises:
        ModelError: Another format or version; of a folder of ours it says which it is and what takes it.

    Example:
        >>> check_format({"format": "gatewise-encoder"}, CLASSIFIER_FORMAT, 1, "config.json")
        Traceback (most recent call last):
        gatewise.errors.ModelError: config.json: this is an encoder, wanted a classifier
        an encoder is for: gatewise next TEXT --encoder DIR, gatewise train DATA --from DIR
    """
    found = content.get("format") if isinstance(content, dict) else None
    if found != wanted:
        if not isinstance(found, str) or found not in _KINDS:
            raise ModelError("this is not the configuration of a Gatewise model", where=where)
        kind, use = _KINDS[found]
        raise ModelError(f"this is {kind}, wanted {_KINDS[wanted][0]}", where=where, hint=f"{kind} is for: {use}")
    if content.get("format_version") != version:
        raise ModelError(
            f"format version {short(content.get('format_version'))} is unknown",
            where=where,
            hint="pip install -U gatewise",
        )
    return {key: value for key, value in content.items() if key not in ("format", "format_version")}


def known_entries(kind: type[Any], content: Any) -> dict[str, Any]:
    """`content`, if it has the entries of a dataclass: none unknown, none missing. Else TypeError or ValueError."""
    if not isinstance(content, dict):
        raise TypeError(f"{kind.__name__} must be an object, not {type(content).__name__}")
    known = {entry.name for entry in fields(kind)}
    required = {entry.name for entry in fields(kind) if entry.default is MISSING}
    for problem, names in (("unknown", content.keys() - known), ("missing", required - content.keys())):
        if names:
            raise ValueError(f"{problem} entry {min(names)[:100]!r}")
    return content


def check_count(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise `ParameterError` unless `value` is an integer within the limits."""
    if type(value) is not int or not lowest <= value <= highest:
        raise ParameterError(f"{name}={short(value)} is not a whole number from {lowest} to {highest}")


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise `ParameterError` unless `value` is one of the names allowed."""
    if type(value) is not str or value not in allowed:
        raise ParameterError(f"{name}={short(value)} is not one of {', '.join(allowed)}")


def short(value: object) -> str:
    """A value of unknown length, for a message."""
    written = repr(value)
    return written if len(written) <= 200 else written[:200] + "..."


def own_fault(check: Callable[[], object]) -> None:
    """Run a check of what is about to be written: a fault is the caller's, `ParameterError`, not a damaged model's."""
    try:
        check()
    except ModelError as problem:
        raise ParameterError(f"the model cannot be written: {problem}", hint=problem.hint) from problem


def encoded(text: str, name: str) -> bytes:
    """UTF-8 of a text to be written; `ParameterError` where it has none."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as problem:
        raise ParameterError(f"{name} holds half a surrogate pair and cannot be written") from problem


def decoded(data: bytes, where: str) -> str:
    """The text of a file that was read; `ModelError` where it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ModelError(f"not UTF-8: {problem.reason} at byte {problem.start}", where=where) from problem


def figures(data: bytes, where: str) -> dict[str, Any]:
    """The object in metrics.json; `ModelError` where there is none."""
    content = parse_json(data, where)
    if not isinstance(content, dict):
        raise ModelError(f"the figures must be an object, not {type(content).__name__}", where=where)
    return content
